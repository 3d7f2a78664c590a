//! Whether two names that texts use may be one: the one place that decides, for the
//! mentions of a document and for the entities of a collection.
//!
//! [`compare`] asks whether two full names are one name. Texts ask for more: other
//! spellings of the sound, grammatical cases, family names alone.

use crate::name::{Comparison, Extent, Name, NameKind, Script, compare, trigrams_alike};

/// How two names go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Alike {
    /// They exclude each other: other given name, other number.
    Apart,
    /// Nothing says that they are one.
    Unlike,
    /// One may be short for the other: a family name, an acronym.
    Part,
    /// Spellings of one name, this much alike.
    Same(f32),
}

/// Likeness of names that sound alike and are not spelled alike.
const SOUND: f32 = 0.75;

/// Likeness of names that a slip of the pen or a grammatical case makes differ.
const SLIP: f32 = 0.9;

/// Letters of the shortest name in which a slip is believed: Mali, Bali.
pub(crate) const SLIP_LETTERS_MIN: usize = 6;

/// Letters of the shortest name whose last letter a grammatical case may change.
const CASE_LETTERS_MIN: usize = 5;

/// Letters of the shortest name of a place that is known in another script.
const SCRIPTS_LETTERS_MIN: usize = 5;

/// Letters of the shortest word that is known by its sound.
const SOUND_LETTERS_MIN: usize = 4;

/// How `one` and `other`, names of things of one kind, go together.
pub(crate) fn alike(one: &Name, other: &Name, kind: NameKind) -> Alike {
    alike_by_sound(one, other, kind, &Spelled { one, other })
}

/// The same for names whose sounds are known already: to find them costs more than
/// all else.
pub(crate) fn alike_by_sound(
    one: &Name,
    other: &Name,
    kind: NameKind,
    sound: &impl Sound,
) -> Alike {
    if one.key() == other.key() {
        return Alike::Same(1.0);
    }
    match kind {
        NameKind::Person => persons(one, other, sound),
        NameKind::Place => places(one, other, sound),
        NameKind::Organization | NameKind::Other => bodies(one, other, kind, sound),
    }
}

/// Whether two names sound alike.
pub(crate) trait Sound {
    /// As a whole, whatever the order of the words, and long enough to say something.
    fn whole(&self) -> bool;
    /// Their last words do.
    fn last_words(&self) -> bool;
    /// Whether their letters may be those of one name, whatever the order; true if it is
    /// not known.
    fn may_be_spelled_alike(&self) -> bool {
        true
    }
}

struct Spelled<'a> {
    one: &'a Name,
    other: &'a Name,
}

impl Sound for Spelled<'_> {
    fn whole(&self) -> bool {
        sound_alike(self.one, self.other)
    }

    fn last_words(&self) -> bool {
        last_words_sound_alike(self.one, self.other)
    }
}

fn persons(one: &Name, other: &Name, sound: &impl Sound) -> Alike {
    let compared = compare(one, other, NameKind::Person);
    let n_words = [one, other].map(|name| name.tokens().count());
    let one_has_initials = has_initials(one) != has_initials(other);
    let is_whole = compared.extent != Extent::Word || n_words == [1, 1];
    if compared.is_match() && is_whole && !one_has_initials {
        return Alike::Same(compared.score);
    }
    if n_words[0] == n_words[1] && sound.whole() {
        return Alike::Same(SOUND);
    }
    // An initial, a family name: they leave open who is meant.
    if compared.is_match() || (n_words.contains(&1) && sound.last_words()) {
        return Alike::Part;
    }
    unlike(compared)
}

/// Share of trigrams in common of two names that several slips make differ.
const NEAR_MIN: f32 = 0.6;

/// How alike two long names are that several slips, or words more or less, make
/// differ; `None` if they may be two.
pub(crate) fn near(one: &Name, other: &Name, kind: NameKind) -> Option<f32> {
    let likeness = trigrams_alike(one.key(), other.key());
    if likeness < NEAR_MIN || has_initials(one) != has_initials(other) {
        return None;
    }
    let compared = compare(one, other, kind);
    (compared.is_match() && compared.extent != Extent::Word).then_some(likeness)
}

/// Whether there are words of one letter.
pub(crate) fn has_initials(name: &Name) -> bool {
    name.tokens()
        .any(|token| token.text.chars().nth(1).is_none())
}

fn unlike(compared: Comparison) -> Alike {
    if compared.veto.is_some() {
        Alike::Apart
    } else {
        Alike::Unlike
    }
}

fn places(one: &Name, other: &Name, sound: &impl Sound) -> Alike {
    if is_slip(one.key(), other.key()) || is_inflected(one, other, sound) {
        Alike::Same(SLIP)
    } else if is_transliterated(one, other, sound) {
        Alike::Same(SOUND)
    } else {
        Alike::Unlike
    }
}

/// Whether the two are one name in two scripts.
fn is_transliterated(one: &Name, other: &Name, sound: &impl Sound) -> bool {
    let long = |name: &Name| name.key().chars().nth(SCRIPTS_LETTERS_MIN - 1).is_some();
    one.script() != other.script()
        && long(one)
        && long(other)
        && sound.whole()
        && compare(one, other, NameKind::Place).is_match()
}

fn bodies(one: &Name, other: &Name, kind: NameKind, sound: &impl Sound) -> Alike {
    if one.is_acronym_of(other) || other.is_acronym_of(one) {
        return Alike::Part;
    }
    // Two acronyms differ by a letter and are two bodies.
    if one.is_acronym() || other.is_acronym() {
        return Alike::Unlike;
    }
    if !sound.may_be_spelled_alike() {
        return Alike::Unlike;
    }
    let compared = compare(one, other, kind);
    if compared.is_match() {
        return Alike::Same(compared.score);
    }
    if is_slip(one.key(), other.key()) || is_inflected(one, other, sound) {
        return Alike::Same(SLIP);
    }
    unlike(compared)
}

/// Whether a name that is written `text` may be [`Alike::Same`] as `name`. It is
/// cheap, and entities have many names; what it says no to, [`alike`] does too.
pub(crate) fn may_be_alike(name: &Name, text: &str, kind: NameKind) -> bool {
    match kind {
        NameKind::Place => may_begin_alike(name, text) && may_be_slip(name.key(), text),
        NameKind::Person => is_single(name.key()) == is_single(text) || may_be_joined(name, text),
        NameKind::Organization | NameKind::Other => true,
    }
}

/// Whether there is no more than one word that is longer than a particle.
fn is_single(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let long = words.filter(|word| word.chars().nth(PARTICLE_LETTERS_MAX).is_some());
    long.take(2).count() < 2
}

/// Letters of the longest particle: « von », « der », « bin ».
const PARTICLE_LETTERS_MAX: usize = 3;

/// Letters by which a name of one word and one of several in one may differ.
const JOINED_LETTERS_MAX: usize = 3;

/// Whether a word of one name may be the words of the other without spaces.
fn may_be_joined(name: &Name, text: &str) -> bool {
    let n_letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    !name.key().is_ascii()
        || !text.is_ascii()
        || n_letters(name.key()).abs_diff(n_letters(text)) <= JOINED_LETTERS_MAX
}

/// Whether the name of a place, of this key, may be `text` but for a slip or an ending;
/// true if it would take its key to tell.
fn may_be_slip(key: &str, text: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || c == b' ';
    if !key.is_ascii() || !text.bytes().all(is_plain) {
        return true;
    }
    let first = |text: &str| text.bytes().next().map(|c| c.to_ascii_lowercase());
    first(key) == first(text) && key.len().abs_diff(text.len()) <= 3
}

/// Whether the name of a place that is written `text` may be spelled like `name`:
/// some letter is of the script in which `name` begins, or `text` is in Latin letters,
/// into which the others are transliterated.
pub(crate) fn may_begin_alike(name: &Name, text: &str) -> bool {
    let script = name.key().chars().next().and_then(Script::of);
    let of_script = |c| {
        Script::of(c).is_some_and(|other| {
            Some(other) == script || matches!(other, Script::Latin | Script::Other)
        })
    };
    script.is_none() || text.chars().any(of_script)
}

/// Whether one letter is more, less or another, or two are swapped; not the first.
fn is_slip(one: &str, other: &str) -> bool {
    let long = |key: &str| key.chars().count() >= SLIP_LETTERS_MIN;
    long(one)
        && long(other)
        && one.chars().next() == other.chars().next()
        && strsim::osa_distance(one, other) == 1
}

/// Whether the names sound alike and differ at their end only, as grammatical cases
/// do: « Москва », « Москве ».
fn is_inflected(one: &Name, other: &Name, sound: &impl Sound) -> bool {
    let lens = [one, other].map(|name| name.key().chars().count());
    let (shorter, longer) = (lens[0].min(lens[1]), lens[0].max(lens[1]));
    let common = std::iter::zip(one.key().chars(), other.key().chars());
    let n_common = common.take_while(|(a, b)| a == b).count();
    // Languages of other scripts inflect every name, short ones too.
    let last_only =
        one.script() != Script::Latin && shorter >= CASE_LETTERS_MIN && n_common + 1 >= longer;
    let ending = shorter >= SLIP_LETTERS_MIN && n_common + 3 >= longer;
    (last_only || ending) && sound.whole()
}

/// Whether the two names share a sound and are long enough for it to say something.
pub(crate) fn sound_alike(one: &Name, other: &Name) -> bool {
    if !(has_telling_sound(one) && has_telling_sound(other)) {
        return false;
    }
    let sounds = one.phonetic_keys();
    other
        .phonetic_keys()
        .iter()
        .any(|sound| sounds.contains(sound))
}

/// Whether the name is long enough for its sound to say something.
pub(crate) fn has_telling_sound(name: &Name) -> bool {
    is_telling_sound(name.key())
}

/// The same for a key.
pub(crate) fn is_telling_sound(key: &str) -> bool {
    key.chars().nth(SOUND_LETTERS_MIN - 1).is_some()
}

fn last_words_sound_alike(one: &Name, other: &Name) -> bool {
    let last = |name: &Name| name.tokens().last().map(|token| Name::new(token.text));
    match (last(one), last(other)) {
        (Some(one), Some(other)) => one.key() == other.key() || sound_alike(&one, &other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_texts() {
        use NameKind::{Organization, Person, Place};
        let rows: [(NameKind, &str, &str, &str); 26] = [
            (Person, "Abdoulaye Keita", "Aboulaye Keïta", "same"),
            (Person, "Haftar Khalifa", "Khalifa Haftar", "same"),
            (Person, "Ibrahim Dahirou Dembele", "Ibrahim Dembele", "same"),
            (Person, "Poutine", "Putin", "same"),
            (Person, "Poutine", "Vladimir Putin", "part"),
            (Person, "Иванова", "Oleg Ivanov", "part"),
            (Person, "V. Poutine", "Vladimir Poutine", "part"),
            (Person, "Amina Sow", "Fatou Sow", "apart"),
            (Person, "Amina Sow", "Amina Diallo", "apart"),
            (Place, "Ouagadougou", "Ouagadugou", "same"),
            (Place, "Москва", "Москве", "same"),
            (Place, "Warszawa", "Warszawie", "same"),
            (Place, "Bamako", "Бамако", "same"),
            (Place, "Mali", "Мале", "unlike"),
            (Place, "Mali", "Bali", "unlike"),
            (Place, "Niger", "Nigeria", "unlike"),
            (Place, "Gambie", "Zambie", "unlike"),
            (Place, "Slovakia", "Slovenia", "unlike"),
            (Place, "Austria", "Australia", "unlike"),
            (Organization, "Croix-Rouge", "Croix Rouge", "same"),
            (Organization, "groupe Wagner", "Wagner", "same"),
            (
                Organization,
                "Komisji Europejskiej",
                "Komisja Europejska",
                "same",
            ),
            (Organization, "Union africaine", "Union européenne", "apart"),
            (
                Organization,
                "ECOWAS",
                "Economic Community of West African States",
                "part",
            ),
            (Organization, "CNN", "CNT", "unlike"),
            (Organization, "UN", "UE", "unlike"),
        ];
        for (kind, one, other, expected) in rows {
            for (left, right) in [(one, other), (other, one)] {
                let found = match alike(&Name::new(left), &Name::new(right), kind) {
                    Alike::Apart => "apart",
                    Alike::Unlike => "unlike",
                    Alike::Part => "part",
                    Alike::Same(_) => "same",
                };
                assert_eq!(found, expected, "{left} and {right}");
            }
        }
    }
}
