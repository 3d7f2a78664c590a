//! A page to look at: one file, which needs no network and no other file.
//!
//! It shows the texts with their entities, an index of these, who is named near whom,
//! and where. The files of the page are `page.html`, `style.css` and `js/`, beside
//! this one.
//!
//! Every document is in it as a record of [`jsonl`], in a block that no
//! browser runs, with `<`, `>` and `&` escaped; the script puts texts on the page as text
//! and never as markup, and a content policy allows that script alone. A text full of
//! `<script>` is shown, and does nothing.

use std::io::{self, Write};

use griot_text::OffsetUnit;

use super::{AnnotationWriter, jsonl};
use crate::Annotation;

const PAGE: &str = include_str!("page.html");

const STYLE: &str = include_str!("style.css");

/// The script: its files are one function, so that their names are no names of the
/// browser's.
const SCRIPT: &str = concat!(
    "(() => {\n",
    include_str!("js/1-data.js"),
    include_str!("js/2-read.js"),
    include_str!("js/3-entity.js"),
    include_str!("js/4-network.js"),
    include_str!("js/5-spread.js"),
    include_str!("js/6-app.js"),
    "})();\n",
);

/// What the policy of the page allows. A test compares them with the files.
const STYLE_HASH: &str = "sha256-F2/A9gtB5kLigPaUe3Il06tQnOL/TDR4WUE61+0Xkh4=";
const SCRIPT_HASH: &str = "sha256-vTIXO6T4D3+oS3Yd6MzrinyqS3wvwNDKCnnqaX3Pz8g=";

/// Writes annotations as a page. Holds one document at a time.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    records: jsonl::Writer<Vec<u8>>,
    position: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Start,
    AfterHead,
}

impl<W: Write> Writer<W> {
    /// A writer to `out`; `model` and `kb` are named in the records.
    pub fn new(out: W, model: impl Into<String>, kb: Option<&str>) -> Self {
        // Scripts count in UTF-16.
        let records = jsonl::Writer::new(Vec::new(), model, OffsetUnit::Utf16);
        let records = records.with_text(jsonl::Text::Kept);
        Self {
            out,
            records: match kb {
                Some(kb) => records.with_kb(kb),
                None => records,
            },
            position: Position::Start,
        }
    }

    /// The inner writer.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn head(&mut self) -> io::Result<()> {
        if self.position == Position::Start {
            self.position = Position::AfterHead;
            self.out.write_all(parts()[0].as_bytes())?;
        }
        Ok(())
    }
}

impl<W: Write> AnnotationWriter for Writer<W> {
    /// Cost: one pass over the text.
    fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        self.head()?;
        self.records.write(annotation)?;
        let record = std::mem::take(self.records.get_mut());
        self.out
            .write_all(b"<script type=\"application/json\" class=\"document\">")?;
        write_escaped(&mut self.out, record.trim_ascii_end())?;
        self.out.write_all(b"</script>\n")
    }

    fn finish(&mut self) -> io::Result<()> {
        self.head()?;
        self.out.write_all(parts()[1].as_bytes())?;
        self.out.flush()
    }
}

/// What is before the documents and what is after them.
fn parts() -> [String; 2] {
    let page = PAGE
        .replace("{{style-hash}}", STYLE_HASH)
        .replace("{{script-hash}}", SCRIPT_HASH)
        .replace("{{style}}", STYLE);
    let (before, after) = page
        .split_once("{{documents}}")
        .expect("the page has a place for documents");
    [before.to_owned(), after.replace("{{script}}", SCRIPT)]
}

/// Writes JSON so that no part of it ends a block of a page, or begins one. These
/// characters are in strings alone, where JSON has another form for them.
fn write_escaped(out: &mut impl Write, json: &[u8]) -> io::Result<()> {
    let mut done = 0;
    for (i, byte) in json.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'<' => b"\\u003c",
            b'>' => b"\\u003e",
            b'&' => b"\\u0026",
            _ => continue,
        };
        out.write_all(&json[done..i])?;
        out.write_all(escape)?;
        done = i + 1;
    }
    out.write_all(&json[done..])
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::write::tests::annotation;

    fn page(samples: &[Annotation]) -> String {
        let mut writer = Writer::new(Vec::new(), "m@1", None);
        for sample in samples {
            writer.write(sample).unwrap();
        }
        writer.finish().unwrap();
        String::from_utf8(writer.into_inner()).unwrap()
    }

    /// The records that a browser would find.
    fn records(page: &str) -> Vec<serde_json::Value> {
        let start = "<script type=\"application/json\" class=\"document\">";
        let blocks = page.split(start).skip(1);
        blocks
            .map(|block| serde_json::from_str(block.split("</script").next().unwrap()).unwrap())
            .collect()
    }

    #[test]
    fn the_policy_allows_the_files() {
        let hash = |file: &str| {
            let digest = Sha256::digest(file.as_bytes());
            format!(
                "sha256-{}",
                base64::engine::general_purpose::STANDARD.encode(digest)
            )
        };
        assert_eq!((STYLE_HASH, SCRIPT_HASH), (&*hash(STYLE), &*hash(SCRIPT)));
        for file in [STYLE, SCRIPT] {
            let lower = file.to_lowercase();
            assert!(!lower.contains("</s") && !lower.contains("<!--"));
        }
    }

    #[test]
    fn texts_are_inert() {
        let hostile = "</script><script>alert(1)</script><!-- <b>&amp; \u{2028} {{documents}} {{script}} \"\\\0";
        let mut sample = annotation(&format!("[{hostile}](L<i>)"))
            .linked_to([None])
            .0;
        sample.links[0].name = hostile.to_owned();
        let document = griot_text::Document::new(hostile, sample.document.text()).unwrap();
        sample.document = document.with_language("<i>");
        let page = page(&[sample]);
        let clean = self::page(&[]);
        assert_eq!(
            page.matches("<script").count(),
            clean.matches("<script").count() + 1
        );
        assert_eq!(page.matches("<!--").count(), clean.matches("<!--").count());
        assert_eq!(page.matches("<i>").count(), clean.matches("<i>").count());
        let record = &records(&page)[0];
        assert_eq!(record["id"], hostile);
        assert_eq!(record["text"], hostile);
        assert_eq!(record["language"], "<i>");
        assert_eq!(record["entities"][0]["entity"]["name"], hostile);
    }

    #[test]
    fn needs_nothing_from_elsewhere() {
        let page = page(&[annotation("[Mali](LOC)").0, annotation("").0]);
        assert_eq!(records(&page).len(), 2);
        assert!(!page.contains("{{"));
        for outside in [
            " src=",
            "@import",
            "url(",
            "fetch(",
            "XMLHttpRequest",
            "<link",
            "innerHTML",
        ] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
