//! brat: annotations in an `.ann` file, beside a text.
//!
//! Mentions (`T`) and normalizations (`N`) are read; relations, events, attributes
//! and notes are not mentions, and are left out. Offsets count characters.

use std::collections::HashMap;
use std::io;

use griot_text::{Document, Mention, OffsetUnit, Target, spans_from_units};

use super::{decode, read_all};
use crate::{Annotation, Error, LineError, write};

/// The annotation that an `.ann` file gives of `document`.
///
/// A normalization of `Wikidata` or `KB` links to the identifier alone, one of `NIL`
/// to none, and one of any other base to `base:identifier`. Of several of one mention
/// the first is taken.
///
/// # Errors
///
/// [`Error::Read`], [`Error::NotUtf8`], or [`Error::Line`] for a mention that is in
/// several pieces, is no span of the text, or has not the text that its line says.
///
/// # Example
///
/// ```
/// use griot::{Document, read::brat};
///
/// let document = Document::new("d", "à Lomé")?;
/// let annotation = brat::annotation("d.ann", document, &b"T1\tLOC 2 6\tLom\xc3\xa9\n"[..])?;
/// assert_eq!(annotation.surface(&annotation.mentions[0]), "Lomé");
/// # Ok::<(), griot::Error>(())
/// ```
pub fn annotation(
    name: &str,
    document: Document,
    annotations: impl io::Read,
) -> Result<Annotation, Error> {
    let file = decode(name, read_all(name, annotations)?)?;
    let error = |(line, source)| Error::Line {
        name: name.to_owned(),
        line,
        source,
    };
    let (bounds, references) = parse(&file).map_err(error)?;
    let mut linked = mentions(document.text(), bounds).map_err(error)?;
    linked
        .sort_by_key(|(_, mention)| (mention.span.start(), std::cmp::Reverse(mention.span.end())));
    let text = document.text();
    let link = |(id, mention): &(&str, Mention)| {
        let reference = references.get(id)?;
        let surface = &text[mention.span.range()];
        let name = if reference.name.is_empty() {
            surface
        } else {
            reference.name
        };
        Some(super::link(mention, reference.target(), name, None))
    };
    let links = linked.iter().filter_map(link).collect();
    let mentions = linked.into_iter().map(|(_, mention)| mention).collect();
    Ok(Annotation {
        document,
        mentions,
        links,
    })
}

/// What a `T` line says.
struct Bound<'a> {
    line: u64,
    id: &'a str,
    label: &'a str,
    start: u32,
    end: u32,
    text: &'a str,
}

/// What an `N` line says.
struct Reference<'a> {
    kb: &'a str,
    id: &'a str,
    name: &'a str,
}

impl Reference<'_> {
    fn target(&self) -> Target {
        match self.kb {
            "NIL" => Target::Nil(self.id.into()),
            "Wikidata" | "KB" => Target::Entity(self.id.into()),
            kb => Target::Entity(format!("{kb}:{}", self.id).into()),
        }
    }
}

type Parsed<'a> = (Vec<Bound<'a>>, HashMap<&'a str, Reference<'a>>);

fn parse(file: &str) -> Result<Parsed<'_>, (u64, LineError)> {
    let mut bounds = Vec::new();
    let mut references = HashMap::new();
    for (line, number) in file.lines().zip(1..) {
        let wrong = |expected| {
            let found = line.to_owned();
            (number, LineError::NotBrat { found, expected })
        };
        match line.chars().next() {
            Some('T') => bounds.push(bound(line, number)?),
            Some('N') => {
                let (mention, reference) =
                    reference(line).ok_or_else(|| wrong("a normalization"))?;
                references.entry(mention).or_insert(reference);
            }
            Some('#' | 'R' | 'E' | 'A' | 'M' | '*') | None => {}
            Some(_) if line.trim().is_empty() => {}
            Some(_) => return Err((wrong)("an annotation")),
        }
    }
    Ok((bounds, references))
}

/// `T1<TAB>LOC 120 126<TAB>Bamako`.
fn bound(line: &str, number: u64) -> Result<Bound<'_>, (u64, LineError)> {
    let mut cells = line.splitn(3, '\t');
    let (id, place) = (cells.next(), cells.next().unwrap_or_default());
    if place.contains(';') {
        let found = line.to_owned();
        return Err((number, LineError::Discontinuous { found }));
    }
    let mut words = place.split(' ');
    let label = words.next().filter(|label| !label.is_empty());
    let mut offset = || words.next().and_then(|word| word.parse().ok());
    let (Some(id), Some(label), Some(start), Some(end)) = (id, label, offset(), offset()) else {
        let found = line.to_owned();
        let expected = "a mention: a label and two numbers";
        return Err((number, LineError::NotBrat { found, expected }));
    };
    Ok(Bound {
        line: number,
        id,
        label,
        start,
        end,
        text: cells.next().unwrap_or_default(),
    })
}

/// `N1<TAB>Reference T1 Wikidata:Q3703<TAB>Bamako`.
fn reference(line: &str) -> Option<(&str, Reference<'_>)> {
    let mut cells = line.splitn(3, '\t');
    let mut words = cells.nth(1)?.split(' ');
    let (mention, id) = (words.nth(1)?, words.next()?);
    let (kb, id) = id.split_once(':')?;
    let name = cells.next().unwrap_or_default();
    Some((mention, Reference { kb, id, name }))
}

fn mentions<'a>(
    text: &str,
    bounds: Vec<Bound<'a>>,
) -> Result<Vec<(&'a str, Mention)>, (u64, LineError)> {
    let places: Vec<_> = bounds
        .iter()
        .map(|bound| (bound.start, bound.end))
        .collect();
    let spans = spans_from_units(text, &places, OffsetUnit::Char);
    let mention = |(bound, span): (Bound<'a>, Option<griot_text::Span>)| {
        let covered = span.and_then(|span| span.slice(text));
        let is_same = |covered: &str| !covered.is_empty() && is_text_of(bound.text, covered);
        match span.filter(|_| covered.is_some_and(is_same)) {
            Some(span) => Ok((
                bound.id,
                Mention {
                    span,
                    label: bound.label.into(),
                    score: 1.0,
                },
            )),
            None => Err((
                bound.line,
                LineError::Mention {
                    start: bound.start,
                    end: bound.end,
                    text: bound.text.to_owned(),
                },
            )),
        }
    };
    bounds.into_iter().zip(spans).map(mention).collect()
}

/// Whether a line of one column says `covered`, in which line ends become spaces.
/// Lines end in `\r` where files were made on Windows.
fn is_text_of(given: &str, covered: &str) -> bool {
    let given = given.trim_end_matches('\r');
    let flat = write::brat::one_line(covered);
    given.is_empty() || given == flat || given == flat.trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, file: &str) -> Result<Annotation, Error> {
        annotation("f", Document::new("d", text).unwrap(), file.as_bytes())
    }

    #[test]
    fn reads_mentions_and_links() {
        let file = "T2\tPER 8 10\tMo\r\nN1\tReference T2 Wikidata:Q1\tMo Ba\nN9\tReference T2 KB:x\t\n\
                    T1\tLOC 2 7\ta\u{20}b c\nN2\tReference T1 NIL:n:1\n#1\tAnnotatorNotes T1\tyes\n\
                    T3\tLOC 0 7\tx a\u{20}b c\nN3\tReference T3 GeoNames:5\tX\n";
        let read = read("x a\nb cMo", file).unwrap_err();
        assert!(read.to_string().starts_with("f:1"), "{read}");
        let read = self::read("x a\nb c Mo", file).unwrap();
        let shown: Vec<_> = read
            .linked()
            .map(|(m, link)| {
                (
                    m.span.range(),
                    link.map(|l| (l.target.id().as_str(), &*l.name)),
                )
            })
            .collect();
        let expected = [
            (0..7, Some(("GeoNames:5", "X"))),
            (2..7, Some(("n:1", "a\nb c"))),
            (8..10, Some(("Q1", "Mo Ba"))),
        ];
        assert_eq!(shown, expected);
        assert!(read.links[1].target.is_nil());
    }

    #[test]
    fn refuses_what_cannot_be() {
        let rows = [
            ("T1\tLOC 0 1;2 3\ta c", "in several pieces"),
            ("T1\tLOC 0 9\tabc", "no span of the text"),
            ("T1\tLOC 0 1\tb", "no span of the text"),
            ("T1\tLOC 1 1\t", "no span of the text"),
            ("T1\tLOC 2 1\ta", "no span of the text"),
            ("T1\tLOC a b\tabc", "two numbers"),
            ("T1", "two numbers"),
            ("N1\tReference T1", "not a normalization"),
            ("X", "not an annotation"),
        ];
        for (file, message) in rows {
            let Err(Error::Line {
                line: 1, source, ..
            }) = read("abc", file)
            else {
                panic!("{file:?}");
            };
            assert!(source.to_string().contains(message), "{source}");
        }
    }
}
