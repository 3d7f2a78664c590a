//! Words for the formats that are made of them.

use griot_text::{Mention, Span, segment_words};

/// The words of `text`, cut where a mention begins or ends inside one.
pub(super) fn cut_words(text: &str, mentions: &[Mention]) -> Vec<Span> {
    let ends = |mention: &Mention| [mention.span.start(), mention.span.end()];
    let mut cuts: Vec<u32> = mentions.iter().flat_map(ends).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut cuts = cuts.into_iter().peekable();
    let mut words = Vec::new();
    for word in segment_words(text) {
        while cuts.next_if(|&cut| cut <= word.start()).is_some() {}
        let mut start = word.start();
        while let Some(cut) = cuts.next_if(|&cut| cut < word.end()) {
            words.push(Span::new(start, cut));
            start = cut;
        }
        words.push(Span::new(start, word.end()));
    }
    words
}

/// Mentions in two layers, each without overlaps; what fits in neither is left out.
/// Expects them sorted, an outer mention before those inside it.
pub(super) fn layers(mentions: &[Mention]) -> [Vec<&Mention>; 2] {
    let mut layers = [Vec::new(), Vec::new()];
    for mention in mentions.iter().filter(|mention| !mention.span.is_empty()) {
        let is_free = |layer: &Vec<&Mention>| {
            let last = layer.last();
            last.is_none_or(|last| last.span.end() <= mention.span.start())
        };
        if let Some(layer) = layers.iter_mut().find(|layer| is_free(layer)) {
            layer.push(mention);
        }
    }
    layers
}

/// A label that fits in one cell of a line.
pub(super) fn cell(label: &str) -> String {
    label.replace(['\n', '\r', '\t'], "_")
}

/// What fits in one line.
pub(super) fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    #[test]
    fn cuts_words_at_mentions() {
        let rows: [(&str, &[&str]); 4] = [
            ("", &[]),
            ("le [Mali](LOC).", &["le", "Mali", "."]),
            ("franco[malien](LOC)nes", &["franco", "malien", "nes"]),
            ("[a](X)[b](X)c", &["a", "b", "c"]),
        ];
        for (marked, expected) in rows {
            let sample = annotation(marked).0;
            let text = sample.document.text();
            let words = cut_words(text, &sample.mentions);
            let words: Vec<&str> = words.iter().map(|word| &text[word.range()]).collect();
            assert_eq!(words, expected, "{marked:?}");
        }
    }
}
