//! `[form](LABEL referent)` and `[form](LABEL referent for entity)` in a text.

use anyhow::{Context, Result, ensure};
use griot_text::score::Referent;
use griot_text::{EntityId, Label, Span};

use crate::read::is_qid;
use crate::set::EvalMention;

/// The text without annotation, and its mentions. A referent such as `Q142` is an
/// entity; any other word names something that no knowledge base has.
///
/// # Errors
///
/// If a bracket is not closed or an annotation has not two or four words.
pub(super) fn parse(annotated: &str) -> Result<(String, Vec<EvalMention>)> {
    let mut text = String::with_capacity(annotated.len());
    let mut mentions = Vec::new();
    let mut rest = annotated;
    while let Some((before, after)) = rest.split_once('[') {
        text.push_str(before);
        let start = u32::try_from(text.len())?;
        let (form, after) = after.split_once("](").context("no `](` after `[`")?;
        let (note, after) = after.split_once(')').context("no `)` after `](`")?;
        text.push_str(form);
        let span = Span::new(start, u32::try_from(text.len())?);
        mentions.push(mention(span, form, note)?);
        rest = after;
    }
    text.push_str(rest);
    Ok((text, mentions))
}

fn mention(span: Span, form: &str, note: &str) -> Result<EvalMention> {
    ensure!(!form.contains('['), "nested mention in {form:?}");
    let words: Vec<&str> = note.split(' ').collect();
    let (label, referent, stands_for) = match words[..] {
        [label, referent] => (label, referent, None),
        [label, referent, "for", other] => (label, referent, Some(EntityId::from(other))),
        _ => anyhow::bail!("{form:?} has the annotation {note:?}"),
    };
    ensure!(
        ["PER", "ORG", "LOC", "MISC"].contains(&label),
        "{form:?} has the label {label:?}"
    );
    let id = EntityId::from(referent);
    Ok(EvalMention {
        span,
        label: Label::from(label),
        referent: if is_qid(referent) {
            Referent::Entity(id)
        } else {
            Referent::Nil(Some(id))
        },
        stands_for,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_taken_out() {
        let annotated = "« [Zoé Noël](PER zoe) » à [Paris](LOC Q90 for Q142).";
        let (text, mentions) = parse(annotated).expect("well formed");
        assert_eq!(text, "« Zoé Noël » à Paris.");
        let forms: Vec<_> = mentions
            .iter()
            .filter_map(|it| it.span.slice(&text))
            .collect();
        assert_eq!(forms, ["Zoé Noël", "Paris"]);
        assert_eq!(
            mentions[0].referent,
            Referent::Nil(Some(EntityId::from("zoe")))
        );
        assert_eq!(
            mentions[1].referent,
            Referent::Entity(EntityId::from("Q90"))
        );
        assert_eq!(mentions[1].stands_for, Some(EntityId::from("Q142")));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let cases = [
            ("[a", "no `](` after `[`"),
            ("[a](PER x", "no `)` after `](`"),
            ("[a](PER)", "\"a\" has the annotation \"PER\""),
            ("[a](DATE x)", "\"a\" has the label \"DATE\""),
            ("[a [b](PER x)", "nested mention in \"a [b\""),
        ];
        for (annotated, expected) in cases {
            let error = parse(annotated).expect_err(annotated);
            assert_eq!(error.to_string(), expected, "{annotated}");
        }
    }
}
