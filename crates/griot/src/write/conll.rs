//! CoNLL columns: `word<TAB>tag` a line in IOB2, a blank line after a sentence.
//!
//! Words and sentences are those of [`griot_text`]. A document begins with a
//! line `# newdoc id = …`. The format has no room for the white space between
//! words, and a mention that ends inside a word grows to the end of it. Of mentions that
//! overlap, the first is written.

use std::io::{self, Write};

use griot_text::{Span, TagScheme, segment_sentences, segment_words, tags_from_spans};

use super::words::{cell, layers, one_line};
use crate::Annotation;

/// Writes annotations as CoNLL columns.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
}

impl<W: Write> Writer<W> {
    /// A writer to `out`.
    pub fn new(out: W) -> Self {
        Self { out }
    }

    /// Writes one document. Cost: linear in its length.
    ///
    /// # Errors
    ///
    /// What writing gives.
    pub fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        let text = annotation.document.text();
        let words = segment_words(text);
        let [mentions, _] = layers(&annotation.mentions);
        let spans: Vec<(Span, String)> = mentions
            .iter()
            .map(|m| (m.span, cell(m.label.as_str())))
            .collect();
        let tags = tags_from_spans(&words, &spans, TagScheme::Iob2);
        let sentences = segment_sentences(text);
        let mut ends = sentences.iter().map(|sentence| sentence.end()).peekable();

        // A line feed in an identifier would end the comment.
        let id = one_line(annotation.document.id());
        writeln!(self.out, "# newdoc id = {id}")?;
        for (index, (word, tag)) in words.iter().zip(&tags).enumerate() {
            // An `I-` after a blank line would be a mention without beginning.
            let is_new = ends.next_if(|&end| end <= word.start()).is_some();
            while ends.next_if(|&end| end <= word.start()).is_some() {}
            if is_new && index > 0 && !tag.starts_with("I-") {
                writeln!(self.out)?;
            }
            writeln!(self.out, "{}\t{tag}", &text[word.range()])?;
        }
        writeln!(self.out)
    }

    /// The inner writer, to flush it.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// The inner writer.
    pub fn into_inner(self) -> W {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    fn check(marked: &str, expected: &[&str]) {
        let mut writer = Writer::new(Vec::new());
        writer.write(&annotation(marked).0).unwrap();
        let written = String::from_utf8(writer.into_inner()).unwrap();
        let lines: Vec<&str> = written.lines().collect();
        assert_eq!(
            lines,
            [&["# newdoc id = d"], expected, &[""]].concat(),
            "{marked:?}"
        );
    }

    #[test]
    fn writes_iob2() {
        check("", &[]);
        check(
            "[Modibo Keïta](PER) [Mali](LOC)",
            &["Modibo\tB-PER", "Keïta\tI-PER", "Mali\tB-LOC"],
        );
        check(
            "Il dort. [Mali](LOC)",
            &["Il\tO", "dort\tO", ".\tO", "", "Mali\tB-LOC"],
        );
        check(
            "Il [dort. Mali](LOC)",
            &["Il\tO", "dort\tB-LOC", ".\tI-LOC", "Mali\tI-LOC"],
        );
    }
}
