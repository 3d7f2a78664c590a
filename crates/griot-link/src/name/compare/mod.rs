//! How alike two names are, and why they cannot be one.

mod align;
mod distance;
mod words;

#[cfg(test)]
mod tests;

use super::Name;
use super::acronym::is_acronym_of;
use align::{Alignment, align};
use distance::spelled_alike;
use words::{Class, Spelling, Word, Words};

/// What a name is the name of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameKind {
    /// A person: words in any order, initials, nicknames, titles.
    Person,
    /// An organization: legal forms, acronyms; every telling word counts.
    Organization,
    /// A place: acronyms; every telling word counts.
    Place,
    /// Anything else: as places.
    Other,
}

/// Why two names cannot be one, however alike they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Veto {
    /// Each name has words that the other has nothing like.
    Words,
    /// An initial stands for no word of the other name.
    Initial,
    /// The numbers are not the same, or only one name has one.
    Number,
    /// Only one name has a word that tells organizations or places apart:
    /// "Deutsche Bank" and "Deutsche Bank Trust".
    Qualifier,
    /// The legal forms are of different kinds.
    LegalForm,
    /// Parent and child are swapped: "Salman bin Mohammed", "Mohammed bin Salman".
    Order,
}

/// How much of two names there is in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Every telling word of each has a counterpart in the other.
    Whole,
    /// One name has telling words more: "Vladimir Vladimirovich Putin".
    Part,
    /// A single word is all that a longer name has in common with the other:
    /// "Putin". For persons, such a name is taken for the same if it is the last
    /// word of both, with a score of 0.55 at most.
    Word,
}

/// How alike two names are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// How alike the two are written or sound, in `[0, 1]`; 1 for names with one
    /// key. All vetoes but [`Veto::Number`] hold it below [`SAME`](Self::SAME).
    pub score: f32,
    /// Whether one says more than the other.
    pub extent: Extent,
    /// Why they cannot be one.
    pub veto: Option<Veto>,
}

impl Comparison {
    /// The score from which on two spellings are taken for one.
    pub const SAME: f32 = 0.5;

    /// Whether the two may be one name: the score is high enough, and no veto.
    pub fn is_match(&self) -> bool {
        self.score >= Self::SAME && self.veto.is_none()
    }

    /// Without a veto.
    const fn certain(score: f32, extent: Extent) -> Self {
        Self {
            score,
            extent,
            veto: None,
        }
    }
}

/// The score of spellings that a veto keeps apart, at most.
const APART: f32 = 0.45;

/// Compares two names of one `kind`; the order of the two does not matter.
///
/// Words are paired by what is most alike. Differences that transliterations and
/// spellings bring cost little, typing errors more, words without a counterpart in
/// the other name most. Names of more than 24 words are compared as sets of words.
///
/// Cost: about a microsecond for names of a few words; bounded by the product of
/// their lengths.
///
/// ```
/// use griot_link::name::{Name, NameKind, Veto, compare};
///
/// let [lavrov, latin, other] = ["Сергей Лавров", "LAVROV, Sergueï", "Boris Lavrov"].map(Name::new);
/// assert!(compare(&lavrov, &latin, NameKind::Person).is_match());
/// assert_eq!(compare(&lavrov, &other, NameKind::Person).veto, Some(Veto::Words));
/// ```
pub fn compare(left: &Name, right: &Name, kind: NameKind) -> Comparison {
    if left.is_empty() || right.is_empty() {
        return Comparison::certain(0.0, Extent::Part);
    }
    if left.key() == right.key() {
        return Comparison::certain(1.0, Extent::Whole);
    }
    // Ties between pairs of words are broken by order, hence one order for both.
    let (left, right) = if left.key() <= right.key() {
        (left, right)
    } else {
        (right, left)
    };
    let same_script = left.script() == right.script();
    let (spelling, left_letters, right_letters) = if same_script {
        (Spelling::Own, left.key(), right.key())
    } else {
        (Spelling::Latin, left.latin(), right.latin())
    };
    if is_same_but_for_spaces(left_letters, right_letters) {
        return Comparison::certain(0.95, Extent::Whole);
    }
    let left_words = Words::new(left, kind, spelling);
    let right_words = Words::new(right, kind, spelling);
    let (Some(left_words), Some(right_words)) = (left_words, right_words) else {
        return compare_sets(left, right);
    };
    if kind != NameKind::Person && is_acronym_pair(left, right, &left_words, &right_words) {
        return Comparison::certain(0.8, Extent::Whole);
    }
    let alignment = align(&left_words, &right_words, kind);
    decide(&left_words, &right_words, &alignment, kind)
}

/// "`SergeiLavrov`" and "`Sergei Lavrov`"; short names must keep their spaces.
fn is_same_but_for_spaces(left: &str, right: &str) -> bool {
    let letters = |name: &'_ str| name.bytes().filter(|byte| *byte != b' ').count();
    let n_letters = letters(left);
    n_letters >= 6
        && n_letters == letters(right)
        && (left.bytes().filter(|byte| *byte != b' '))
            .eq(right.bytes().filter(|byte| *byte != b' '))
}

/// Whether one is the acronym of the other, legal forms aside.
fn is_acronym_pair(
    left: &Name,
    right: &Name,
    left_words: &Words<'_>,
    right_words: &Words<'_>,
) -> bool {
    let spells = |short: &Words<'_>, long: &Name| {
        let mut telling = short
            .list
            .iter()
            .filter(|word| word.class == Class::Telling);
        match (telling.next(), telling.next()) {
            (Some(word), None) => is_acronym_of(word.own, long),
            _ => false,
        }
    };
    spells(left_words, right) || spells(right_words, left)
}

/// The share of words in common.
fn compare_sets(left: &Name, right: &Name) -> Comparison {
    let set = |name: &Name| -> std::collections::BTreeSet<String> {
        name.tokens().map(|token| token.latin.to_owned()).collect()
    };
    let (left, right) = (set(left), set(right));
    let n_common = left.intersection(&right).count() as f32;
    let score = n_common / (left.len().max(right.len()) as f32);
    Comparison::certain(score.min(0.99), Extent::Part)
}

/// What the words without counterpart mean.
fn decide(
    left: &Words<'_>,
    right: &Words<'_>,
    alignment: &Alignment,
    kind: NameKind,
) -> Comparison {
    let rest_left = Rest::new(left, &alignment.left, kind);
    let rest_right = Rest::new(right, &alignment.right, kind);
    let total = alignment.weight + rest_left.weight + rest_right.weight;
    let likeness = alignment.likeness / total.max(f32::MIN_POSITIVE);
    // A likeness of 0.7 is where typing errors end and other names begin.
    let mut score = ((likeness - 0.4) / 0.6).clamp(0.0, 0.99);
    let veto = veto(left, right, &rest_left, &rest_right, alignment, kind);
    if veto.is_some_and(|veto| veto != Veto::Number) {
        score = score.min(APART);
    }
    let extent = extent(left, right, &rest_left, &rest_right, alignment);
    if kind == NameKind::Person && extent == Extent::Word {
        let ends_alike = alignment.ends_alike(left, right);
        score = score.min(if ends_alike { 0.55 } else { APART });
    }
    Comparison {
        score,
        extent,
        veto,
    }
}

fn extent(
    left: &Words<'_>,
    right: &Words<'_>,
    rest_left: &Rest,
    rest_right: &Rest,
    alignment: &Alignment,
) -> Extent {
    let n_words = left.n_telling().max(right.n_telling());
    if alignment.n_telling + alignment.n_initials <= 1 && n_words > 1 && !alignment.merged {
        Extent::Word
    } else if rest_left.n_telling + rest_right.n_telling > 0 {
        Extent::Part
    } else {
        Extent::Whole
    }
}

/// The words of one name that the other has no counterpart for.
struct Rest {
    /// What they weigh in the score.
    weight: f32,
    n_telling: usize,
    n_initials: usize,
    n_numbers: usize,
}

impl Rest {
    fn new(words: &Words<'_>, paired: &[bool], kind: NameKind) -> Self {
        let mut rest = Self {
            weight: 0.0,
            n_telling: 0,
            n_initials: 0,
            n_numbers: 0,
        };
        for (word, _) in words
            .list
            .iter()
            .zip(paired)
            .filter(|(_, paired)| !**paired)
        {
            let said_before = words
                .list
                .iter()
                .zip(paired)
                .any(|(other, paired)| *paired && other.own == word.own);
            if said_before {
                continue;
            }
            match word.class {
                Class::Telling if word.is_initial() => {
                    rest.n_initials += 1;
                    rest.weight += 0.1;
                }
                Class::Telling => {
                    rest.n_telling += 1;
                    rest.weight += word.weight * if kind == NameKind::Person { 0.15 } else { 0.5 };
                }
                Class::Number(_) => {
                    rest.n_numbers += 1;
                    rest.weight += 0.15;
                }
                Class::Generic => rest.weight += 0.03,
                Class::Light => rest.weight += 0.01,
            }
        }
        rest
    }
}

fn veto(
    left: &Words<'_>,
    right: &Words<'_>,
    rest_left: &Rest,
    rest_right: &Rest,
    alignment: &Alignment,
    kind: NameKind,
) -> Option<Veto> {
    let telling = rest_left.n_telling.min(rest_right.n_telling);
    if telling > 0 {
        return Some(Veto::Words);
    }
    let with_initials = (rest_left.n_telling + rest_left.n_initials)
        .min(rest_right.n_telling + rest_right.n_initials);
    if with_initials > 0 {
        return Some(Veto::Initial);
    }
    if kind != NameKind::Person && rest_left.n_telling + rest_right.n_telling > 0 {
        return Some(Veto::Qualifier);
    }
    if let (Some(left), Some(right)) = (left.legal_form, right.legal_form)
        && left != right
    {
        return Some(Veto::LegalForm);
    }
    if kind == NameKind::Person && is_reversed(left, right) {
        return Some(Veto::Order);
    }
    let numbers = rest_left.n_numbers + rest_right.n_numbers;
    (numbers > 0 || alignment.digits_differ).then_some(Veto::Number)
}

fn is_reversed(left: &Words<'_>, right: &Words<'_>) -> bool {
    let (Some((child, parent)), Some((other_child, other_parent))) =
        (left.filiation(), right.filiation())
    else {
        return false;
    };
    let alike = |a: &Word<'_>, b: &Word<'_>| a.own == b.own || spelled_alike(a.own, b.own) > 0.8;
    child.own != parent.own && alike(child, other_parent) && alike(parent, other_child)
}

/// Whether two words hold different digits.
fn digits_differ(left: &str, right: &str) -> bool {
    let digits = |word: &'_ str| {
        word.bytes()
            .filter(u8::is_ascii_digit)
            .fold(0_u64, |n, digit| {
                n.wrapping_mul(11).wrapping_add(u64::from(digit))
            })
    };
    let (left, right) = (digits(left), digits(right));
    left != 0 && right != 0 && left != right
}
