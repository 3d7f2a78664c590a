//! Names of state bodies that are composed in every language: a kind, a field,
//! a country. « ministère russe de la Défense », "Russian defence ministry" and
//! « Минобороны России » are one body, whether or not a list has it.
//!
//! The words are data (`data/bodies.toml`); the names of countries and what is
//! theirs come from the [`CandidateSource`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::alike::{Alike, alike, may_be_alike};
use crate::document::kind_of;
use crate::kb::{AliasKind, CandidateSource, EntityRef, Matched};
use crate::name::{Name, NameKind, is_letter};

/// What the name of a state body says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Body {
    kind: &'static str,
    portfolio: Option<&'static str>,
    /// ISO 3166-1 code, if the name or the words around it give one.
    pub(crate) country: Option<String>,
}

impl Body {
    /// The key in which all languages agree, such as `gov:ru:ministry:defence`;
    /// `None` without a country.
    pub(crate) fn key(&self) -> Option<String> {
        let country = self.country.as_deref()?;
        let kind = self.kind;
        Some(match self.portfolio {
            Some(portfolio) => format!("gov:{country}:{kind}:{portfolio}"),
            None => format!("gov:{country}:{kind}"),
        })
    }

    /// Whether the two may be one body: a country that is not given fits any.
    pub(crate) fn fits(&self, other: &Self) -> bool {
        let countries = (&self.country, &other.country);
        let country = match countries {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        country && self.kind == other.kind && self.portfolio == other.portfolio
    }
}

/// The body that `name` names, with what follows and precedes it in the text:
/// « ministère de la Défense » in « le ministère de la Défense du Mali ».
///
/// `None` if it has words that are no part of such a name.
pub(crate) fn parse(
    source: &dyn CandidateSource,
    before: &str,
    name: &Name,
    after: &str,
) -> Option<Body> {
    let key = key(name.text());
    let words: Vec<&str> = key.split(' ').collect();
    let read = LEXICON.read(&words)?;
    let country = if read.rest.is_empty() {
        neighbour_country(source, before, after)
    } else {
        Some(country(source, &read.rest, Spelling::Any)?)
    };
    Some(Body {
        kind: read.kind,
        portfolio: read.portfolio,
        country,
    })
}

/// The key of the state body that `name` names, such as `gov:ru:ministry:defence`,
/// the same in all languages; `None` if it names none or its country is not given.
///
/// An entity of a knowledge base that has this key among its
/// [`redirects`](crate::kb::Entity::redirects) is found under all names of the body.
///
/// ```
/// use griot_link::{KnowledgeBase, kb::Entity, state_body_key};
///
/// let canada = r#"{"id": "Q16", "name": "Canada", "type": "LOC", "fine": "country",
///     "country": "ca", "demonyms": {"fr": ["canadien"]}}"#;
/// let kb = KnowledgeBase::from_entities([serde_json::from_str::<Entity>(canada)?])?;
/// let key = state_body_key(&kb, "ministère canadien de la Défense");
/// assert_eq!(key.as_deref(), Some("gov:ca:ministry:defence"));
/// assert_eq!(key, state_body_key(&kb, "Ministry of Defence of Canada"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn state_body_key(source: &dyn CandidateSource, name: &str) -> Option<String> {
    parse(source, "", &Name::new(name), "")?.key()
}

/// What a word or two say in the name of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Kind(&'static str),
    Portfolio(&'static str),
    Whole(&'static str, &'static str),
    /// Says nothing: "of the".
    Nothing,
}

struct Lexicon {
    phrases: FxHashMap<String, Meaning>,
    /// By the first word of phrases, the most words that one has.
    starts: FxHashMap<String, usize>,
    /// Kinds of which a country has one.
    single: Vec<&'static str>,
}

/// What was read of a name, and the words that mean nothing here: a country, if
/// it is the name of a body.
struct Read<'a> {
    kind: &'static str,
    portfolio: Option<&'static str>,
    rest: Vec<&'a str>,
}

/// Forms by language.
type Forms = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
struct KindForms {
    /// A country has one body of this kind: no field is named.
    #[serde(default)]
    short: bool,
    #[serde(flatten)]
    forms: Forms,
}

#[derive(Deserialize)]
struct File {
    kind: BTreeMap<String, KindForms>,
    portfolio: BTreeMap<String, Forms>,
    #[serde(default)]
    whole: BTreeMap<String, Forms>,
    /// Words that say nothing, by language.
    of: Forms,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let text = include_str!("../data/bodies.toml");
    // Part of the crate, and read by a test.
    Lexicon::new(toml::from_str(text).expect("data/bodies.toml has the shape of File"))
});

impl Lexicon {
    fn new(file: File) -> Self {
        let mut lexicon = Self {
            phrases: FxHashMap::default(),
            starts: FxHashMap::default(),
            single: Vec::new(),
        };
        file.of
            .values()
            .for_each(|forms| lexicon.add(forms, Meaning::Nothing));
        for (kind, KindForms { short, forms }) in file.kind {
            let kind = leak(kind);
            lexicon.single.extend(short.then_some(kind));
            for forms in forms.values() {
                lexicon.add(forms, Meaning::Kind(kind));
            }
        }
        for (portfolio, forms) in file.portfolio {
            let portfolio = leak(portfolio);
            for forms in forms.values() {
                lexicon.add(forms, Meaning::Portfolio(portfolio));
            }
        }
        for (whole, forms) in file.whole {
            if let Some((kind, portfolio)) = leak(whole).split_once(':') {
                for forms in forms.values() {
                    lexicon.add(forms, Meaning::Whole(kind, portfolio));
                }
            }
        }
        lexicon
    }

    fn add(&mut self, forms: &[String], meaning: Meaning) {
        for form in forms {
            let key = key(form);
            let mut words = key.split(' ');
            let first = words.next().unwrap_or_default().to_owned();
            let n_words = self.starts.entry(first).or_default();
            *n_words = (*n_words).max(1 + words.count());
            self.phrases.entry(key).or_insert(meaning);
        }
    }

    fn read<'a>(&self, words: &[&'a str]) -> Option<Read<'a>> {
        let (mut kind, mut portfolio, mut rest) = (None, None, Vec::new());
        let mut at = 0;
        while at < words.len() {
            let (n_words, meaning) = self.longest(&words[at..]);
            match meaning {
                Some(Meaning::Kind(found)) => kind = kind.or(Some(found)),
                Some(Meaning::Portfolio(found)) => portfolio = portfolio.or(Some(found)),
                Some(Meaning::Whole(one, other)) => (kind, portfolio) = (Some(one), Some(other)),
                Some(Meaning::Nothing) => {}
                None => rest.push(words[at]),
            }
            at += n_words;
        }
        let kind = kind?;
        // A country has one army and many ministries.
        (portfolio.is_some() != self.single.contains(&kind)).then_some(Read {
            kind,
            portfolio,
            rest,
        })
    }

    /// The meaning of the longest phrase at the start of `words`, and its length.
    fn longest(&self, words: &[&str]) -> (usize, Option<Meaning>) {
        let n_words = self.starts.get(words[0]).copied().unwrap_or(0);
        for n_words in (1..=n_words.min(words.len())).rev() {
            let phrase = words[..n_words].join(" ");
            if let Some(meaning) = self.phrases.get(&phrase) {
                return (n_words, Some(*meaning));
            }
        }
        (1, None)
    }
}

/// The key of a name, with words parted at apostrophes: « d'Ukraine ».
fn key(text: &str) -> String {
    Name::new(&text.replace(['\'', '’'], " ")).key().to_owned()
}

/// The lexicon lives as long as the program.
fn leak(text: String) -> &'static str {
    text.leak()
}

/// Words beside a name that may give its country, on either side.
const NEIGHBOURS_MAX: usize = 4;

fn neighbour_country(source: &dyn CandidateSource, before: &str, after: &str) -> Option<String> {
    // Not over the end of a clause.
    let is_end = |c: char| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '(' | ')' | '\n');
    let after = after.split(is_end).next().unwrap_or_default();
    let before = before.rsplit(is_end).next().unwrap_or_default();
    let next: Vec<&str> = after.split_whitespace().take(NEIGHBOURS_MAX).collect();
    let last: Vec<&str> = before.split_whitespace().rev().take(1).collect();
    // The name of the country, after any "of the", ends as soon as it is known.
    (1..=next.len())
        .find_map(|n_words| country_of_phrase(source, &next[..n_words].join(" ")))
        .or_else(|| country_of_phrase(source, last.first()?))
}

fn country_of_phrase(source: &dyn CandidateSource, phrase: &str) -> Option<String> {
    // Names of countries have capitals where there are some.
    let spelling = if phrase.chars().any(|c| is_letter(c) && !c.is_lowercase()) {
        Spelling::Any
    } else {
        Spelling::Exact
    };
    let key = key(phrase);
    let words: Vec<&str> = key.split(' ').collect();
    let starts = words
        .iter()
        .position(|word| LEXICON.phrases.get(*word) != Some(&Meaning::Nothing))?;
    country(source, &words[starts..], spelling)
}

/// The country that `words` name, or whose demonym they are.
fn country(source: &dyn CandidateSource, words: &[&str], spelling: Spelling) -> Option<String> {
    let name = Name::new(&words.join(" "));
    let mut hits = Vec::new();
    for how in [Matched::Exact, Matched::Phonetic] {
        if how == Matched::Phonetic && spelling == Spelling::Exact {
            break;
        }
        hits.clear();
        source.candidates(&name, how, &mut hits);
        // A place: facts cost more.
        let is_place = |label| kind_of(label) == NameKind::Place;
        hits.retain(|hit| source.label(hit.entity).is_none_or(is_place));
        let country = hits.iter().find_map(|hit| {
            let facts = source.facts(hit.entity);
            let of_country = hit.kind == AliasKind::Demonym || facts.fine == Some("country");
            let country = facts.country.filter(|_| of_country)?;
            let alike = || has_name_like(source, hit.entity, &name);
            (how == Matched::Exact || alike()).then(|| country.to_owned())
        });
        if country.is_some() {
            return country;
        }
    }
    None
}

/// How the name of a country may be spelled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// As the source has it.
    Exact,
    /// Or in a grammatical case.
    Any,
}

/// Whether the entity, found by its sound, has such a name: « России » is « Россия »
/// in another case.
fn has_name_like(source: &dyn CandidateSource, entity: EntityRef, name: &Name) -> bool {
    let mut found = false;
    source.each_name(entity, &mut |other| {
        found = found
            || (may_be_alike(name, other, NameKind::Place)
                && matches!(
                    alike(name, &Name::new(other), NameKind::Place),
                    Alike::Same(_)
                ));
    });
    found
}
