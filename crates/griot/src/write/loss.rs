//! What a format cannot hold.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use griot_text::{Link, Mention};

use super::words::layers;
use super::{AnnotationWriter, Format, brat, conll, hipe};
use crate::{Annotation, read};

/// Something that an annotation has and that a format may have no place for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// Documents without mentions.
    Documents,
    /// Texts of documents.
    Texts,
    /// Texts that come back with other white space, or without control characters.
    WhiteSpace,
    /// Identifiers of documents.
    DocumentIds,
    /// Languages of documents.
    Languages,
    /// Languages that were found in documents.
    FoundLanguages,
    /// Documents of which boilerplate is told.
    Boilerplate,
    /// Mentions with a place in a web page.
    Pages,
    /// Mentions, because they overlap others.
    Overlaps,
    /// Exact ends of mentions, where they are inside words or in white space.
    Boundaries,
    /// Labels as they are.
    Labels,
    /// Scores of mentions, other than 1.
    Scores,
    /// What mentions refer to.
    Links,
    /// Which mentions have the same entity, where no knowledge base has it.
    NilIds,
    /// Names of entities.
    Names,
    /// Types of entities, other than those of their mentions.
    Types,
    /// Scores of links, other than 1.
    LinkScores,
    /// What mentions speak of by naming something else.
    StandsFor,
    /// Other candidates of links.
    Candidates,
    /// Names and scores of other candidates.
    CandidateDetails,
    /// Reasons for links.
    Evidence,
}

/// How many of each part could not be held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    counts: BTreeMap<Part, u64>,
}

impl Losses {
    /// Each part of which something was lost, with how many.
    pub fn iter(&self) -> impl Iterator<Item = (Part, u64)> {
        self.counts.iter().map(|(part, n)| (*part, *n))
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Adds what `other` counted.
    pub fn add(&mut self, other: &Self) {
        for (part, n) in other.iter() {
            self.count(part, n);
        }
    }

    fn count(&mut self, part: Part, n: u64) {
        if n > 0 {
            *self.counts.entry(part).or_default() += n;
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documents => "documents without mentions",
            Self::Texts => "texts",
            Self::WhiteSpace => "texts with their white space",
            Self::DocumentIds => "document identifiers",
            Self::Languages => "languages",
            Self::FoundLanguages => "languages that were found",
            Self::Boilerplate => "ranges of boilerplate",
            Self::Pages => "places in web pages",
            Self::Overlaps => "overlapping mentions",
            Self::Boundaries => "exact ends of mentions",
            Self::Labels => "exact labels",
            Self::Scores => "scores",
            Self::Links => "links",
            Self::NilIds => "identifiers of unknown entities",
            Self::Names => "names of entities",
            Self::Types => "types of entities",
            Self::LinkScores => "scores of links",
            Self::StandsFor => "what names stand for",
            Self::Candidates => "links with other candidates",
            Self::CandidateDetails => "names and scores of candidates",
            Self::Evidence => "links with evidence",
        })
    }
}

/// What is lost of `annotation` when it is written in `format`, JSON Lines with the
/// text. Formats for people ([`Format::Text`], [`Format::Explain`]) show what they
/// show: nothing is counted for them.
///
/// Cost: linear in the length of the document.
///
/// # Panics
///
/// If a mention is not a span of the text of its annotation.
pub fn losses(format: Format, annotation: &Annotation) -> Losses {
    let mut losses = Losses::default();
    for part in missing(format).iter().chain(found(format)) {
        losses.count(*part, n_of(*part, annotation));
    }
    let mentions = &annotation.mentions;
    match format {
        Format::Conll => {
            let n_held = layers(mentions)[0].len();
            let back = through_conll(annotation);
            in_words(&mut losses, annotation, back.as_ref(), n_held);
        }
        Format::Hipe => {
            let n_held = layers(mentions).iter().map(Vec::len).sum();
            let back = through_hipe(annotation);
            in_words(&mut losses, annotation, back.as_ref(), n_held);
            let links = back.map_or(0, |back| back.links.len());
            losses.count(
                Part::Links,
                annotation.links.len().saturating_sub(links) as u64,
            );
        }
        Format::Spacy => {
            let is_bare = |mention: &&Mention| {
                let surface = annotation.surface(mention);
                surface.trim() != surface
            };
            losses.count(Part::Boundaries, n(mentions, is_bare));
        }
        Format::Brat => {
            let is_changed = |mention: &&Mention| {
                brat::safe_label(mention.label.as_str()) != mention.label.as_str()
            };
            losses.count(Part::Labels, n(mentions, is_changed));
            let is_unsaid = |link: &&Link| brat::reference(link).is_none();
            losses.count(Part::Links, n(&annotation.links, is_unsaid));
            let id = annotation.document.id();
            let is_renamed = id.strip_suffix(".txt").unwrap_or(id) != brat::file_stem(id);
            losses.count(Part::DocumentIds, is_renamed.into());
        }
        _ => {}
    }
    losses
}

/// What a format has no place for at all.
const fn missing(format: Format) -> &'static [Part] {
    use Part::{
        CandidateDetails, Candidates, Documents, Evidence, Languages, LinkScores, Links, Names,
        NilIds, Scores, StandsFor, Texts, Types,
    };
    match format {
        Format::Conll => &[Languages, Scores, Links],
        Format::Hipe => &[
            Scores,
            NilIds,
            Names,
            Types,
            LinkScores,
            CandidateDetails,
            Evidence,
        ],
        Format::Brat => &[
            Languages, Scores, Types, LinkScores, StandsFor, Candidates, Evidence,
        ],
        Format::Spacy => &[
            Scores, Names, Types, LinkScores, StandsFor, Candidates, Evidence,
        ],
        Format::LabelStudio => &[Types, LinkScores, StandsFor, Candidates, Evidence],
        Format::WebAnnotation => &[
            Texts, Scores, Types, LinkScores, StandsFor, Candidates, Evidence,
        ],
        Format::Nif => &[Scores, Types, StandsFor, Candidates, Evidence],
        Format::Csv | Format::Tsv => &[Documents, Texts, Candidates, Evidence],
        _ => &[],
    }
}

/// What was found about a document as a whole, where a format has no place for it.
const fn found(format: Format) -> &'static [Part] {
    match format {
        Format::Jsonl | Format::Html | Format::Text | Format::Explain => &[],
        _ => &[Part::FoundLanguages, Part::Boilerplate, Part::Pages],
    }
}

fn n_of(part: Part, annotation: &Annotation) -> u64 {
    let document = &annotation.document;
    let links = &annotation.links;
    match part {
        Part::Documents => annotation.mentions.is_empty().into(),
        Part::Texts => (!document.text().is_empty()).into(),
        Part::Languages => document.language().is_some().into(),
        Part::FoundLanguages => document.languages().is_some().into(),
        Part::Boilerplate => document.boilerplate().is_some().into(),
        Part::Pages => match document.source() {
            Some(_) => annotation.mentions.len() as u64,
            None => 0,
        },
        Part::Scores => n(&annotation.mentions, |mention| is_partial(mention.score)),
        Part::Links => links.len() as u64,
        Part::NilIds => n(links, |link| link.target.is_nil()),
        Part::Names => n(links, |link| link.name != annotation.surface(&link.mention)),
        Part::Types => n(links, |link| link.label != link.mention.label),
        Part::LinkScores => n(links, |link| is_partial(link.score)),
        Part::StandsFor => n(links, |link| link.stands_for.is_some()),
        Part::Candidates | Part::CandidateDetails => n(links, |link| {
            let mut candidates = link.candidates.iter();
            candidates.any(|candidate| candidate.id != *link.target.id())
        }),
        Part::Evidence => n(links, |link| !link.evidence.is_empty()),
        Part::WhiteSpace | Part::DocumentIds | Part::Overlaps | Part::Boundaries | Part::Labels => {
            0
        }
    }
}

fn n<T>(items: &[T], is_counted: impl Fn(&&T) -> bool) -> u64 {
    items.iter().filter(is_counted).count() as u64
}

/// Whether a score says something.
fn is_partial(score: f32) -> bool {
    score < 1.0
}

/// Counts what a format of words loses, by reading back what was written.
fn in_words(
    losses: &mut Losses,
    annotation: &Annotation,
    back: Option<&Annotation>,
    n_held: usize,
) {
    let back_text = back.map_or("", |back| back.document.text());
    let is_changed = annotation.document.text() != back_text;
    losses.count(Part::WhiteSpace, is_changed.into());
    let is_renamed = back.is_none_or(|back| back.document.id() != annotation.document.id());
    losses.count(Part::DocumentIds, is_renamed.into());
    let n_mentions = annotation.mentions.len();
    losses.count(Part::Overlaps, (n_mentions - n_held) as u64);
    let mut found: HashMap<(&str, String), usize> = HashMap::new();
    for mention in back.iter().flat_map(|back| &back.mentions) {
        let name = solid(&back_text[mention.span.range()]);
        *found.entry((mention.label.as_str(), name)).or_default() += 1;
    }
    let mut n_back = 0;
    for mention in &annotation.mentions {
        let key = (mention.label.as_str(), solid(annotation.surface(mention)));
        let is_bare = annotation.surface(mention).trim() != annotation.surface(mention);
        if let Some(n) = found.get_mut(&key).filter(|n| **n > 0 && !is_bare) {
            *n -= 1;
            n_back += 1;
        }
    }
    losses.count(Part::Boundaries, n_held.saturating_sub(n_back) as u64);
}

fn solid(text: &str) -> String {
    text.split_whitespace().collect()
}

/// What CoNLL gives back of an annotation.
fn through_conll(annotation: &Annotation) -> Option<Annotation> {
    let mut writer = conll::Writer::new(Vec::new());
    // Writing to memory does not fail.
    writer.write(annotation).ok()?;
    let written = writer.into_inner();
    let read = read::conll::Reader::new("", &*written).annotations().next();
    read?.ok()
}

/// What HIPE gives back of an annotation.
fn through_hipe(annotation: &Annotation) -> Option<Annotation> {
    let mut writer = hipe::Writer::new(Vec::new());
    writer.write(annotation).ok()?;
    let written = writer.into_inner();
    read::hipe::Reader::new("", &*written).next()?.ok()
}

#[cfg(test)]
mod tests {
    use griot_text::Span;

    use super::*;
    use crate::write::tests::annotation;

    fn check(format: Format, sample: &Annotation, expected: &[(Part, u64)]) {
        let found: Vec<_> = losses(format, sample).iter().collect();
        assert_eq!(found, expected, "{}", format.name());
    }

    #[test]
    fn counts_what_is_lost() {
        use Part::*;
        let sample = annotation("Le [Mali](LOC) et  le [Sahel](a b)").with_language("fr");
        let mut sample = sample.linked_to([Some("Q912"), None]).0;
        sample.links[0].stands_for = Some("Q1".into());
        let rows: [(Format, &[(Part, u64)]); 11] = [
            (Format::Jsonl, &[]),
            (Format::Html, &[]),
            (
                Format::Conll,
                &[(WhiteSpace, 1), (Languages, 1), (Scores, 2), (Links, 2)],
            ),
            (
                Format::Hipe,
                &[(WhiteSpace, 1), (Scores, 2), (NilIds, 1), (Evidence, 1)],
            ),
            (
                Format::Brat,
                &[
                    (Languages, 1),
                    (Labels, 1),
                    (Scores, 2),
                    (StandsFor, 1),
                    (Evidence, 1),
                ],
            ),
            (Format::Spacy, &[(Scores, 2), (StandsFor, 1), (Evidence, 1)]),
            (Format::LabelStudio, &[(StandsFor, 1), (Evidence, 1)]),
            (
                Format::WebAnnotation,
                &[(Texts, 1), (Scores, 2), (StandsFor, 1), (Evidence, 1)],
            ),
            (Format::Nif, &[(Scores, 2), (StandsFor, 1), (Evidence, 1)]),
            (Format::Csv, &[(Texts, 1), (Evidence, 1)]),
            (Format::Tsv, &[(Texts, 1), (Evidence, 1)]),
        ];
        for (format, expected) in rows {
            check(format, &sample, expected);
        }
    }

    #[test]
    fn counts_what_does_not_fit() {
        use Part::*;
        let words = annotation("franco[malien](LOC)nes");
        check(Format::Conll, &words.0, &[(Boundaries, 1), (Scores, 1)]);
        check(Format::Hipe, &words.0, &[(Scores, 1)]);
        let mut nested = annotation("[a b](X)").0;
        for span in [Span::new(0, 1), Span::new(0, 1)] {
            nested.mentions.push(Mention {
                span,
                ..nested.mentions[0].clone()
            });
        }
        check(Format::Conll, &nested, &[(Overlaps, 2), (Scores, 3)]);
        check(Format::Hipe, &nested, &[(Overlaps, 1), (Scores, 3)]);
        nested.mentions.truncate(2);
        nested.links = annotation("[a](X)").linked_to([Some("Q1")]).0.links;
        nested.links[0].mention = nested.mentions[1].clone();
        nested.links[0].evidence.clear();
        check(Format::Hipe, &nested, &[(Scores, 2), (Links, 1)]);
        let mut found = annotation("a").0;
        let document = found
            .document
            .with_languages(griot_text::Languages::default());
        found.document = document.with_boilerplate(Vec::new());
        check(
            Format::Brat,
            &found,
            &[(FoundLanguages, 1), (Boilerplate, 1)],
        );
        check(Format::Jsonl, &found, &[]);
        let plain = annotation("").0;
        check(Format::Csv, &plain, &[(Documents, 1)]);
        check(Format::Brat, &plain, &[]);
    }
}
