//! How fast is linking, with the starter knowledge base and gold mentions?
//!
//! ```console
//! $ cargo run --release -p griot-linking-bench --bin speed -- [--data DIR] [SET…]
//! $ cargo run --release -p griot-linking-bench --bin speed -- --rss
//! ```
//!
//! Without `SET`: press-fr, collection and, with `--data` or `GRIOT_EL_DEV`,
//! news-fair, oke-2016 and newseye-fr. `--links FILE` writes every link, so that
//! two versions can be compared. `--new` leaves known documents and lookups out, for
//! profiles. `--rss` reads no set: it links one text and prints
//! the peak of memory.
//!
//! Sets are repeated. A linker remembers names that it found hard; so that memory
//! does not flatter it, each round of "new documents" has a linker of its own.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use griot_link::kb::{CandidateSource, Matched, Validation};
use griot_link::name::Name;
use griot_link::{KnowledgeBase, Linker, LinkerConfig};
use griot_linking_bench::catalog;
use griot_text::{Document, Mention, Span};

/// The sets that are read if none is named, with and without a folder of data.
const SETS: [&str; 5] = [
    "press-fr",
    "collection",
    "news-fair",
    "oke-2016",
    "newseye-fr",
];
const OWN_SETS: usize = 2;

/// Mentions that are linked to time a set, at least, if `--mentions` does not say.
const MENTIONS_MIN: usize = 200_000;

/// A text without annotation; see [`capitalized`].
const TEXT: &str = include_str!("../../../../examples/data/004_532b41b01385e504.txt");

/// Times the text is linked before memory is read.
const RSS_ROUNDS: usize = 200;

type Work = Vec<(Document, Vec<Mention>)>;

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let mut out = io::stdout().lock();
    let start = Instant::now();
    let kb = match &options.kb {
        Some(path) => KnowledgeBase::open_with(path, Validation::Header)?,
        None => KnowledgeBase::from_static(griot_kb_starter::KB, Validation::Header)?,
    };
    let linker = Linker::new(kb.clone(), LinkerConfig::default());
    let opened = start.elapsed();
    if options.rss {
        return rss(&linker, &mut out);
    }
    writeln!(out, "open: {:.3} ms", opened.as_secs_f64() * 1e3)?;
    let sets = sets(&options)?;
    if let Some(path) = &options.links {
        write_links(&linker, &sets, path)?;
    }
    writeln!(
        out,
        "set\tdocuments\tmentions\tnew documents /s\t/s of CPU\tp50 µs\tp99 µs\tknown documents /s\t/s of CPU\tp50 µs\tp99 µs"
    )?;
    let memories: &[Memory] = if options.new {
        &[Memory::Empty]
    } else {
        &[Memory::Empty, Memory::Full]
    };
    let how = (memories, options.mentions_min);
    for (name, work) in &sets {
        write_row(&kb, (name, work), how, &mut out)?;
    }
    if options.new {
        return Ok(());
    }
    let all: Work = sets.into_iter().flat_map(|(_, work)| work).collect();
    write_row(&kb, ("all", &all), how, &mut out)?;
    write_shared(&linker, &all, options.mentions_min, &mut out)?;
    write_lookups(linker.source(), &all, &mut out)
}

fn sets(options: &Options) -> Result<Vec<(String, Work)>> {
    let entries = catalog::entries()?;
    let read = |name: &String| {
        let entry = entries.iter().find(|entry| entry.name == name);
        let set = entry
            .with_context(|| format!("no set {name:?}"))?
            .read(options.data.as_deref())?;
        let documents = set.documents.into_iter();
        let work = documents.map(|document| {
            let mentions = document.recognized();
            (document.document, mentions)
        });
        Ok((name.clone(), work.collect()))
    };
    options.sets().iter().map(read).collect()
}

/// Every link, one a line, under the identifier of its document.
fn write_links(linker: &Linker, sets: &[(String, Work)], path: &PathBuf) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for (name, work) in sets {
        for (document, mentions) in work {
            for link in linker.link(document, mentions) {
                writeln!(file, "{name}\t{}\t{link:?}", document.id())?;
            }
        }
    }
    Ok(file.flush()?)
}

fn write_row(
    kb: &KnowledgeBase,
    (name, work): (&str, &Work),
    (memories, mentions_min): (&[Memory], usize),
    out: &mut impl Write,
) -> Result<()> {
    let n_mentions: usize = work.iter().map(|(_, mentions)| mentions.len()).sum();
    let n_rounds = mentions_min.div_ceil(n_mentions.max(1));
    let mut row = format!("{name}\t{}\t{n_mentions}", work.len());
    let mut micros = Vec::new();
    for &memory in memories {
        let mut linker = Linker::new(kb.clone(), LinkerConfig::default());
        pass(&linker, work);
        let timer = Timer::start();
        for _ in 0..n_rounds {
            if memory == Memory::Empty {
                linker = Linker::new(kb.clone(), LinkerConfig::default());
            }
            let round = pass(&linker, work);
            micros.resize(round.len(), f64::MAX);
            // The best of all rounds: what else the machine does is not asked about.
            for (best, micros) in micros.iter_mut().zip(round) {
                *best = best.min(micros);
            }
        }
        let Elapsed { wall, cpu } = timer.elapsed();
        let n_linked = (n_rounds * n_mentions) as f64;
        write!(row, "\t{:.0}\t{:.0}", n_linked / wall, n_linked / cpu)?;
        micros.sort_by(f64::total_cmp);
        write!(row, "\t{:.0}\t{:.0}", at(&micros, 0.5), at(&micros, 0.99))?;
        micros.clear();
    }
    writeln!(out, "{row}")?;
    Ok(())
}

/// What the linker remembers of other documents when it gets one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// Those before it in the set; each is new.
    Empty,
    /// All of the set.
    Full,
}

/// Links every document; the time of each in microseconds.
fn pass(linker: &Linker, work: &Work) -> Vec<f64> {
    let link = |(document, mentions): &(Document, Vec<Mention>)| {
        let start = Instant::now();
        black_box(linker.link(document, mentions));
        start.elapsed().as_secs_f64() * 1e6
    };
    work.iter().map(link).collect()
}

/// Two threads that share the linker.
fn write_shared(
    linker: &Linker,
    work: &Work,
    mentions_min: usize,
    out: &mut impl Write,
) -> Result<()> {
    let n_mentions: usize = work.iter().map(|(_, mentions)| mentions.len()).sum();
    let n_rounds = mentions_min.div_ceil(n_mentions.max(1));
    let start = Instant::now();
    let run = || {
        let timer = Timer::start();
        for _ in 0..n_rounds {
            pass(linker, work);
        }
        timer.elapsed().cpu
    };
    let cpu: f64 = thread::scope(|scope| {
        let threads = [scope.spawn(run), scope.spawn(run)];
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .sum()
    });
    let n_linked = (2 * n_rounds * n_mentions) as f64;
    let (wall, cpu) = (n_linked / start.elapsed().as_secs_f64(), n_linked / cpu);
    writeln!(out, "two threads: {wall:.0} mentions/s, {cpu:.0}/s of CPU")?;
    Ok(())
}

/// Lookups of the names of `work`: those that the source has, and of the others
/// those at edit distance one.
fn write_lookups(source: &dyn CandidateSource, work: &Work, out: &mut impl Write) -> Result<()> {
    let mut hits = Vec::new();
    let mut names: Vec<Name> = work
        .iter()
        .flat_map(|(document, mentions)| {
            mentions
                .iter()
                .filter_map(|mention| mention.span.slice(document.text()).map(Name::new))
        })
        .collect();
    names.sort_by(|a, b| a.key().cmp(b.key()));
    names.dedup_by(|a, b| a.key() == b.key());
    let (known, unknown): (Vec<Name>, Vec<Name>) = names.into_iter().partition(|name| {
        hits.clear();
        source.candidates(name, Matched::Exact, &mut hits);
        !hits.is_empty()
    });
    let rows = [
        ("exact, known", &known, Matched::Exact),
        ("exact, unknown", &unknown, Matched::Exact),
        ("phonetic, unknown", &unknown, Matched::Phonetic),
        ("edit, unknown", &unknown, Matched::Edit),
    ];
    for (label, names, how) in rows {
        let lookup = |name: &Name| {
            let mut hits = Vec::new();
            let runs = [(); 3].map(|()| {
                hits.clear();
                let start = Instant::now();
                source.candidates(name, how, &mut hits);
                start.elapsed().as_secs_f64() * 1e6
            });
            runs.into_iter().fold(f64::MAX, f64::min)
        };
        let mut micros: Vec<f64> = names.iter().map(lookup).collect();
        micros.sort_by(f64::total_cmp);
        let mean = micros.iter().sum::<f64>() / micros.len().max(1) as f64;
        let (p50, p99, max) = (at(&micros, 0.5), at(&micros, 0.99), at(&micros, 1.0));
        writeln!(
            out,
            "{label}: {} names, mean {mean:.2} µs, p50 {p50:.2}, p99 {p99:.2}, max {max:.2}",
            names.len()
        )?;
    }
    Ok(())
}

/// Element of a sorted list with this share of the others before it.
fn at(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1) as f64;
    sorted
        .get((last * share) as usize)
        .copied()
        .unwrap_or(f64::NAN)
}

/// Wall clock, and time on a processor where the system tells.
struct Timer {
    start: Instant,
    cpu: Option<f64>,
}

struct Elapsed {
    wall: f64,
    cpu: f64,
}

impl Timer {
    fn start() -> Self {
        Self {
            start: Instant::now(),
            cpu: cpu_seconds(),
        }
    }

    fn elapsed(&self) -> Elapsed {
        let cpu = self.cpu.zip(cpu_seconds()).map(|(start, end)| end - start);
        Elapsed {
            wall: self.start.elapsed().as_secs_f64(),
            cpu: cpu.unwrap_or(f64::NAN),
        }
    }
}

/// Of this thread.
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: u64 = stat.split(' ').next()?.parse().ok()?;
    Some(nanos as f64 / 1e9)
}

/// Links one text many times and prints the peak of memory that is resident.
fn rss(linker: &Linker, out: &mut impl Write) -> Result<()> {
    let document = Document::new("text", TEXT)?.with_language("fr");
    let mentions = capitalized(TEXT)?;
    for _ in 0..RSS_ROUNDS {
        black_box(linker.link(&document, &mentions));
    }
    let status = fs::read_to_string("/proc/self/status")?;
    for line in status
        .lines()
        .filter(|line| line.starts_with("VmHWM") || line.starts_with("Rss"))
    {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "mentions in the text: {}", mentions.len())?;
    Ok(())
}

/// Every word with a capital letter, as a person, a body and a place in turn.
fn capitalized(text: &str) -> Result<Vec<Mention>> {
    let labels = ["PER", "ORG", "LOC"].into_iter().cycle();
    let words = text.split(|c: char| !c.is_alphabetic());
    let names = words.filter(|word| word.starts_with(char::is_uppercase));
    let mention = |(word, label): (&str, &str)| {
        // `split` gives slices of `text`.
        let start = u32::try_from(word.as_ptr() as usize - text.as_ptr() as usize)?;
        let span = Span::new(start, start + u32::try_from(word.len())?);
        Ok(Mention {
            span,
            label: label.into(),
            score: 1.0,
        })
    };
    names.zip(labels).map(mention).collect()
}

struct Options {
    data: Option<PathBuf>,
    kb: Option<PathBuf>,
    links: Option<PathBuf>,
    mentions_min: usize,
    new: bool,
    rss: bool,
    names: Vec<String>,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            data: std::env::var_os("GRIOT_EL_DEV").map(PathBuf::from),
            kb: None,
            links: None,
            mentions_min: MENTIONS_MIN,
            new: false,
            rss: false,
            names: Vec::new(),
        };
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--data" => options.data = Some(value()?.into()),
                "--kb" => options.kb = Some(value()?.into()),
                "--links" => options.links = Some(value()?.into()),
                "--mentions" => options.mentions_min = value()?.parse()?,
                "--new" => options.new = true,
                "--rss" => options.rss = true,
                other if other.starts_with('-') => bail!("unknown option {other:?}"),
                _ => options.names.push(arg),
            }
        }
        Ok(options)
    }

    fn sets(&self) -> Vec<String> {
        if !self.names.is_empty() {
            return self.names.clone();
        }
        let n_sets = if self.data.is_some() {
            SETS.len()
        } else {
            OWN_SETS
        };
        SETS[..n_sets].iter().map(|&name| name.to_owned()).collect()
    }
}
