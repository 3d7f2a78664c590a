//! Trades and offices that stand beside the names of persons, in any language.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use crate::name::Name;

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Roles(u64);

/// What persons of one field of life do, stem by stem.
type Fields = std::collections::BTreeMap<String, std::collections::BTreeMap<String, Vec<String>>>;

struct Lexicon {
    /// The bit of the role of each stem.
    stems: HashMap<String, u32>,
    /// Characters of the longest stem.
    letters_max: usize,
    /// The roles of each field.
    fields: Vec<u64>,
    /// The roles that go with every field.
    any: u64,
}

/// Name of the field whose roles go with every field.
const ANY: &str = "any";

/// Characters of the shortest stem.
const LETTERS_MIN: usize = 3;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let fields: Fields = toml::from_str(include_str!("../../data/roles.toml"))
        .expect("data/roles.toml is read by a test");
    let mut lexicon = Lexicon {
        stems: HashMap::new(),
        letters_max: 0,
        fields: Vec::new(),
        any: 0,
    };
    let mut bit = 0;
    for (name, roles) in &fields {
        let mut field = 0;
        for stems in roles.values() {
            for stem in stems {
                let stem = Name::new(stem).key().to_owned();
                lexicon.letters_max = lexicon.letters_max.max(stem.chars().count());
                lexicon.stems.insert(stem, bit);
            }
            field |= 1 << bit;
            bit += 1;
        }
        if name == ANY {
            lexicon.any = field;
        }
        lexicon.fields.push(field);
    }
    lexicon
});

impl Roles {
    /// All roles of the two sets.
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// How well the two go together: above 0 if they share a role or a field, below
    /// 0 if both are known and share no field.
    pub(super) fn agreement(self, other: Self) -> f32 {
        if self.0 & other.0 != 0 {
            return SAME_ROLE;
        }
        let [one, other] = [self.0 & !LEXICON.any, other.0 & !LEXICON.any];
        if one == 0 || other == 0 {
            return 0.0;
        }
        let in_both = |field: &u64| one & field != 0 && other & field != 0;
        if LEXICON.fields.iter().any(in_both) {
            SAME_FIELD
        } else {
            OTHER_FIELD
        }
    }
}

const SAME_ROLE: f32 = 0.25;
const SAME_FIELD: f32 = 0.1;
const OTHER_FIELD: f32 = -0.5;

/// Words on either side of a mention that may say a role.
const WORDS: usize = 4;

/// The roles beside the bytes `range` of `text`, which are a span of it: « le ministre
/// des Mines X », « X, ministre des Mines ».
pub(super) fn beside(text: &str, range: Range<usize>) -> Roles {
    let sentence = |c: char| matches!(c, '.' | '!' | '?' | ';' | '\n');
    let before = text[..range.start]
        .rsplit(sentence)
        .next()
        .unwrap_or_default();
    let after = text[range.end..].split(sentence).next().unwrap_or_default();
    // Short roles are beside a person; what follows without a comma is what they do
    // with others.
    let before = before.split_whitespace().rev().take(WORDS);
    let after = after
        .strip_prefix(',')
        .or_else(|| after.trim_start().strip_prefix('('))
        .unwrap_or_default();
    let after = after
        .split(',')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .take(WORDS);
    let bits = before.chain(after).filter_map(role);
    Roles(bits.fold(0, |roles, bit| roles | 1 << bit))
}

/// The role that the word says: that of its longest start that is a stem.
fn role(word: &str) -> Option<u32> {
    let word = word.trim_matches(|c: char| !c.is_alphabetic());
    let name = Name::new(word);
    let key = name.key();
    // The article of Arabic.
    longest_stem(key).or_else(|| longest_stem(key.strip_prefix("ال")?))
}

fn longest_stem(key: &str) -> Option<u32> {
    let ends: Vec<usize> = key
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take(LEXICON.letters_max)
        .collect();
    let mut starts = ends.iter().enumerate().skip(LETTERS_MIN - 1).rev();
    let stem = |(_, end): (usize, &usize)| LEXICON.stems.get(&key[..*end]).copied();
    starts.find_map(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_are_folded_and_few() {
        let fields: Fields =
            toml::from_str(include_str!("../../data/roles.toml")).expect("well formed");
        let n_roles: usize = fields.values().map(std::collections::BTreeMap::len).sum();
        assert!(n_roles <= 64, "{n_roles} roles do not fit into the bits");
        let mut seen = HashMap::new();
        for (role, stems) in fields.values().flatten() {
            for stem in stems {
                assert!(stem.chars().count() >= LETTERS_MIN, "{stem}");
                let key = Name::new(stem).key().to_owned();
                if let Some(other) = seen.insert(key, role) {
                    assert_eq!(other, role, "{stem} is a stem of two roles");
                }
            }
        }
    }

    #[test]
    fn trades_in_many_languages() {
        let rows = [
            ("le président X a", "президентом X", SAME_ROLE),
            ("prezydent X", "Präsident X", SAME_ROLE),
            ("الرئيس X", "X, president of the club", SAME_ROLE),
            ("le ministre des Mines X", "министр X", SAME_ROLE),
            ("X, ministre des Mines", "la diputada X", SAME_FIELD),
            ("le footballeur X", "la chanteuse X", OTHER_FIELD),
            ("der Torwart X", "вратарь X", SAME_ROLE),
            ("the miner X", "X and the minister", 0.0),
            ("X a vu le président", "the footballer X", 0.0),
            ("Le ministre dort. X", "the footballer X", 0.0),
        ];
        for (one, other, expected) in rows {
            let roles = [one, other].map(|text| {
                let at = text.find('X').expect("a name");
                beside(text, at..at + 1)
            });
            assert!(
                (roles[0].agreement(roles[1]) - expected).abs() < 1e-6,
                "{one} | {other}: {roles:?}"
            );
        }
    }
}
