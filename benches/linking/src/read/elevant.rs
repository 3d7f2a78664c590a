//! ELEVANT benchmarks: one JSON object a line.

use std::path::Path;

use anyhow::{Context, Result};
use griot_text::score::Referent;
use griot_text::{Document, EntityId, Label};
use serde::Deserialize;

use crate::set::{EvalDocument, EvalMention, EvalSet, Gold};

/// Reads a file; the texts are English. Left out: coreferences such as "she",
/// times and quantities, mentions inside others, and what has no capital letter,
/// as "physicist". The class of a mention without entity is not given in these
/// files; it becomes MISC.
///
/// # Errors
///
/// If the file cannot be read or a line is not as expected.
pub fn read(path: &Path) -> Result<EvalSet> {
    let mut documents = Vec::new();
    for (index, line) in super::text(path)?.lines().enumerate() {
        let document = document(line);
        documents.push(document.with_context(|| format!("{} line {}", path.display(), index + 1))?);
    }
    let name = super::stem(path);
    Ok(EvalSet {
        name: name.trim_end_matches(".benchmark").to_owned(),
        gold: Gold::Links,
        documents,
    })
}

#[derive(Deserialize)]
struct Article {
    id: u64,
    text: String,
    labels: Vec<Labelled>,
}

#[derive(Deserialize)]
struct Labelled {
    span: (u32, u32),
    entity_id: String,
    #[serde(rename = "type")]
    class: String,
    #[serde(default)]
    coref: bool,
    parent: Option<u32>,
}

fn document(line: &str) -> Result<EvalDocument> {
    let article: Article = serde_json::from_str(line)?;
    let mut mentions = Vec::new();
    for labelled in &article.labels {
        let span = super::span_of_chars(&article.text, labelled.span.0, labelled.span.1)?;
        let form = span.slice(&article.text).context("a span of the text")?;
        let Some(label) = label(&labelled.class) else {
            continue;
        };
        let is_name = form.chars().any(char::is_uppercase);
        if labelled.coref || labelled.parent.is_some() || !is_name {
            continue;
        }
        mentions.push(EvalMention {
            span,
            label: Label::from(label),
            referent: referent(&labelled.entity_id),
            stands_for: None,
        });
    }
    let document = Document::new(article.id.to_string(), article.text)?.with_language("en");
    Ok(EvalDocument::new(document, None, mentions))
}

fn referent(id: &str) -> Referent {
    if super::is_qid(id) {
        return Referent::Entity(EntityId::from(id));
    }
    super::referent(id)
}

/// Wikidata classes, several joined by bars: human; geographic entity;
/// organization.
fn label(class: &str) -> Option<&'static str> {
    let has = |id: &str| class.split('|').any(|found| found == id);
    match class {
        "DATETIME" | "QUANTITY" => None,
        _ if has("Q215627") => Some("PER"),
        _ if has("Q27096213") => Some("LOC"),
        _ if has("Q43229") => Some("ORG"),
        _ => Some("MISC"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line() {
        let line = r#"{"id":7,"title":"t","text":"Zoé of Ghent met her in 2009.","labels":[
            {"id":0,"span":[0,12],"entity_id":"Q1","name":"","type":"Q215627","coref":false},
            {"id":1,"span":[7,12],"entity_id":"Q2","name":"","type":"Q27096213","parent":0},
            {"id":2,"span":[17,20],"entity_id":"Q1","name":"","type":"Q215627","coref":true},
            {"id":3,"span":[24,28],"entity_id":"DATETIME","name":"","type":"DATETIME"}]}"#;
        let document = document(line).expect("the line is well formed");
        let forms: Vec<&str> = document
            .mentions
            .iter()
            .map(|it| document.form(it.span))
            .collect();
        assert_eq!(forms, ["Zoé of Ghent"]);
        let classes = [
            ("Q27096213|Q43229", Some("LOC")),
            ("Q43229", Some("ORG")),
            ("OTHER", Some("MISC")),
            ("QUANTITY", None),
        ];
        for (class, expected) in classes {
            assert_eq!(label(class), expected, "{class}");
        }
    }
}
