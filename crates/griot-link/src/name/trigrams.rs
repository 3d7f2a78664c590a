//! How many trigrams two keys have in common.

use smallvec::SmallVec;

type Trigrams = SmallVec<[u64; 32]>;

/// Twice the number of trigrams in common over the number of all (Dice), in `[0, 1]`;
/// a trigram that comes twice counts twice. Cost: about a microsecond.
pub(crate) fn trigrams_alike(one: &str, other: &str) -> f32 {
    let (ones, others) = (trigrams(one), trigrams(other));
    let (mut at, mut n_common) = (0, 0);
    for trigram in &ones {
        while others.get(at).is_some_and(|other| other < trigram) {
            at += 1;
        }
        if others.get(at) == Some(trigram) {
            n_common += 1;
            at += 1;
        }
    }
    2.0 * n_common as f32 / (ones.len() + others.len()).max(1) as f32
}

/// How many letters `one` has, to be compared with other keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bag {
    counts: [i8; 32],
    n_bytes: usize,
}

impl Bag {
    pub(crate) fn new(key: &str) -> Self {
        let mut counts = [0i8; 32];
        for byte in key.bytes() {
            let count = &mut counts[usize::from(byte & 31)];
            *count = count.saturating_add(1);
        }
        Self {
            counts,
            n_bytes: key.len(),
        }
    }

    /// Whether so few letters differ, whatever their case, that most trigrams may be the
    /// same. Cost: some tens of nanoseconds.
    pub(crate) fn is_near(&self, key: &[u8]) -> bool {
        let most = self.n_bytes.max(key.len()) / 3;
        if self.n_bytes.abs_diff(key.len()) > most {
            return false;
        }
        let mut counts = self.counts;
        for byte in key {
            let count = &mut counts[usize::from(byte & 31)];
            *count = count.saturating_sub(1);
        }
        let n_other: u32 = counts.iter().map(|n| u32::from(n.unsigned_abs())).sum();
        n_other as usize <= most
    }
}

/// In ascending order; a space stands before and after the key.
fn trigrams(key: &str) -> Trigrams {
    let chars = [' '].into_iter().chain(key.chars()).chain([' ']);
    let mut window = 0u64;
    let rolled = chars.map(|c| {
        // A code point has 21 bits.
        window = (window << 21 | u64::from(c)) & ((1 << 63) - 1);
        window
    });
    let mut trigrams: Trigrams = rolled.skip(2).collect();
    trigrams.sort_unstable();
    trigrams
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_in_common() {
        let rows = [
            ("bamako", "bamaco", true),
            ("bamako", "amabok", true),
            ("bamako", "sikasso", false),
            ("organization of states", "organization of the states", true),
            ("organization of states", "organization", false),
            ("бамако", "бамака", true),
        ];
        for (one, other, expected) in rows {
            for (left, right) in [(one, other), (other, one)] {
                let found = Bag::new(left).is_near(right.as_bytes());
                assert_eq!(found, expected, "{left} {right}");
            }
        }
    }

    #[test]
    fn trigrams_in_common() {
        let rows = [
            ("bamako", "bamako", 1.0),
            ("bamako", "bamaco", 0.5),
            ("bamako", "sikasso", 0.0),
            ("aaaa", "aaa", 6.0 / 7.0),
            ("конго", "конга", 0.6),
            ("", "", 0.0),
            ("", "ab", 0.0),
        ];
        for (one, other, expected) in rows {
            for (left, right) in [(one, other), (other, one)] {
                let found = trigrams_alike(left, right);
                assert!((found - expected).abs() < 1e-6, "{left} {right} {found}");
            }
        }
    }
}
