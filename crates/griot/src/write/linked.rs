//! Mentions beside their links.

use std::collections::HashMap;
use std::iter;

use griot_text::{Evidence, Link, Mention, OffsetUnit, Span, convert_spans};

use crate::Annotation;

impl Annotation {
    /// Each mention with its link, in the order of the text.
    ///
    /// Files may link some mentions of a document and not others; `links` then has
    /// those of the linked ones alone, in the order of their mentions.
    pub fn linked(&self) -> impl Iterator<Item = (&Mention, Option<&Link>)> {
        let mut links = self.links.iter().peekable();
        self.mentions.iter().map(move |mention| {
            let is_its = |link: &&Link| link.mention == *mention;
            (mention, links.next_if(is_its))
        })
    }

    /// As [`linked`](Self::linked), with the start and the end of each mention in
    /// `unit`.
    pub(crate) fn placed(
        &self,
        unit: OffsetUnit,
    ) -> impl Iterator<Item = (&Mention, (u32, u32), Option<&Link>)> {
        let spans: Vec<_> = self.mentions.iter().map(|mention| mention.span).collect();
        let offsets = convert_spans(self.document.text(), &spans, unit);
        iter::zip(self.linked(), offsets).map(|((mention, link), offsets)| (mention, offsets, link))
    }
}

/// Where the other mentions are that evidence speaks of, in the unit of a file: found
/// in one pass over the text, however many there are.
pub(super) struct Places(HashMap<Span, (u32, u32)>);

impl Places {
    pub(super) fn new(annotation: &Annotation, unit: OffsetUnit) -> Self {
        let evidence = annotation.links.iter().flat_map(|link| &link.evidence);
        let spans: Vec<Span> = evidence
            .filter_map(|evidence| match evidence {
                Evidence::Acronym { span } | Evidence::Coreference { span } => Some(*span),
                _ => None,
            })
            .collect();
        let places = convert_spans(annotation.document.text(), &spans, unit);
        Self(iter::zip(spans, places).collect())
    }

    /// Start and end of a span that the evidence of the annotation has.
    pub(super) fn of(&self, span: Span) -> (u32, u32) {
        self.0[&span]
    }
}

#[cfg(test)]
mod tests {
    use crate::write::tests::annotation;

    #[test]
    fn a_mention_without_a_link_takes_none_from_the_next() {
        let mut sample = annotation("[Mali](LOC) [Sahel](LOC) [Mali](LOC)")
            .linked_to([Some("Q912"), None, Some("Q912")])
            .0;
        let ids = |sample: &crate::Annotation| {
            let id = |link: &griot_text::Link| link.target.id().to_string();
            let links = sample.linked().map(|(_, link)| link.map(id));
            links.collect::<Vec<_>>()
        };
        let (mali, nil) = (Some("Q912".to_owned()), Some("nil:LOC:0".to_owned()));
        assert_eq!(ids(&sample), [mali.clone(), nil, mali.clone()]);
        sample.links.remove(1);
        assert_eq!(ids(&sample), [mali.clone(), None, mali]);
        sample.links.clear();
        assert_eq!(ids(&sample), [None, None, None]);
    }
}
