//! The distinct forms under which the mentions of a document appear.

use std::cell::OnceCell;
use std::collections::hash_map::Entry;
use std::ops::Range;

use griot_text::{Document, Label, Mention};
use rustc_hash::FxHashMap;

use crate::alike::{Sound, has_telling_sound, is_telling_sound};
use crate::bodies::{self, Body};
use crate::kb::CandidateSource;
use crate::name::{Name, NameKind, Outline, Token, strip_titles};
use crate::rank::qualifier;

/// One form: the mentions of a document that are spelled the same, up to what
/// [`Name::key`] leaves out, and are of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// The name, of a person without titles.
    pub(crate) name: Name,
    n_words: usize,
    /// The sounds of each word of the name, once they were asked for.
    sounds: OnceCell<Vec<Vec<String>>>,
    /// Those of the name as a whole; none if it is too short.
    whole_sounds: OnceCell<Vec<String>>,
    /// Its consonants, once they were asked for.
    outline: OnceCell<Outline>,
    /// What the name says if it is that of a state body.
    pub(crate) body: Option<Body>,
    pub(crate) kind: NameKind,
    /// The type that the text gives it: "the state of Georgia".
    pub(crate) qualifier: Option<&'static str>,
    /// The most frequent label of its mentions.
    pub(crate) label: Label,
    /// Indices of its mentions, ascending, at least one.
    pub(crate) mentions: Vec<usize>,
}

impl Form {
    /// Number of words of the name.
    pub(crate) fn n_words(&self) -> usize {
        self.n_words
    }

    /// The sounds of each word of the name.
    pub(crate) fn sounds(&self) -> &[Vec<String>] {
        let sounds = |token: Token<'_>| Name::new(token.text).phonetic_keys();
        self.sounds
            .get_or_init(|| self.name.tokens().map(sounds).collect())
    }

    /// The sounds of the name as a whole; none if it is too short to be known by them.
    fn whole_sounds(&self) -> &[String] {
        self.whole_sounds.get_or_init(|| {
            if has_telling_sound(&self.name) {
                self.name.phonetic_keys()
            } else {
                Vec::new()
            }
        })
    }

    /// The consonants of the name.
    pub(crate) fn outline(&self) -> &Outline {
        self.outline
            .get_or_init(|| Outline::new(&self.name, self.kind))
    }

    /// The same form under another name.
    pub(crate) fn renamed(&self, name: Name) -> Self {
        let n_words = name.tokens().count();
        Self {
            name,
            n_words,
            sounds: OnceCell::new(),
            whole_sounds: OnceCell::new(),
            outline: OnceCell::new(),
            ..self.clone()
        }
    }

    /// The key of the state body, if its country is known.
    pub(crate) fn body_key(&self) -> Option<String> {
        self.body.as_ref()?.key()
    }
}

/// Two forms, as they sound.
pub(crate) struct Heard<'a>(pub(crate) &'a Form, pub(crate) &'a Form);

impl Sound for Heard<'_> {
    fn whole(&self) -> bool {
        let others = self.1.whole_sounds();
        self.0
            .whole_sounds()
            .iter()
            .any(|sound| others.contains(sound))
    }

    fn may_be_spelled_alike(&self) -> bool {
        self.0.outline().may_be_like(self.1.outline())
    }

    fn last_words(&self) -> bool {
        let words = [self.0, self.1].map(|form| form.name.tokens().last());
        let [Some(one), Some(other)] = words else {
            return false;
        };
        let telling = |word: Token<'_>| is_telling_sound(word.text);
        let sounds = [self.0, self.1].map(|form| form.sounds().last());
        let [Some(ones), Some(others)] = sounds else {
            return false;
        };
        one.text == other.text
            || (telling(one) && telling(other) && ones.iter().any(|sound| others.contains(sound)))
    }
}

/// What makes mentions one form: kind, key, state body, qualifier.
type Identity = (NameKind, String, Option<Body>, Option<&'static str>);

/// What kind of name a label stands for. Recognizers differ in their labels:
/// those of CoNLL, `OntoNotes`, HIPE and NEREL are known.
pub(crate) fn kind_of(label: &str) -> NameKind {
    let is = |names: &[&str]| names.iter().any(|name| label.eq_ignore_ascii_case(name));
    if is(&["PER", "PERSON", "PERS", "HUMAN"]) {
        NameKind::Person
    } else if is(&["ORG", "ORGANIZATION", "ORGANISATION", "COMPANY"]) {
        NameKind::Organization
    } else if is(&["LOC", "LOCATION", "GPE", "FAC", "PLACE", "CITY", "COUNTRY"]) {
        NameKind::Place
    } else {
        NameKind::Other
    }
}

/// The forms of `mentions`, in the order in which they first appear.
///
/// # Panics
///
/// If a mention's span is not a span of the document's text.
pub(crate) fn forms(
    source: &dyn CandidateSource,
    document: &Document,
    mentions: &[Mention],
) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    // Two mentions « ministère de la Défense » may be of two countries, and the city
    // of New York is not the state.
    let mut index: FxHashMap<Identity, usize> = FxHashMap::default();
    for (i, mention) in mentions.iter().enumerate() {
        let kind = kind_of(mention.label.as_str());
        let surface = surface(document, mention);
        let name = Name::new(&surface[bare(surface, kind)]);
        let body = body(source, document, mention, &name, kind);
        let qualifier = (kind == NameKind::Place)
            .then(|| qualifier(&document.text()[..mention.span.range().start]))
            .flatten();
        match index.entry((kind, name.key().to_owned(), body.clone(), qualifier)) {
            Entry::Occupied(entry) => forms[*entry.get()].mentions.push(i),
            Entry::Vacant(entry) => {
                entry.insert(forms.len());
                forms.push(Form {
                    n_words: name.tokens().count(),
                    sounds: OnceCell::new(),
                    whole_sounds: OnceCell::new(),
                    outline: OnceCell::new(),
                    name,
                    body,
                    kind,
                    qualifier,
                    label: mention.label.clone(),
                    mentions: vec![i],
                });
            }
        }
    }
    merge_kinds(forms)
}

fn body(
    source: &dyn CandidateSource,
    document: &Document,
    mention: &Mention,
    name: &Name,
    kind: NameKind,
) -> Option<Body> {
    if kind != NameKind::Organization {
        return None;
    }
    let range = mention.span.range();
    let text = document.text();
    bodies::parse(source, &text[..range.start], name, &text[range.end..])
}

/// What `mention` covers.
///
/// # Panics
///
/// If it is not a mention of `document`.
pub(crate) fn surface<'a>(document: &'a Document, mention: &Mention) -> &'a str {
    let text = mention.span.slice(document.text());
    text.expect("a mention's span is a span of its document's text")
}

/// The part of a mention's text that is the name: a person's without titles.
fn bare(surface: &str, kind: NameKind) -> Range<usize> {
    match kind {
        NameKind::Person => strip_titles(surface),
        _ => 0..surface.len(),
    }
}

/// How many times more frequent a kind must be to draw mentions of another one
/// over, if one of the two is a person. A guard against single slips of a
/// recognizer.
const MAJORITY: usize = 3;

/// Forms of one spelling that a recognizer gave different labels: bodies, places
/// and other things are one form, persons only if one kind is clearly in the
/// majority.
fn merge_kinds(forms: Vec<Form>) -> Vec<Form> {
    let mut merged: Vec<Form> = Vec::with_capacity(forms.len());
    let mut index: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for form in forms {
        let same = index.entry(form.name.key().to_owned()).or_default();
        let found = same.iter().find(|&&at| may_merge(&merged[at], &form));
        if let Some(&at) = found {
            absorb(&mut merged[at], form);
        } else {
            same.push(merged.len());
            merged.push(form);
        }
    }
    merged
}

fn may_merge(one: &Form, other: &Form) -> bool {
    let (few, many) = if one.mentions.len() < other.mentions.len() {
        (one, other)
    } else {
        (other, one)
    };
    let person = NameKind::Person;
    let clash =
        one.qualifier.is_some() && other.qualifier.is_some() && one.qualifier != other.qualifier;
    !clash
        && one.body == other.body
        && ((one.kind != person && other.kind != person)
            || many.mentions.len() >= MAJORITY * few.mentions.len())
}

fn absorb(form: &mut Form, other: Form) {
    if other.mentions.len() > form.mentions.len() {
        form.kind = other.kind;
        form.label = other.label;
        form.name = other.name;
    }
    form.qualifier = form.qualifier.or(other.qualifier);
    form.mentions.extend(other.mentions);
    form.mentions.sort_unstable();
}
