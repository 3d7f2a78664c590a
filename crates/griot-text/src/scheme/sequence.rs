//! Sequences of tags to spans and back.

use super::{After, Prefix, TagError, TagScheme, parse_all};
use crate::{Label, LabelSet, Span};

/// How a tag sequence that is not well formed is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Only what the scheme could have written counts; the rest is dropped, as
    /// in seqeval's `mode="strict"`: in IOB2, an `I-` that continues nothing is
    /// outside.
    Strict(TagScheme),
    /// Every tag but `O` belongs to a mention, as in `conlleval` and seqeval's
    /// default mode: a mention begins where the label changes, at `B` and `S`,
    /// and after `O`, `E` and `S`. Reads all four schemes.
    Lenient,
}

impl Reading {
    const fn continues(self, last: Prefix, prefix: Prefix) -> bool {
        match self {
            Self::Strict(scheme) => scheme.continues(last, prefix),
            Self::Lenient => {
                matches!(last, Prefix::Begin | Prefix::Inside)
                    && matches!(prefix, Prefix::Inside | Prefix::End)
            }
        }
    }

    const fn starts(self, prefix: Prefix, after: After) -> bool {
        match self {
            Self::Strict(scheme) => scheme.starts(prefix, after),
            Self::Lenient => true,
        }
    }

    const fn ends(self, last: Prefix) -> bool {
        match self {
            Self::Strict(scheme) => scheme.ends(last),
            Self::Lenient => true,
        }
    }
}

/// The mentions that a tag per word stands for, as spans from the start of the
/// first word to the end of the last.
///
/// To get word indices instead of bytes, pass the words as
/// `Span::new(i, i + 1)`. Cost: linear.
///
/// # Errors
///
/// [`TagError`] if there is not one tag per word, a tag is malformed, or, in a
/// strict reading, a prefix does not belong to the scheme.
///
/// # Example
///
/// ```
/// use griot_text::{Reading, Span, TagScheme, spans_from_tags};
///
/// let words = [Span::new(0, 6), Span::new(7, 11)]; // Modibo Keïta
/// let strict = Reading::Strict(TagScheme::Iob2);
/// let tags = ["I-PER", "I-PER"];
/// assert!(spans_from_tags(&words, &tags, strict)?.is_empty());
/// assert_eq!(spans_from_tags(&words, &tags, Reading::Lenient)?, [(Span::new(0, 11), "PER".into())]);
/// # Ok::<(), griot_text::TagError>(())
/// ```
pub fn spans_from_tags<S: AsRef<str>>(
    words: &[Span],
    tags: &[S],
    reading: Reading,
) -> Result<Vec<(Span, Label)>, TagError> {
    if words.len() != tags.len() {
        return Err(TagError::Length {
            n_tags: tags.len(),
            n_words: words.len(),
        });
    }
    let parsed = parse_all(tags)?;
    if let Reading::Strict(scheme) = reading {
        let foreign = |tag: &Option<(Prefix, &str)>| tag.is_some_and(|(p, _)| !scheme.has(p));
        if let Some(index) = parsed.iter().position(foreign) {
            let name = tags[index].as_ref().to_owned();
            return Err(TagError::NotInScheme {
                name,
                index,
                scheme,
            });
        }
    }
    let mut labels = LabelSet::default();
    let with_label = |chunk: Chunk<&str>| {
        let label = labels.insert(chunk.label);
        (chunk.span(words), labels.label(label).clone())
    };
    Ok(chunks(parsed, reading)
        .into_iter()
        .map(with_label)
        .collect())
}

/// The tag of each of `words` that stands for `spans` in `scheme`: the inverse
/// of [`spans_from_tags`] when every span begins and ends with a word and, in
/// [`TagScheme::Io`], no two spans of one label touch.
///
/// A word belongs to the first span of `spans` that shares a byte with it, so
/// a span that cuts a word in two takes the whole word, and of two spans that
/// share a word the earlier wins. Both lists must be sorted. Cost: linear for
/// spans that do not overlap.
///
/// # Example
///
/// ```
/// use griot_text::{Span, TagScheme, tags_from_spans};
///
/// let words = [Span::new(0, 6), Span::new(7, 11), Span::new(12, 16)];
/// let spans = [(Span::new(0, 11), "PER")];
/// assert_eq!(tags_from_spans(&words, &spans, TagScheme::Bioes), ["B-PER", "E-PER", "O"]);
/// ```
pub fn tags_from_spans<L: AsRef<str>>(
    words: &[Span],
    spans: &[(Span, L)],
    scheme: TagScheme,
) -> Vec<String> {
    let owners = owners(words, spans);
    let label = |owner: Option<usize>| owner.map(|owner| spans[owner].1.as_ref());
    let tag = |(i, owner): (usize, &Option<usize>)| {
        let Some(name) = label(*owner) else {
            return "O".to_owned();
        };
        let before = i.checked_sub(1).and_then(|i| owners[i]);
        let after = owners.get(i + 1).copied().flatten();
        let first = before != *owner;
        let last = after != *owner;
        let prefix = match scheme {
            TagScheme::Iob1 if first && label(before) == Some(name) => Prefix::Begin,
            TagScheme::Bioes if first && last => Prefix::Single,
            TagScheme::Iob2 | TagScheme::Bioes if first => Prefix::Begin,
            TagScheme::Bioes if last => Prefix::End,
            _ => Prefix::Inside,
        };
        format!("{}-{name}", prefix.letter())
    };
    owners.iter().enumerate().map(tag).collect()
}

/// For each word, the index of the first span that overlaps it.
fn owners<L>(words: &[Span], spans: &[(Span, L)]) -> Vec<Option<usize>> {
    let mut first = 0;
    let owner = |word: &Span| {
        while spans
            .get(first)
            .is_some_and(|(span, _)| span.end() <= word.start())
        {
            first += 1;
        }
        let rest = spans[first..]
            .iter()
            .take_while(|(span, _)| span.start() < word.end());
        let found = rest.into_iter().position(|(span, _)| span.overlaps(*word));
        found.map(|offset| first + offset)
    };
    words.iter().map(owner).collect()
}

/// A run of words that make one mention, `words` indexing the sequence.
#[derive(Clone, Copy)]
pub(crate) struct Chunk<L> {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) label: L,
    prefix: Prefix,
}

impl<L> Chunk<L> {
    /// From the start of its first word to the end of its last.
    pub(crate) fn span(&self, words: &[Span]) -> Span {
        words[self.first].cover(words[self.last])
    }
}

/// The mentions of a tag sequence, `None` being `O`.
pub(crate) fn chunks<L: Copy + PartialEq>(
    tags: impl IntoIterator<Item = Option<(Prefix, L)>>,
    reading: Reading,
) -> Vec<Chunk<L>> {
    let mut done = Vec::new();
    let mut open: Option<Chunk<L>> = None;
    for (index, tag) in tags.into_iter().enumerate() {
        let same = |chunk: &&mut Chunk<L>| tag.is_some_and(|(_, label)| label == chunk.label);
        let after = match (open.as_mut().filter(same), tag) {
            (Some(chunk), Some((prefix, _))) if reading.continues(chunk.prefix, prefix) => {
                chunk.last = index;
                chunk.prefix = prefix;
                continue;
            }
            (Some(_), _) => After::SameLabel,
            (None, _) => After::Other,
        };
        done.extend(open.take().filter(|chunk| reading.ends(chunk.prefix)));
        open = tag
            .filter(|(prefix, _)| reading.starts(*prefix, after))
            .map(|(prefix, label)| Chunk {
                first: index,
                last: index,
                label,
                prefix,
            });
    }
    done.extend(open.filter(|chunk| reading.ends(chunk.prefix)));
    done
}
