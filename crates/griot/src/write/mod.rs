//! Annotations to files: one module a format.
//!
//! Each module has a `Writer` around an [`io::Write`](std::io::Write) with a method `write` that
//! takes one [`Annotation`](crate::Annotation). Give it a buffered writer.

pub mod conll;
pub mod jsonl;
pub mod text;

#[cfg(test)]
mod tests {
    use griot_text::{Document, EntityId, Link, Mention, Span, Target};

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

        pub(super) fn linked_to<const N: usize>(mut self, targets: [Option<&str>; N]) -> Self {
            let link = |(mention, target): (&Mention, Option<&str>)| Link {
                mention: mention.clone(),
                target: target.map_or(Target::Nil, |id| Target::Entity(EntityId::from(id))),
                score: 1.0,
            };
            self.0.links = self.0.mentions.iter().zip(targets).map(link).collect();
            self
        }
    }
}
