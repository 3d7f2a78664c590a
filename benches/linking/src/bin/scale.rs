//! What clustering costs: one identifier for one entity over up to a million
//! mentions that are made here.
//!
//! ```console
//! $ cargo run --release -p griot-linking-bench --bin scale [N [batch|stream]]
//! ```
//!
//! Without `N`, 10,000, 100,000 and 1,000,000 mentions, each in both modes and in a
//! process of its own, so that the memory is that of the run.
//!
//! A tenth as many entities as mentions: persons, bodies and small places, each of a
//! country, some far more frequent than others. Documents are of one country, name
//! about six of its entities and two places that the knowledge base has, and are
//! written in Latin, Cyrillic or Greek letters. Names are spelled in several ways, with
//! slips, initials, inverted, and in later mentions by the family name alone. No name
//! is real. The linker is left out: the mentions of an entity in a document are
//! together already, as the linker leaves them.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::Command;

use anyhow::{Context, Result, bail};
use griot_link::kb::Entity;
use griot_link::{KnowledgeBase, Linker, LinkerConfig, Resolver};
use griot_text::score::Clusters;
use griot_text::{Document, EntityId, Label, Link, Mention, Span, Target};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let mut out = io::stdout().lock();
    let Some(size) = args.next() else {
        writeln!(
            out,
            "mentions  mode    documents entities   found  CPU s   mentions/s  peak MiB  of these before    B3 P    B3 R   B3 F1"
        )?;
        for size in SIZES {
            for mode in ["stream", "batch"] {
                run_in_process(size, mode)?;
            }
        }
        return Ok(());
    };
    let size = size
        .parse()
        .with_context(|| format!("{size:?} is no number"))?;
    let mode = match args.next().as_deref() {
        None | Some("batch") => Mode::Batch,
        Some("stream") => Mode::Stream,
        Some(other) => bail!("{other:?} is neither batch nor stream"),
    };
    writeln!(out, "{}", measure(size, mode)?)?;
    Ok(())
}

fn run_in_process(size: usize, mode: &str) -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    let status = command.args([&size.to_string(), mode]).status()?;
    anyhow::ensure!(status.success(), "{size} {mode}: {status}");
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    /// Document by document; each is forgotten.
    Stream,
    /// All documents at once.
    Batch,
}

fn measure(size: usize, mode: Mode) -> Result<String> {
    let world = World::new(size / 10);
    let linker = Linker::new(world.places()?, LinkerConfig::default());
    let mut resolver = linker.resolver();
    let mut writer = Writer {
        world: &world,
        random: Random(7),
        n_documents: 0,
    };
    let mut pairs = Vec::with_capacity(size);
    let before = memory("VmRSS")?;
    let seconds = match mode {
        Mode::Stream => stream(&mut resolver, &mut writer, &mut pairs, size),
        Mode::Batch => batch(&mut resolver, &mut writer, &mut pairs, size),
    };
    let peak = memory("VmHWM")?;
    let n_entities = pairs
        .iter()
        .map(|(gold, _)| gold)
        .collect::<HashSet<_>>()
        .len();
    let n_mentions = pairs.len();
    let gold = pairs.iter().map(|(gold, _)| *gold).enumerate();
    let found = pairs.iter().map(|(_, found)| *found).enumerate();
    let b_cubed = Clusters::new(gold, found).b_cubed();
    let name = format!("{mode:?}").to_lowercase();
    Ok(format!(
        "{n_mentions:>8}  {name:<6} {:>10} {n_entities:>8} {:>7} {seconds:>8.2} {:>10.0} {peak:>9} {before:>16} {:>7.3} {:>7.3} {:>7.3}",
        writer.n_documents,
        resolver.entities().count(),
        n_mentions as f64 / seconds,
        b_cubed.precision,
        b_cubed.recall,
        b_cubed.f1,
    ))
}

/// Seconds in the resolver.
fn stream(
    resolver: &mut Resolver,
    writer: &mut Writer<'_>,
    pairs: &mut Vec<(u32, u64)>,
    size: usize,
) -> f64 {
    let mut seconds = 0.0;
    while pairs.len() < size {
        let written = writer.document();
        let start = cpu_time();
        let links = resolver.resolve(&written.document, written.links);
        seconds += cpu_time() - start;
        pair(&written.gold, &links, pairs);
    }
    seconds
}

fn batch(
    resolver: &mut Resolver,
    writer: &mut Writer<'_>,
    pairs: &mut Vec<(u32, u64)>,
    size: usize,
) -> f64 {
    let (mut documents, mut links, mut gold) = (Vec::new(), Vec::new(), Vec::new());
    let mut n_mentions = 0;
    while n_mentions < size {
        let written = writer.document();
        n_mentions += written.links.len();
        documents.push(written.document);
        links.push(written.links);
        gold.push(written.gold);
    }
    let start = cpu_time();
    let resolved = resolver.resolve_all(documents.iter().zip(links).collect());
    let seconds = cpu_time() - start;
    for (gold, links) in gold.iter().zip(&resolved) {
        pair(gold, links, pairs);
    }
    seconds
}

fn pair(gold: &[u32], links: &[Link], pairs: &mut Vec<(u32, u64)>) {
    for (gold, link) in gold.iter().zip(links) {
        pairs.push((*gold, hash(link.target.id().as_str())));
    }
}

/// FNV-1a: identifiers are many, and only whether they are the same counts.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Seconds for which this thread has run, whatever else the machine does.
fn cpu_time() -> f64 {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = times
        .split(' ')
        .next()
        .and_then(|time| time.parse::<f64>().ok());
    nanoseconds.unwrap_or(f64::NAN) * 1e-9
}

/// A line of `/proc/self/status` in MiB.
fn memory(line: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("only Linux tells memory")?;
    let found = status
        .lines()
        .find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
    let kib = found
        .and_then(|text| text.split_whitespace().next())
        .context("no such line")?;
    Ok(kib.parse::<u64>()? / 1024)
}

/// `SplitMix64` (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Whether something happens of which the chance is `percent`.
    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    /// A number below `n`, low ones far more often: about as names are in news.
    fn skewed(&mut self, n: usize) -> usize {
        let share = self.next() as f64 / u64::MAX as f64;
        ((n as f64) * share * share * share) as usize % n
    }
}

const N_COUNTRIES: usize = 120;
const PLACES_EACH: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Person,
    Body,
    Place,
}

/// An entity that no knowledge base has; a name is a list of words, a word a list of
/// syllables.
struct Thing {
    kind: Kind,
    words: Vec<Vec<usize>>,
    role: usize,
}

struct World {
    things: Vec<Thing>,
    /// Things of each country.
    of_country: Vec<Vec<usize>>,
}

/// Trades in the three scripts.
const ROLES: [[&str; 3]; 6] = [
    ["minister", "министр", "υπουργός"],
    ["footballer", "футболист", "ποδοσφαιριστής"],
    ["singer", "певец", "τραγουδιστής"],
    ["judge", "судья", "δικαστής"],
    ["general", "генерал", "στρατηγός"],
    ["professor", "профессор", "καθηγητής"],
];

/// Words of bodies in the three scripts: they are not translated, as those of firms.
const BODIES: [[&str; 3]; 6] = [
    ["Shipping", "Шиппинг", "Σίπινγκ"],
    ["Bank", "Банк", "Μπανκ"],
    ["Motors", "Моторс", "Μότορς"],
    ["Media", "Медиа", "Μέντια"],
    ["Energo", "Энерго", "Ενέργκο"],
    ["Telekom", "Телеком", "Τέλεκομ"],
];

impl World {
    fn new(n_things: usize) -> Self {
        let mut random = Random(1);
        let given: Vec<Vec<usize>> = (0..600).map(|_| word(&mut random, 2)).collect();
        let family: Vec<Vec<usize>> = (0..n_things / 6 + 50)
            .map(|_| word(&mut random, 3))
            .collect();
        let mut of_country = vec![Vec::new(); N_COUNTRIES];
        let mut things = Vec::with_capacity(n_things);
        for at in 0..n_things {
            let (kind, words) = match random.below(20) {
                0..12 => (
                    Kind::Person,
                    vec![
                        given[random.skewed(given.len())].clone(),
                        family[random.skewed(family.len())].clone(),
                    ],
                ),
                12..17 => (Kind::Body, vec![word(&mut random, 3)]),
                _ => (Kind::Place, vec![word(&mut random, 4)]),
            };
            of_country[random.skewed(N_COUNTRIES)].push(at);
            things.push(Thing {
                kind,
                words,
                role: random.below(ROLES.len()),
            });
        }
        Self { things, of_country }
    }

    /// A knowledge base of the places that say what country a document is about.
    fn places(&self) -> Result<KnowledgeBase> {
        let place = |at: usize| Entity {
            id: place_id(at),
            name: format!("Capital {at}"),
            label: Some("LOC".to_owned()),
            country: Some(country(at / PLACES_EACH)),
            ..Entity::default()
        };
        let all = 0..self.of_country.len() * PLACES_EACH;
        Ok(KnowledgeBase::from_entities(all.map(place))?)
    }
}

fn place_id(at: usize) -> String {
    format!("Q{at}")
}

fn country(at: usize) -> String {
    let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
    [letter(at / 26), letter(at)].iter().collect()
}

fn word(random: &mut Random, n: usize) -> Vec<usize> {
    (0..n)
        .map(|_| random.below(ONSETS.len() * VOWELS.len()))
        .collect()
}

/// Consonants: two spellings in Latin letters, Cyrillic, Greek.
const ONSETS: [[&str; 4]; 16] = [
    ["b", "b", "б", "μπ"],
    ["v", "w", "в", "β"],
    ["g", "g", "г", "γκ"],
    ["d", "d", "д", "ντ"],
    ["z", "z", "з", "ζ"],
    ["k", "c", "к", "κ"],
    ["l", "l", "л", "λ"],
    ["m", "m", "м", "μ"],
    ["n", "n", "н", "ν"],
    ["p", "p", "п", "π"],
    ["r", "r", "р", "ρ"],
    ["s", "s", "с", "σ"],
    ["t", "t", "т", "τ"],
    ["f", "f", "ф", "φ"],
    ["sh", "ch", "ш", "σ"],
    ["kr", "kr", "кр", "κρ"],
];

const VOWELS: [[&str; 4]; 5] = [
    ["a", "a", "а", "α"],
    ["e", "e", "е", "ε"],
    ["i", "i", "и", "ι"],
    ["o", "o", "о", "ο"],
    ["u", "ou", "у", "ου"],
];

/// Letters of a document: Latin in two spellings, Cyrillic, Greek.
#[derive(Clone, Copy)]
struct Hand(usize);

impl Hand {
    /// Column of what is the same in both spellings of Latin.
    const fn script(self) -> usize {
        self.0.saturating_sub(1)
    }

    fn spell(self, word: &[usize]) -> String {
        let mut text = String::new();
        for syllable in word {
            let onset = ONSETS[syllable / VOWELS.len()];
            text.push_str(onset[self.0]);
            text.push_str(VOWELS[syllable % VOWELS.len()][self.0]);
        }
        capitalized(&text)
    }

    fn name(self, thing: &Thing) -> String {
        let mut words: Vec<String> = thing.words.iter().map(|word| self.spell(word)).collect();
        if thing.kind == Kind::Body {
            words.push(BODIES[thing.role][self.script()].to_owned());
        }
        words.join(" ")
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(chars)
        .collect()
}

struct Writer<'w> {
    world: &'w World,
    random: Random,
    n_documents: usize,
}

/// A document, its links as a linker leaves them, and for each the true entity.
struct Written {
    document: Document,
    links: Vec<Link>,
    gold: Vec<u32>,
}

impl Writer<'_> {
    fn document(&mut self) -> Written {
        let hand = Hand([0, 0, 0, 0, 1, 1, 1, 2, 2, 3][self.random.below(10)]);
        let country = loop {
            let country = self.random.skewed(N_COUNTRIES);
            if !self.world.of_country[country].is_empty() {
                break country;
            }
        };
        let mut draft = Draft::default();
        for _ in 0..2 {
            let at = country * PLACES_EACH + self.random.below(PLACES_EACH);
            let id = Target::Entity(EntityId::from(place_id(at)));
            draft.mention(&format!("Capital {at}"), "LOC", id, u32::MAX - at as u32);
        }
        let of_country = &self.world.of_country[country];
        let mut seen = HashSet::new();
        for _ in 0..6 {
            let thing = of_country[self.random.skewed(of_country.len())];
            if seen.insert(thing) {
                self.thing(thing, hand, &mut draft);
            }
        }
        self.n_documents += 1;
        draft.finish(format!("d{}", self.n_documents))
    }

    fn thing(&mut self, at: usize, hand: Hand, draft: &mut Draft) {
        let thing = &self.world.things[at];
        let name = hand.name(thing);
        let gold = at as u32;
        let (label, forms) = match thing.kind {
            Kind::Person => ("PER", self.person(thing, hand, &name)),
            Kind::Body => ("ORG", vec![self.slip(name)]),
            Kind::Place => ("LOC", vec![self.slip(name)]),
        };
        let target = Target::Nil(EntityId::from(format!("nil:{label}:{}", forms[0])));
        for (n, form) in forms.iter().enumerate() {
            if n == 0 && thing.kind == Kind::Person && self.random.chance(50) {
                draft.say(ROLES[thing.role][hand.script()]);
            }
            draft.mention(form, label, target.clone(), gold);
        }
    }

    /// The forms of a person in one text: mostly the full name, then the family name.
    fn person(&mut self, thing: &Thing, hand: Hand, name: &str) -> Vec<String> {
        let [given, family] = [0, 1].map(|at| hand.spell(&thing.words[at]));
        let initial: String = given.chars().take(1).collect();
        let first = match self.random.below(100) {
            0..80 => self.slip(name.to_owned()),
            80..86 => format!("{family} {given}"),
            86..92 => format!("{initial}. {family}"),
            _ => family.clone(),
        };
        let mut forms = vec![first];
        while forms.len() < 4 && self.random.chance(45) {
            forms.push(family.clone());
        }
        forms
    }

    /// In one name of twenty, a letter is missing.
    fn slip(&mut self, name: String) -> String {
        if !self.random.chance(5) {
            return name;
        }
        let lost = 1 + self.random.below(name.chars().count() - 1);
        name.chars()
            .enumerate()
            .filter(|(at, _)| *at != lost)
            .map(|(_, c)| c)
            .collect()
    }
}

#[derive(Default)]
struct Draft {
    text: String,
    links: Vec<Link>,
    gold: Vec<u32>,
}

impl Draft {
    fn say(&mut self, words: &str) {
        let _ = write!(self.text, "{words} ");
    }

    fn mention(&mut self, form: &str, label: &str, target: Target, gold: u32) {
        let start = self.text.len() as u32;
        self.text.push_str(form);
        let span = Span::new(start, self.text.len() as u32);
        self.text.push_str(". ");
        let label = Label::from(label);
        self.links.push(Link {
            mention: Mention {
                span,
                label: label.clone(),
                score: 1.0,
            },
            target,
            name: form.to_owned(),
            label,
            score: 1.0,
            candidates: Vec::new(),
            evidence: Vec::new(),
            stands_for: None,
        });
        self.gold.push(gold);
    }

    fn finish(self, id: String) -> Written {
        let document = Document::new(id, self.text).expect("short");
        Written {
            document,
            links: self.links,
            gold: self.gold,
        }
    }
}
