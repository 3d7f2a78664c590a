//! Tags such as `B-PER`: how runs of words are written as one tag per word.

mod sequence;
#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use self::sequence::{Chunk, chunks};
pub use self::sequence::{Reading, spans_from_tags, tags_from_spans};
use crate::{LabelId, LabelSet};

/// How the prefixes of a tag sequence are to be read.
///
/// `PER` in two adjacent mentions of one and two words:
///
/// | scheme | tags |
/// |---|---|
/// | [`Iob1`](Self::Iob1) | `I-PER` `B-PER` `I-PER` |
/// | [`Iob2`](Self::Iob2) | `B-PER` `B-PER` `I-PER` |
/// | [`Bioes`](Self::Bioes) | `S-PER` `B-PER` `E-PER` |
/// | [`Io`](Self::Io) | `I-PER` `I-PER` `I-PER` (adjacent mentions merge) |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TagScheme {
    /// `B-` only where a mention follows another of the same label
    /// (Ramshaw and Marcus 1995; the files of CoNLL-2003).
    Iob1,
    /// `B-` on the first word of every mention (CoNLL-2002).
    Iob2,
    /// `B-`, `I-`, `E-` on the first, inner and last word, `S-` on the only
    /// word of a mention. BILOU is the same with `L-` and `U-`.
    Bioes,
    /// `I-`, or the bare label, on every word.
    Io,
}

impl TagScheme {
    /// Whether the scheme writes tags with this prefix.
    const fn has(self, prefix: Prefix) -> bool {
        match prefix {
            Prefix::Inside => true,
            Prefix::Begin => !matches!(self, Self::Io),
            Prefix::End | Prefix::Single => matches!(self, Self::Bioes),
        }
    }

    /// Whether `prefix` goes on with a mention of the same label whose last
    /// word has the prefix `last`.
    const fn continues(self, last: Prefix, prefix: Prefix) -> bool {
        match self {
            Self::Iob1 | Self::Iob2 | Self::Io => matches!(prefix, Prefix::Inside),
            Self::Bioes => {
                matches!(last, Prefix::Begin | Prefix::Inside)
                    && matches!(prefix, Prefix::Inside | Prefix::End)
            }
        }
    }

    /// Whether `prefix` begins a mention.
    const fn starts(self, prefix: Prefix, after: After) -> bool {
        match (self, prefix) {
            (Self::Iob1, Prefix::Begin) => matches!(after, After::SameLabel),
            (Self::Iob1 | Self::Io, Prefix::Inside) => matches!(after, After::Other),
            (Self::Iob2, Prefix::Begin) | (Self::Bioes, Prefix::Begin | Prefix::Single) => true,
            _ => false,
        }
    }

    /// Whether a mention may end on a word with this prefix.
    const fn ends(self, last: Prefix) -> bool {
        !matches!((self, last), (Self::Bioes, Prefix::Begin | Prefix::Inside))
    }
}

impl fmt::Display for TagScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Iob1 => "IOB1",
            Self::Iob2 => "IOB2",
            Self::Bioes => "BIOES",
            Self::Io => "IO",
        })
    }
}

/// What stands before a word, as far as the beginning of a mention depends on
/// it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// A word of a mention of the same label.
    SameLabel,
    /// A word of another label or of none, or the start of the text.
    Other,
}

/// Where in a mention a tag places its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Prefix {
    /// `B-`: first word.
    Begin,
    /// `I-`: inner word; any word in [`TagScheme::Io`].
    Inside,
    /// `E-`, or `L-`: last word of several.
    End,
    /// `S-`, or `U-`: only word.
    Single,
}

impl Prefix {
    const fn from_letter(letter: u8) -> Option<Self> {
        match letter {
            b'B' => Some(Self::Begin),
            b'I' => Some(Self::Inside),
            b'E' | b'L' => Some(Self::End),
            b'S' | b'U' => Some(Self::Single),
            _ => None,
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Begin => 'B',
            Self::Inside => 'I',
            Self::End => 'E',
            Self::Single => 'S',
        }
    }
}

/// One column of a tagger's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// `O`: the word is in no mention.
    Outside,
    /// The word is in a mention.
    Entity {
        /// Where in the mention.
        prefix: Prefix,
        /// Type of the mention, in the labels of the same [`TagSet`].
        label: LabelId,
    },
}

/// What is wrong with a list of tags.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// A tag is empty, or a prefix without a label.
    #[error("tag {name:?} at {index} names no label")]
    NoLabel {
        /// The tag.
        name: String,
        /// Its position, from 0.
        index: usize,
    },
    /// Some labels have a prefix and some do not.
    #[error("tag {bare:?} has no prefix such as B-, tag {prefixed:?} has one")]
    MixedPrefixes {
        /// A tag without prefix.
        bare: String,
        /// A tag with one.
        prefixed: String,
    },
    /// Two columns mean the same.
    #[error("tags {first} and {second} are both {name:?}")]
    Duplicate {
        /// The later of the two tags.
        name: String,
        /// Position of the earlier one, from 0.
        first: usize,
        /// Position of the later one.
        second: usize,
    },
    /// There is no `O`.
    #[error("none of the {n_tags} tags is \"O\"")]
    NoOutside {
        /// Number of tags.
        n_tags: usize,
    },
    /// A tag has a prefix that the scheme does not write.
    #[error("tag {name:?} at {index} does not belong to the scheme {scheme}")]
    NotInScheme {
        /// The tag.
        name: String,
        /// Its position, from 0.
        index: usize,
        /// The scheme.
        scheme: TagScheme,
    },
    /// A sequence has not one tag per word.
    #[error("{n_tags} tags for {n_words} words")]
    Length {
        /// Number of tags.
        n_tags: usize,
        /// Number of words.
        n_words: usize,
    },
}

/// The columns of a tagger's output, and which tag may follow which.
///
/// # Example
///
/// ```
/// use griot_text::{TagScheme, TagSet};
///
/// let tags = TagSet::from_names(&["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])?;
/// assert_eq!(tags.scheme(), TagScheme::Iob2);
/// assert!(tags.allows(Some(1), Some(2)));  // B-PER I-PER
/// assert!(!tags.allows(Some(1), Some(4))); // B-PER I-LOC
/// assert!(!tags.allows(None, Some(2)));    // I-PER as the first word
/// # Ok::<(), griot_text::TagError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSet {
    scheme: TagScheme,
    labels: LabelSet,
    tags: Vec<Tag>,
    outside: usize,
    // Row `from`, column `to`; the last row and column are the text boundary.
    allowed: Vec<bool>,
}

impl TagSet {
    /// Reads the names of the columns, in order: `O`, and `B-PER` and its like
    /// (prefixes `B I E S`, with `L` for `E` and `U` for `S`) or bare labels.
    ///
    /// The scheme is found from the prefixes: [`Bioes`](TagScheme::Bioes) if
    /// there is an `E` or `S`; else [`Io`](TagScheme::Io) if there is no `B`;
    /// else [`Iob1`](TagScheme::Iob1) if a label has an `I` but no `B`, which
    /// IOB2 could never use; else [`Iob2`](TagScheme::Iob2). An IOB1 model that
    /// has a `B` for every label looks like IOB2: see
    /// [`with_scheme`](Self::with_scheme).
    ///
    /// # Errors
    ///
    /// [`TagError`] if a name is malformed, twice the same, or if there is no
    /// `O`.
    pub fn from_names<S: AsRef<str>>(names: &[S]) -> Result<Self, TagError> {
        let mut labels = LabelSet::default();
        let mut tags = Vec::with_capacity(names.len());
        for parsed in parse_all(names)? {
            let tag = match parsed {
                None => Tag::Outside,
                Some((prefix, name)) => Tag::Entity {
                    prefix,
                    label: labels.insert(name),
                },
            };
            if let Some(first) = tags.iter().position(|earlier| *earlier == tag) {
                let name = names[tags.len()].as_ref().to_owned();
                return Err(TagError::Duplicate {
                    name,
                    first,
                    second: tags.len(),
                });
            }
            tags.push(tag);
        }
        let outside = tags.iter().position(|tag| *tag == Tag::Outside);
        let outside = outside.ok_or(TagError::NoOutside { n_tags: tags.len() })?;
        let scheme = detect_scheme(&tags);
        let allowed = transitions(scheme, &tags);
        Ok(Self {
            scheme,
            labels,
            tags,
            outside,
            allowed,
        })
    }

    /// The same columns read in another scheme.
    ///
    /// # Errors
    ///
    /// [`TagError::NotInScheme`] if a column has a prefix the scheme lacks.
    pub fn with_scheme(self, scheme: TagScheme) -> Result<Self, TagError> {
        for (index, tag) in self.tags.iter().enumerate() {
            if let Tag::Entity { prefix, label } = *tag
                && !scheme.has(prefix)
            {
                let name = format!("{}-{}", prefix.letter(), self.labels.label(label));
                return Err(TagError::NotInScheme {
                    name,
                    index,
                    scheme,
                });
            }
        }
        let allowed = transitions(scheme, &self.tags);
        Ok(Self {
            scheme,
            allowed,
            ..self
        })
    }

    /// The scheme the tags are read in.
    pub fn scheme(&self) -> TagScheme {
        self.scheme
    }

    /// The labels, in the order they first appear in the columns.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// The tag of each column.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// Number of columns.
    #[expect(clippy::len_without_is_empty, reason = "there is always an O")]
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// The column of `O`.
    pub fn outside(&self) -> usize {
        self.outside
    }

    /// Whether the tag of column `to` may come right after that of column
    /// `from`, where `None` is the start of the text for `from` and its end for
    /// `to`.
    ///
    /// # Panics
    ///
    /// If a column is out of range.
    pub fn allows(&self, from: Option<usize>, to: Option<usize>) -> bool {
        let boundary = self.tags.len();
        let index = |column: Option<usize>| {
            let column = column.unwrap_or(boundary);
            assert!(column <= boundary, "column {column} of {boundary} tags");
            column
        };
        self.allowed[index(from) * (boundary + 1) + index(to)]
    }
}

/// The scheme that could have written these tags; see [`TagSet::from_names`].
fn detect_scheme(tags: &[Tag]) -> TagScheme {
    let has = |wanted: Prefix, of: Option<LabelId>| {
        tags.iter().any(|tag| match *tag {
            Tag::Outside => false,
            Tag::Entity { prefix, label } => prefix == wanted && of.is_none_or(|of| of == label),
        })
    };
    let inside_without_begin = |tag: &Tag| match *tag {
        Tag::Entity {
            prefix: Prefix::Inside,
            label,
        } => !has(Prefix::Begin, Some(label)),
        _ => false,
    };
    if has(Prefix::End, None) || has(Prefix::Single, None) {
        TagScheme::Bioes
    } else if !has(Prefix::Begin, None) {
        TagScheme::Io
    } else if tags.iter().any(inside_without_begin) {
        TagScheme::Iob1
    } else {
        TagScheme::Iob2
    }
}

/// The matrix behind [`TagSet::allows`].
fn transitions(scheme: TagScheme, tags: &[Tag]) -> Vec<bool> {
    // A text boundary acts as one more word outside.
    let with_boundary = || tags.iter().copied().chain([Tag::Outside]);
    let pairs = with_boundary().flat_map(|from| with_boundary().map(move |to| (from, to)));
    pairs.map(|(from, to)| allowed(scheme, from, to)).collect()
}

fn allowed(scheme: TagScheme, from: Tag, to: Tag) -> bool {
    let last = match from {
        Tag::Entity { prefix, .. } => Some(prefix),
        Tag::Outside => None,
    };
    let may_leave = last.is_none_or(|last| scheme.ends(last));
    let Tag::Entity { prefix, label } = to else {
        return may_leave;
    };
    match last.filter(|_| matches!(from, Tag::Entity { label: l, .. } if l == label)) {
        Some(last) if scheme.continues(last, prefix) => true,
        Some(_) => may_leave && scheme.starts(prefix, After::SameLabel),
        None => may_leave && scheme.starts(prefix, After::Other),
    }
}

/// Prefix and label of each name, `None` for `O`. Names are all bare or all
/// prefixed.
fn parse_all<S: AsRef<str>>(names: &[S]) -> Result<Vec<Option<(Prefix, &str)>>, TagError> {
    let entities = || names.iter().map(AsRef::as_ref).filter(|name| *name != "O");
    let prefixed = entities().find(|name| split_prefix(name).is_some());
    let bare = entities().find(|name| split_prefix(name).is_none() && !name.is_empty());
    if let (Some(bare), Some(prefixed)) = (bare, prefixed) {
        let (bare, prefixed) = (bare.to_owned(), prefixed.to_owned());
        return Err(TagError::MixedPrefixes { bare, prefixed });
    }
    names
        .iter()
        .enumerate()
        .map(|(index, name)| parse_tag(name.as_ref(), index))
        .collect()
}

fn parse_tag(name: &str, index: usize) -> Result<Option<(Prefix, &str)>, TagError> {
    if name == "O" {
        return Ok(None);
    }
    // A bare label is what IO writes on every word.
    let (prefix, label) = split_prefix(name).unwrap_or((Prefix::Inside, name));
    if label.is_empty() {
        return Err(TagError::NoLabel {
            name: name.to_owned(),
            index,
        });
    }
    Ok(Some((prefix, label)))
}

/// `B-PER` as its prefix and `PER`; `None` if there is no prefix.
fn split_prefix(name: &str) -> Option<(Prefix, &str)> {
    let (letter, label) = name.split_once('-')?;
    let [letter] = letter.as_bytes() else {
        return None;
    };
    Some((Prefix::from_letter(*letter)?, label))
}
