//! brat files with `N` lines, as in NEREL.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result};
use griot_text::score::Referent;
use griot_text::{Document, Label};

use crate::set::{EvalDocument, EvalMention, EvalSet, Gold};

/// Reads a folder of `.txt` files with an `.ann` beside each. Left out: mentions
/// in two pieces, and those inside longer ones. A mention without an `N` line is
/// of unknown referent.
///
/// # Errors
///
/// If a file cannot be read or a line is not as expected.
pub fn read(folder: &Path, name: &str, language: &str) -> Result<EvalSet> {
    let mut documents = Vec::new();
    for path in super::files(folder, "ann")? {
        let text = super::text(&path.with_extension("txt"))?;
        let mentions = mentions(&text, &super::text(&path)?);
        let mentions = mentions.with_context(|| path.display().to_string())?;
        let document = Document::new(super::stem(&path), text)?.with_language(language);
        documents.push(EvalDocument::new(document, None, mentions));
    }
    Ok(EvalSet {
        name: name.to_owned(),
        gold: Gold::Links,
        documents,
    })
}

fn mentions(text: &str, annotation: &str) -> Result<Vec<EvalMention>> {
    let referents = referents(annotation);
    let mut mentions = Vec::new();
    for line in annotation.lines().filter(|line| line.starts_with('T')) {
        let mut cells = line.split('\t');
        let (id, place) = cells.next().zip(cells.next()).context("a line is short")?;
        let mut words = place.split(' ');
        let label = words.next().and_then(label);
        let (Some(label), false) = (label, place.contains(';')) else {
            continue;
        };
        let mut offset = || {
            words
                .next()
                .context("no offset")?
                .parse()
                .context("no number")
        };
        let span = super::span_of_chars(text, offset()?, offset()?)?;
        mentions.push(EvalMention {
            span,
            label: Label::from(label),
            referent: referents.get(id).cloned().unwrap_or_default(),
            stands_for: None,
        });
    }
    Ok(mentions)
}

/// What `N1 Reference T11 Wikidata:Q13133` lines say of each annotation.
fn referents(annotation: &str) -> HashMap<&str, Referent> {
    let lines = annotation.lines().filter(|line| line.starts_with('N'));
    let reference = |line| {
        let mut words = str::split_whitespace(line).skip(2);
        let (of, id) = words.next().zip(words.next())?;
        Some((of, super::referent(id.strip_prefix("Wikidata:")?)))
    };
    lines.filter_map(reference).collect()
}

fn label(class: &str) -> Option<&'static str> {
    match class {
        "PERSON" => Some("PER"),
        "ORGANIZATION" => Some("ORG"),
        "COUNTRY" | "CITY" | "STATE_OR_PROVINCE" | "DISTRICT" | "LOCATION" | "FACILITY" => {
            Some("LOC")
        }
        "WORK_OF_ART" | "PRODUCT" => Some("MISC"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use griot_text::EntityId;

    use super::*;

    #[test]
    fn nested_and_unlinked() {
        let text = "Сборная США и Анна, вчера";
        let annotation = "T1\tORGANIZATION 0 11\tСборная США\nT2\tCOUNTRY 8 11\tСША\n\
            T3\tPERSON 14 18\tАнна\nT4\tDATE 20 25\tвчера\nT5\tPERSON 0 2;4 5\tСб\n\
            N1 Reference T1 Wikidata:Q5\tx\nN2\tReference T3 Wikidata:NULL\tx\n";
        let found = mentions(text, annotation).expect("well formed");
        let document = Document::new("a", text).expect("short");
        let document = EvalDocument::new(document, None, found);
        let rows: Vec<_> = document
            .mentions
            .iter()
            .map(|it| {
                (
                    document.form(it.span),
                    it.label.as_str(),
                    it.referent.clone(),
                )
            })
            .collect();
        let team = Referent::Entity(EntityId::from("Q5"));
        let expected = [
            ("Сборная США", "ORG", team),
            ("Анна", "PER", Referent::Nil(None)),
        ];
        assert_eq!(rows, expected);
    }
}
