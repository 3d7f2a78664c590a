//! A name as words that are compared.

use smallvec::SmallVec;

use crate::name::title::bare_words;
use crate::name::vocabulary::{LEGAL_FORMS, LegalForm, Traits, number};
use crate::name::{Name, NameKind, Script, Token};

/// Names of more words are compared otherwise: pairing words takes the square.
const WORDS_MAX: usize = 24;

/// Which letters words are compared in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Their own: both names are of one script.
    Own,
    /// Romanized.
    Latin,
}

/// Names are short: most fit without an allocation.
pub(super) type List<T> = SmallVec<[T; 8]>;

/// The words of a name that count, and its legal form.
pub(super) struct Words<'a> {
    pub(super) list: List<Word<'a>>,
    pub(super) legal_form: Option<LegalForm>,
}

/// A word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    /// The letters it is compared in.
    pub(super) own: &'a str,
    /// The word as it stands in the key, and romanized.
    pub(super) token: Token<'a>,
    /// What it counts, in `[0, 1]`.
    pub(super) weight: f32,
    pub(super) class: Class,
    pub(super) traits: Traits,
    /// Whether the name leaves vowels out.
    pub(super) is_abjad: bool,
}

/// What a word does in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Tells the name from others.
    Telling,
    /// A number, in digits, words or Roman.
    Number(u32),
    /// `Company`, `Group`: often left out.
    Generic,
    /// An article, particle or preposition.
    Light,
}

impl Word<'_> {
    pub(super) fn is_initial(&self) -> bool {
        if self.own.len() > 4 {
            return false;
        }
        let mut letters = self.own.chars();
        letters
            .next()
            .is_some_and(|c| c.is_alphabetic() && Script::of(c) != Some(Script::Han))
            && letters.next().is_none()
    }
}

impl<'a> Words<'a> {
    /// `None` if there are too many.
    pub(super) fn new(name: &'a Name, kind: NameKind, spelling: Spelling) -> Option<Self> {
        let mut own: List<&str> = List::new();
        let mut latin: List<&str> = List::new();
        let mut traits: List<Traits> = List::new();
        for token in name.tokens() {
            if own.len() == WORDS_MAX {
                return None;
            }
            own.push(token.text);
            latin.push(token.latin);
            traits.push(Traits::of(token.latin));
        }
        let mut kept = 0..own.len();
        let mut legal_form = None;
        match kind {
            NameKind::Person if name.key().is_ascii() => kept = bare_words(&own, &traits),
            NameKind::Person => {
                let own_traits: List<Traits> = own.iter().map(|word| Traits::of(word)).collect();
                kept = bare_words(&own, &own_traits);
            }
            NameKind::Organization => (kept, legal_form) = without_legal_forms(&latin, &traits),
            NameKind::Place | NameKind::Other => {}
        }
        let n_kept = kept.len();
        let is_abjad = name.script().is_abjad();
        let mut list: List<Word<'_>> = kept
            .enumerate()
            .map(|(n, at)| {
                let class = classify(latin[at], traits[at], kind, n, n_kept);
                Word {
                    own: if spelling == Spelling::Own {
                        own[at]
                    } else {
                        latin[at]
                    },
                    token: Token {
                        text: own[at],
                        latin: latin[at],
                    },
                    weight: weight(own[at], class),
                    class,
                    traits: traits[at],
                    is_abjad,
                }
            })
            .collect();
        join_numbers(&mut list);
        if !list.iter().any(|word| word.class == Class::Telling) {
            for word in &mut list {
                word.class = if let Class::Number(_) = word.class {
                    word.class
                } else {
                    Class::Telling
                };
                word.weight = weight(word.own, word.class);
            }
        }
        Some(Self { list, legal_form })
    }

    /// In a name with `X bin Y` inside, X and Y.
    pub(super) fn filiation(&self) -> Option<(&Word<'a>, &Word<'a>)> {
        let of = |word: &Word<'_>| {
            matches!(
                word.token.latin,
                "bin" | "ben" | "ibn" | "bn" | "bint" | "ould"
            )
        };
        self.list.windows(3).find_map(|words| match words {
            [child, particle, parent] if of(particle) => Some((child, parent)),
            _ => None,
        })
    }

    pub(super) fn n_telling(&self) -> usize {
        let telling = self.list.iter().filter(|word| word.class == Class::Telling);
        telling.filter(|word| !word.is_initial()).count()
    }
}

/// "forty four" is one number.
fn join_numbers(list: &mut List<Word<'_>>) {
    let mut n = 1;
    while n < list.len() {
        match (list[n - 1].class, list[n].class) {
            (
                Class::Number(tens @ (20 | 30 | 40 | 50 | 60 | 70 | 80 | 90)),
                Class::Number(units @ 1..=9),
            ) if list[n].own.len() > 1 => {
                list[n].class = Class::Number(tens + units);
                list.remove(n - 1);
            }
            _ => n += 1,
        }
    }
}

/// The words that are not the legal form, and the class of the last form.
fn without_legal_forms(
    latin: &[&str],
    traits: &[Traits],
) -> (std::ops::Range<usize>, Option<LegalForm>) {
    let (mut start, mut end) = (0, latin.len());
    let mut form = None;
    while end > start + 1 && traits[end - 1].has(Traits::LEGAL_FORM) {
        let Some((n, class)) = LEGAL_FORMS.at_end(&latin[start..end]) else {
            break;
        };
        if n >= end - start {
            break;
        }
        form = Some(form.unwrap_or(class));
        end -= n;
    }
    while end > start + 1 && traits[start].has(Traits::LEGAL_FORM) {
        let Some((n, class)) = LEGAL_FORMS.at_start(&latin[start..end]) else {
            break;
        };
        if n >= end - start {
            break;
        }
        form = Some(form.unwrap_or(class));
        start += n;
    }
    (start..end, form)
}

fn classify(latin: &str, traits: Traits, kind: NameKind, n: usize, n_words: usize) -> Class {
    if kind == NameKind::Person {
        // `Ben` is a given name first and a particle elsewhere.
        let is_given = n == 0 && traits.has(Traits::NICKNAME);
        return match number(latin, traits) {
            Some(number) if latin.len() > 1 && n > 0 => Class::Number(number),
            _ if latin.len() > 1 && traits.has(Traits::LIGHT) && !is_given => Class::Light,
            _ => Class::Telling,
        };
    }
    // A single letter at the end is a Roman numeral: `Fund V`.
    let last = n > 0 && n + 1 == n_words;
    let roman = match latin {
        "i" if last => Some(1),
        "v" if last => Some(5),
        "x" if last => Some(10),
        _ => None,
    };
    if let Some(number) = roman.or_else(|| number(latin, traits)) {
        Class::Number(number)
    } else if traits.has(Traits::STOP) || latin == "&" {
        Class::Light
    } else if kind == NameKind::Organization && traits.has(Traits::GENERIC) {
        Class::Generic
    } else {
        Class::Telling
    }
}

fn weight(own: &str, class: Class) -> f32 {
    match class {
        Class::Telling if own.is_ascii() => match own.len() {
            1 => 0.4,
            2 => 0.7,
            3 => 0.85,
            _ => 1.0,
        },
        Class::Telling => 1.0,
        Class::Number(_) => 0.5,
        Class::Generic => 0.2,
        Class::Light => 0.05,
    }
}
