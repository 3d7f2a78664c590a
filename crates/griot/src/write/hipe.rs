//! The columns of HIPE 2022: tokens with names and links, as its scorer reads them.
//!
//! Tokens are the words of [`griot_text`], cut where a mention ends inside one.
//! Written are the columns `NE-COARSE-LIT`, `NE-NESTED` (mentions inside others),
//! `NEL-LIT` and `NEL-METO` (what a mention stands for); the rest is empty. `NEL-LIT`
//! has the entity and then other candidates, best first, separated by `|`; `NIL`
//! means an entity that no knowledge base has, `_` that nothing is said. Labels are
//! written as they are, and not changed to those of HIPE.

use std::collections::BTreeSet;
use std::io::{self, Write};

use griot_text::{
    EntityId, Link, Mention, Span, TagScheme, Target, segment_sentences, tags_from_spans,
};

use super::AnnotationWriter;
use super::words::{cell, cut_words, layers, one_line};
use crate::Annotation;

/// Names of the columns, in their order.
const HEADER: &str = "TOKEN\tNE-COARSE-LIT\tNE-COARSE-METO\tNE-FINE-LIT\tNE-FINE-METO\
                      \tNE-FINE-COMP\tNE-NESTED\tNEL-LIT\tNEL-METO\tMISC";

/// Writes annotations in the columns of HIPE.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    position: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Start,
    AfterHeader,
}

impl<W: Write> Writer<W> {
    /// A writer to `out`.
    pub fn new(out: W) -> Self {
        Self {
            out,
            position: Position::Start,
        }
    }

    /// The inner writer.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn header(&mut self) -> io::Result<()> {
        if self.position == Position::Start {
            self.position = Position::AfterHeader;
            writeln!(self.out, "{HEADER}")?;
        }
        Ok(())
    }
}

impl<W: Write> AnnotationWriter for Writer<W> {
    /// Cost: linear in the length of the document.
    fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        self.header()?;
        let document = &annotation.document;
        // A line feed in an identifier would end the comment.
        let id = one_line(document.id());
        writeln!(self.out, "# hipe2022:document_id = {id}")?;
        if let Some(language) = document.language() {
            writeln!(self.out, "# hipe2022:language = {}", one_line(language))?;
        }
        for row in rows(annotation) {
            writeln!(self.out, "{row}")?;
        }
        writeln!(self.out)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.header()?;
        self.out.flush()
    }
}

fn rows(annotation: &Annotation) -> Vec<String> {
    let text = annotation.document.text();
    let words = cut_words(text, &annotation.mentions);
    let [outer, nested] = layers(&annotation.mentions);
    let tags = |mentions: &[&Mention]| {
        let spans: Vec<(Span, String)> = mentions
            .iter()
            .map(|m| (m.span, cell(m.label.as_str())))
            .collect();
        tags_from_spans(&words, &spans, TagScheme::Iob2)
    };
    let (tags, nested) = (tags(&outer), tags(&nested));
    let flags = flags(text, &words);
    let outer_spans: BTreeSet<Span> = outer.iter().map(|mention| mention.span).collect();
    let mut links = annotation
        .linked()
        .filter(|(mention, _)| outer_spans.contains(&mention.span))
        .filter_map(|(_, link)| link)
        .peekable();
    let row = |(i, word): (usize, &Span)| {
        while links
            .next_if(|link| link.mention.span.end() <= word.start())
            .is_some()
        {}
        let link = links
            .peek()
            .filter(|link| link.mention.span.overlaps(*word));
        let literal = link.map_or_else(|| "_".to_owned(), |link| literal(link));
        let stands_for = link.and_then(|link| link.stands_for.as_ref());
        let metonymic = stands_for
            .filter(|id| is_sayable(id))
            .map_or("_", EntityId::as_str);
        let token = &text[word.range()];
        let (tag, nested, flags) = (&tags[i], &nested[i], &flags[i]);
        format!("{token}\t{tag}\tO\tO\tO\tO\t{nested}\t{literal}\t{metonymic}\t{flags}")
    };
    words.iter().enumerate().map(row).collect()
}

/// The target and the other candidates of a link.
fn literal(link: &Link) -> String {
    let target = match &link.target {
        Target::Entity(id) if is_sayable(id) => id.as_str(),
        Target::Entity(_) => return "_".to_owned(),
        Target::Nil(_) => "NIL",
    };
    let others = link.candidates.iter().map(|candidate| &candidate.id);
    let mut ids = vec![target];
    let others = others.filter(|id| is_sayable(id) && **id != *link.target.id());
    ids.extend(others.map(EntityId::as_str));
    ids.join("|")
}

/// Whether a cell with this identifier is read as this identifier.
pub(super) fn is_sayable(id: &EntityId) -> bool {
    let id = id.as_str();
    let is_plain = !id.contains(|c: char| c.is_whitespace() || c == '|');
    is_plain && !matches!(id, "" | "_" | "O" | "NIL")
}

/// What the last column says of each word: whether a space follows, and whether its
/// line or its sentence ends.
fn flags(text: &str, words: &[Span]) -> Vec<String> {
    let sentences = segment_sentences(text);
    let mut ends = sentences.iter().map(|sentence| sentence.end()).peekable();
    let starts = words.iter().map(|word| word.start()).skip(1);
    let flags = |(word, next): (&Span, u32)| {
        let gap = &text[word.range().end..next as usize];
        let mut flags = Vec::new();
        if gap.contains('\n') {
            flags.push("EndOfLine");
        } else if gap.is_empty() && next < text.len() as u32 {
            flags.push("NoSpaceAfter");
        }
        let ends_here = ends.next_if(|&end| end <= next).is_some();
        while ends.next_if(|&end| end <= next).is_some() {}
        if ends_here {
            flags.push("EndOfSentence");
        }
        if flags.is_empty() {
            "_".to_owned()
        } else {
            flags.join("|")
        }
    };
    words
        .iter()
        .zip(starts.chain([text.len() as u32]))
        .map(flags)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    #[test]
    fn golden() {
        let sample = annotation("[Mali](LOC), [Sahel](LOC)\n[Mo Ba](PER).").with_language("fr");
        let mut sample = sample.linked_to([Some("Q912"), None, Some("Q1")]);
        sample.0.links.pop();
        sample.0.links[0].stands_for = Some("Q2".into());
        let mut writer = Writer::new(Vec::new());
        writer.write(&sample.0).unwrap();
        let expected = "\
# hipe2022:document_id = d
# hipe2022:language = fr
Mali\tB-LOC\tO\tO\tO\tO\tO\tQ912\tQ2\tNoSpaceAfter
,\tO\tO\tO\tO\tO\tO\t_\t_\t_
Sahel\tB-LOC\tO\tO\tO\tO\tO\tNIL\t_\tEndOfLine|EndOfSentence
Mo\tB-PER\tO\tO\tO\tO\tO\t_\t_\t_
Ba\tI-PER\tO\tO\tO\tO\tO\t_\t_\tNoSpaceAfter
.\tO\tO\tO\tO\tO\tO\t_\t_\tEndOfSentence

";
        let written = String::from_utf8(writer.into_inner()).unwrap();
        assert_eq!(written, format!("{HEADER}\n{expected}"));
    }
}
