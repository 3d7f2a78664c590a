//! NIF: the NLP Interchange Format, in Turtle.
//!
//! A document is a `nif:Context` with its text, a mention a `nif:Phrase` of it, and
//! what that refers to `itsrdf:taIdentRef`, as in the gold files of linking
//! benchmarks. Offsets count characters (RFC 5147). Labels are `itsrdf:taClassRef`,
//! `urn:griot:label:` and the label. `itsrdf:taConfidence` is the score of the link.

use std::fmt::Write as _;
use std::io::{self, Write};

use griot_text::{Link, OffsetUnit};

use super::jsonl::four_decimals;
use super::{AnnotationWriter, iri};
use crate::Annotation;

const PREFIXES: &str = "\
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix itsrdf: <http://www.w3.org/2005/11/its/rdf#> .
@prefix nif: <http://persistence.uni-leipzig.org/nlp2rdf/ontologies/nif-core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
";

/// Writes annotations as NIF.
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
            self.out.write_all(PREFIXES.as_bytes())?;
        }
        Ok(())
    }

    fn context(&mut self, annotation: &Annotation, context: &str) -> io::Result<()> {
        let document = &annotation.document;
        let n_chars = document.text().chars().count();
        writeln!(
            self.out,
            "\n<{context}>\n    a nif:Context , nif:RFC5147String ;"
        )?;
        bounds(&mut self.out, 0, n_chars)?;
        writeln!(
            self.out,
            "    dcterms:identifier {} ;",
            literal(document.id())
        )?;
        if let Some(language) = document.language() {
            writeln!(self.out, "    dcterms:language {} ;", literal(language))?;
        }
        writeln!(self.out, "    nif:isString {} .", literal(document.text()))
    }
}

impl<W: Write> AnnotationWriter for Writer<W> {
    /// Cost: one pass over the text.
    fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        self.header()?;
        let document = iri::document(annotation.document.id());
        let n_chars = annotation.document.text().chars().count();
        let context = format!("{document}#char=0,{n_chars}");
        self.context(annotation, &context)?;
        for (mention, (start, end), link) in annotation.placed(OffsetUnit::Char) {
            let label = iri::urn("label", mention.label.as_str());
            writeln!(self.out, "\n<{document}#char={start},{end}>")?;
            writeln!(self.out, "    a nif:Phrase , nif:RFC5147String ;")?;
            writeln!(self.out, "    nif:referenceContext <{context}> ;")?;
            bounds(&mut self.out, start as usize, end as usize)?;
            writeln!(self.out, "    itsrdf:taClassRef <{label}> ;")?;
            if let Some(link) = link {
                write!(self.out, "{}", reference(link))?;
            }
            let surface = literal(annotation.surface(mention));
            writeln!(self.out, "    nif:anchorOf {surface} .")?;
            if let Some(link) = link {
                let (entity, name) = (iri::target(link), literal(&link.name));
                writeln!(self.out, "<{entity}> rdfs:label {name} .")?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.header()?;
        self.out.flush()
    }
}

fn bounds(mut out: impl Write, start: usize, end: usize) -> io::Result<()> {
    writeln!(
        out,
        "    nif:beginIndex \"{start}\"^^xsd:nonNegativeInteger ;"
    )?;
    writeln!(out, "    nif:endIndex \"{end}\"^^xsd:nonNegativeInteger ;")
}

fn reference(link: &Link) -> String {
    let score = four_decimals(link.score);
    format!(
        "    itsrdf:taIdentRef <{}> ;\n    itsrdf:taConfidence \"{score}\"^^xsd:double ;\n",
        iri::target(link)
    )
}

/// A Turtle string on one line.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            // Writing to a string does not fail.
            c if c.is_control() => {
                let _ = write!(literal, "\\u{:04X}", u32::from(c));
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    #[test]
    fn golden() {
        let sample = annotation("🎷 \"[Mali](LOC)\"\r\n\0\\").linked_to([Some("Q912")]);
        let mut writer = Writer::new(Vec::new());
        writer.write(&sample.with_language("fr").0).unwrap();
        let written = String::from_utf8(writer.into_inner()).unwrap();
        let expected = r#"
<urn:griot:document:d#char=0,12>
    a nif:Context , nif:RFC5147String ;
    nif:beginIndex "0"^^xsd:nonNegativeInteger ;
    nif:endIndex "12"^^xsd:nonNegativeInteger ;
    dcterms:identifier "d" ;
    dcterms:language "fr" ;
    nif:isString "🎷 \"Mali\"\r\n\u0000\\" .

<urn:griot:document:d#char=3,7>
    a nif:Phrase , nif:RFC5147String ;
    nif:referenceContext <urn:griot:document:d#char=0,12> ;
    nif:beginIndex "3"^^xsd:nonNegativeInteger ;
    nif:endIndex "7"^^xsd:nonNegativeInteger ;
    itsrdf:taClassRef <urn:griot:label:LOC> ;
    itsrdf:taIdentRef <http://www.wikidata.org/entity/Q912> ;
    itsrdf:taConfidence "1"^^xsd:double ;
    nif:anchorOf "Mali" .
<http://www.wikidata.org/entity/Q912> rdfs:label "Mali" .
"#;
        assert_eq!(written, format!("{PREFIXES}{expected}"));
    }
}
