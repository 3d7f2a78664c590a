//! Where candidates come from: open to sources of other kinds.

use std::borrow::Cow;
use std::fmt;

/// Position of an entity in one [`CandidateSource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityRef(pub u32);

/// A source of entities for names. Object-safe, so that a database or a service
/// can stand beside or in place of a [`KnowledgeBase`](super::KnowledgeBase).
pub trait CandidateSource: fmt::Debug + Send + Sync {
    /// Which state of the source this is; written into results.
    fn version(&self) -> &str;

    /// Adds to `hits` the entities called `name`, found the way `how` says, those
    /// of high prior first. A source may know fewer ways than there are.
    fn candidates(&self, name: &crate::name::Name, how: Matched, hits: &mut Vec<Hit>);

    /// What is known of `entity`.
    ///
    /// # Panics
    ///
    /// May panic if `entity` is not from this source.
    fn facts(&self, entity: EntityRef) -> Facts<'_>;

    /// Every name of `entity`, its canonical one first.
    fn names(&self, entity: EntityRef) -> Vec<EntityName>;

    /// Hands the text of every name of `entity` to `each`, in any order; one may come
    /// twice. As [`names`](Self::names), for those who ask for no more.
    fn each_name(&self, entity: EntityRef, each: &mut dyn FnMut(&str)) {
        for name in self.names(entity) {
            each(&name.text);
        }
    }

    /// The type of `entity`, as in its [`facts`](Self::facts).
    fn label(&self, entity: EntityRef) -> Option<&str> {
        self.facts(entity).label
    }

    /// Whether a word of this [key](crate::name::Name::key) may be a demonym. Every word
    /// of a text is asked about, so a source that can say no without a search spares
    /// many.
    fn may_be_demonym(&self, key: &str) -> bool {
        let _ = key;
        true
    }

    /// A short description of `entity`.
    fn description(&self, entity: EntityRef) -> Option<String>;

    /// Entities that texts mention together with `entity`.
    fn neighbours(&self, entity: EntityRef) -> Vec<EntityRef>;

    /// The entity with this identifier, or with one that was redirected to it.
    fn find(&self, id: &str) -> Option<EntityRef>;

    /// What people have decided about `name`, everywhere and in the document with
    /// this identifier. None by default.
    fn decisions(&self, name: &crate::name::Name, document: Option<&str>) -> Decisions {
        let _ = (name, document);
        Decisions::default()
    }
}

/// What people have decided about a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Entities one of which it must be; empty if that is not decided.
    pub must: Vec<EntityRef>,
    /// Entities that it cannot be.
    pub cannot: Vec<EntityRef>,
}

/// An entity that may be meant by a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// The entity.
    pub entity: EntityRef,
    /// What the name that was found is to the entity.
    pub kind: AliasKind,
    /// Language of the name that was found.
    pub language: Lang,
    /// Probability of the entity given the name that was found, in `[0, 1]`,
    /// whatever the text.
    pub prior: f32,
    /// How it was found.
    pub matched: Matched,
}

/// What a name is to its entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum AliasKind {
    /// Its canonical name, or the first name given in a language.
    Label,
    /// Another name.
    Alias,
    /// Initials and the like: `ECOWAS`.
    Acronym,
    /// A family name alone, which no list gives and texts use.
    Surname,
    /// An adjective or noun for what belongs to a place.
    Demonym,
}

/// How a name was matched with one of a source, from sure to doubtful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Matched {
    /// Same name up to case, accents, punctuation ([`Name::key`](crate::name::Name::key)).
    Exact,
    /// Same words in another order.
    Sorted,
    /// Same sound, or the same in another script.
    Phonetic,
    /// Same consonants, for scripts that write no vowels.
    Skeleton,
    /// One letter more, less or other, or two swapped.
    Edit,
    /// Many trigrams in common.
    Trigram,
}

/// What is known of an entity, without its lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts<'a> {
    /// Identifier.
    pub id: Cow<'a, str>,
    /// Canonical name.
    pub name: Cow<'a, str>,
    /// Type.
    pub label: Option<&'a str>,
    /// Finer type.
    pub fine: Option<&'a str>,
    /// Country, an ISO 3166-1 alpha-2 code in lower case.
    pub country: Option<&'a str>,
    /// How often it is meant, in `[0, 1]`.
    pub popularity: f32,
    /// What a place often stands for.
    pub stands_for: Option<EntityRef>,
}

/// One name of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityName {
    /// The name as it is written.
    pub text: String,
    /// Its language.
    pub language: Lang,
    /// What it is to the entity.
    pub kind: AliasKind,
}

/// A language tag of at most eight bytes; of a longer one, the first subtags that
/// fit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lang([u8; 8]);

impl Lang {
    /// Not known.
    pub const UND: Self = Self(*b"und\0\0\0\0\0");

    /// The language of a BCP 47 tag; [`UND`](Self::UND) if it is not one.
    pub fn new(tag: &str) -> Self {
        let mut tag = tag;
        while tag.len() > 8 {
            let Some((shorter, _)) = tag.rsplit_once('-') else {
                return Self::UND;
            };
            tag = shorter;
        }
        if tag.is_empty() || !tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Self::UND;
        }
        let mut bytes = [0; 8];
        bytes[..tag.len()].copy_from_slice(tag.as_bytes());
        bytes.make_ascii_lowercase();
        Self(bytes)
    }

    /// The tag, in lower case.
    pub fn as_str(&self) -> &str {
        let len = self.0.iter().position(|&b| b == 0).unwrap_or(8);
        // `new` lets only ASCII in.
        std::str::from_utf8(&self.0[..len]).unwrap_or("und")
    }
}

impl fmt::Debug for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
