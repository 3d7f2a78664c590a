//! brat: the text in a `.txt` file and its annotations in an `.ann` file beside it.
//!
//! ```text
//! T1 → LOC 120 126 → Bamako
//! N1 → Reference T1 Wikidata:Q3703 → Bamako
//! ```
//!
//! (The arrows are tabs.)
//! Offsets count characters. A mention is never in several pieces; line breaks and
//! tabs in it become spaces in its line. Links are normalizations: of `Wikidata` for its
//! identifiers, of `NIL` for entities that no knowledge base has, else of `KB`. brat
//! takes letters, digits, `-` and `_` in labels; others become `_`.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use griot_text::{Link, OffsetUnit, Target};

use super::{AnnotationWriter, iri};
use crate::Annotation;

/// Writes annotations as pairs of files into a folder, named after the identifiers
/// of the documents.
///
/// A `.txt` at the end of an identifier is taken off, and what a file name should not
/// have becomes `_`. Where two names would be the same, or differ in case alone, the
/// second gets a number.
#[derive(Debug)]
pub struct FolderWriter {
    folder: PathBuf,
    /// Names in use, in lower case: some file systems take `A` for `a`.
    names: HashSet<String>,
}

impl FolderWriter {
    /// A writer to `folder`, which must be there. Files of the same names are replaced.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            names: HashSet::new(),
        }
    }

    /// The name of the next files, without extension.
    fn name(&mut self, id: &str) -> String {
        let stem = file_stem(id);
        let mut name = stem.clone();
        for number in 2.. {
            if self.names.insert(name.to_lowercase()) {
                break;
            }
            name = format!("{stem}-{number}");
        }
        name
    }
}

impl AnnotationWriter for FolderWriter {
    /// Cost: linear in the length of the document.
    fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        let name = self.name(annotation.document.id());
        let path = |extension| self.folder.join(format!("{name}.{extension}"));
        fs::write(path("txt"), annotation.document.text())?;
        let mut out = BufWriter::new(File::create(path("ann"))?);
        write_annotations(&mut out, annotation)?;
        out.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the `.ann` file of one document.
///
/// # Errors
///
/// What writing gives.
///
/// # Panics
///
/// If a mention is not a span of the text of its annotation.
pub fn write_annotations(mut out: impl Write, annotation: &Annotation) -> io::Result<()> {
    let mut n_links = 0;
    for (number, (mention, (start, end), link)) in (1..).zip(annotation.placed(OffsetUnit::Char)) {
        let label = safe_label(mention.label.as_str());
        let text = one_line(annotation.surface(mention));
        writeln!(out, "T{number}\t{label} {start} {end}\t{text}")?;
        if let Some((link, id)) = link.and_then(|link| Some((link, reference(link)?))) {
            n_links += 1;
            let name = one_line(&link.name);
            writeln!(out, "N{n_links}\tReference T{number} {id}\t{name}")?;
        }
    }
    Ok(())
}

/// A knowledge base and an identifier in it; none if it has white space, which brat
/// cannot tell from what comes next.
pub(super) fn reference(link: &Link) -> Option<String> {
    let id = link.target.id().as_str();
    let kb = match &link.target {
        Target::Nil(_) => "NIL",
        Target::Entity(_) if iri::is_wikidata(id) => "Wikidata",
        Target::Entity(_) => "KB",
    };
    let is_one_word = !id.is_empty() && !id.contains(char::is_whitespace);
    is_one_word.then(|| format!("{kb}:{id}"))
}

/// A label as brat takes it.
pub(super) fn safe_label(label: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '_'
        }
    };
    if label.is_empty() {
        "_".to_owned()
    } else {
        label.chars().map(safe).collect()
    }
}

/// One line of one column. As many characters as before, because brat compares
/// their number with the offsets.
pub(crate) fn one_line(text: &str) -> String {
    text.replace(is_break, " ")
}

/// Whether a character ends a line or a column: to Python, in which brat is written,
/// more than two end lines.
fn is_break(c: char) -> bool {
    matches!(
        c,
        '\t'..='\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// A file name, without extension, for a document.
pub(super) fn file_stem(id: &str) -> String {
    let id = id.strip_suffix(".txt").unwrap_or(id);
    let safe = |c: char| {
        if c.is_control() || "/\\:*?\"<>|".contains(c) {
            '_'
        } else {
            c
        }
    };
    let mut stem: String = id.chars().map(safe).collect();
    // File names have at most 255 bytes, and get an extension and perhaps a number.
    while stem.len() > STEM_BYTES_MAX {
        stem.pop();
    }
    if stem.trim_matches('.').is_empty() {
        stem.push('_');
    }
    stem
}

/// Longest name of a file without its extension, in bytes.
const STEM_BYTES_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    #[test]
    fn golden() {
        let sample = annotation("🎷 [Mali](LOC), [le\nSa\u{85}el](a b), [Mo](PER)").linked_to([
            Some("Q912"),
            None,
            Some("a b"),
        ]);
        let mut written = Vec::new();
        write_annotations(&mut written, &sample.0).unwrap();
        let expected = "\
T1\tLOC 2 6\tMali
N1\tReference T1 Wikidata:Q912\tMali
T2\ta_b 8 16\tle Sa el
N2\tReference T2 NIL:nil:LOC:0\tle Sa el
T3\tPER 18 20\tMo
";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[test]
    fn names_files() {
        let mut writer = FolderWriter::new("");
        let rows = [
            ("a.txt", "a"),
            ("A", "A-2"),
            ("x/a:b", "x_a_b"),
            ("..", ".._"),
            ("", "_"),
            ("é\0", "é_"),
            ("a-2", "a-2-2"),
            ("a", "a-3"),
        ];
        for (id, name) in rows {
            assert_eq!(writer.name(id), name, "{id:?}");
        }
        let long = "é".repeat(300);
        assert!(file_stem(&long).len() <= STEM_BYTES_MAX);
    }
}
