//! Annotations to files: one module a format.
//!
//! Each module has a `Writer` around an [`io::Write`](std::io::Write) with a method `write` that
//! takes one [`Annotation`](crate::Annotation). Give it a buffered writer.

pub mod conll;
pub mod explain;
pub mod hf;
pub mod jsonl;
pub mod text;

#[cfg(test)]
mod tests {
    use griot_text::{Candidate, Document, EntityId, Evidence, Link, Mention, Span, Target};

    use crate::Annotation;

    /// An annotation to change before it is written.
    pub(super) struct Sample(pub(super) Annotation);

    /// The annotation that `marked`, such as `à [Lomé](LOC)`, shows.
    pub(super) fn annotation(marked: &str) -> Sample {
        let mut text = String::new();
        let mut mentions = Vec::new();
        let mut rest = marked;
        while let Some((before, after)) = rest.split_once('[') {
            let (name, after) = after.split_once("](").unwrap();
            let (label, after) = after.split_once(')').unwrap();
            text.push_str(before);
            let start = text.len() as u32;
            text.push_str(name);
            let span = Span::new(start, text.len() as u32);
            mentions.push(Mention {
                span,
                label: label.into(),
                score: 0.998_765,
            });
            rest = after;
        }
        text.push_str(rest);
        let document = Document::new("d", text).unwrap();
        Sample(Annotation {
            document,
            mentions,
            links: Vec::new(),
        })
    }

    impl Sample {
        pub(super) fn with_language(mut self, language: &str) -> Self {
            self.0.document = self.0.document.with_language(language);
            self
        }

        /// Links the mentions to these entities, `None` to none.
        pub(super) fn linked_to<const N: usize>(mut self, targets: [Option<&str>; N]) -> Self {
            let mentions = self.0.mentions.iter().zip(targets);
            self.0.links = mentions
                .map(|(mention, id)| link(&self.0, mention, id))
                .collect();
            self
        }
    }

    fn link(annotation: &Annotation, mention: &Mention, id: Option<&str>) -> Link {
        let name = annotation.surface(mention).to_owned();
        let candidate = |id| Candidate {
            id: EntityId::from(id),
            name: name.clone(),
            score: 1.0,
        };
        let evidence = [
            Evidence::Alias {
                language: "fr".to_owned(),
                matched: "exact",
                kind: "label",
            },
            Evidence::Coreference { span: mention.span },
        ];
        Link {
            mention: mention.clone(),
            target: id.map_or(Target::Nil("nil:LOC:0".into()), |id| {
                Target::Entity(id.into())
            }),
            candidates: id.map(candidate).into_iter().collect(),
            evidence: id.map(|_| evidence.to_vec()).unwrap_or_default(),
            label: mention.label.clone(),
            name,
            score: 1.0,
            stands_for: None,
        }
    }
}
