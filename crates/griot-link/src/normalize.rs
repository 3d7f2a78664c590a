//! What makes two spellings one name.

use unicode_normalization::UnicodeNormalization;

/// A name reduced to what its spellings have in common. Two names with equal
/// keys are the same name.
///
/// Differences that the key removes: compatibility forms (NFKC), case, the many
/// apostrophes and hyphens, runs of white space and white space at the ends, and
/// characters that are not seen (soft hyphens, zero-width and direction marks).
///
/// # Example
///
/// ```
/// use griot_link::AliasKey;
///
/// assert_eq!(AliasKey::new("CÔTE  D’IVOIRE"), AliasKey::new("Côte d'Ivoire"));
/// assert_ne!(AliasKey::new("Cote d'Ivoire"), AliasKey::new("Côte d'Ivoire"));
/// assert_eq!(
///     AliasKey::new("Cote d'Ivoire").without_accents(),
///     AliasKey::new("Côte d'Ivoire").without_accents(),
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasKey(String);

impl AliasKey {
    /// The key of `name`. Cost: linear.
    pub fn new(name: &str) -> Self {
        let seen = name.chars().filter(|c| !is_invisible(*c)).map(unify);
        // Case folding can undo the normal form, hence twice NFKC (as Unicode's
        // NFKC_Casefold does).
        let folded: String = seen.nfkc().flat_map(fold_case).nfkc().map(unify).collect();
        let mut key = String::with_capacity(folded.len());
        for word in folded.split_whitespace() {
            if !key.is_empty() {
                key.push(' ');
            }
            key.push_str(word);
        }
        Self(key)
    }

    /// The weaker key that spellings with and without accents share.
    ///
    /// Only the diacritics of the Latin, Greek and Cyrillic scripts are dropped:
    /// the marks of other scripts are vowels, and names differ by them.
    #[must_use]
    pub fn without_accents(&self) -> Self {
        let bare = self.0.nfd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}'));
        Self(bare.nfc().collect())
    }

    /// Whether nothing is left of the name.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key as text. Its form may change between versions: do not store it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Full case folding, up to a few letters: the lower case of the upper case
/// makes `ß` `ss`, and `ς` `σ`, whatever stands beside them.
fn fold_case(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

/// One apostrophe and one hyphen for all that are typed or typeset for them.
const fn unify(c: char) -> char {
    match c {
        '`' | '´' | 'ʹ' | 'ʻ' | 'ʼ' | 'ʽ' | 'ˈ' | '‘' | '’' | '‛' | '′' | '＇' => {
            '\''
        }
        // Hyphen to horizontal bar, hyphen bullet, minus, small and full-width forms.
        '\u{2010}'..='\u{2015}' | '⁃' | '−' | '﹘' | '﹣' | '－' => '-',
        _ => c,
    }
}

/// Soft hyphen, zero-width characters, marks of direction, byte order mark.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name() {
        for (left, right) in [
            ("Ouagadougou", "OUAGADOUGOU"),
            ("N’Djaména", "N'Djaména"),
            ("N\u{2bc}Djaména", "N´Djaména"),
            ("Guinée-Bissau", "Guinée\u{2011}Bissau"),
            ("Guinée\u{a0}équatoriale", " Guinée \n équatoriale "),
            ("Ségou", "Se\u{301}gou"),
            ("Straße", "STRASSE"),
            ("ΟΔΥΣΣΕΥΣ", "Οδυσσευς"),
            ("ＡＢＣ", "abc"),
            ("ﬁnance", "Finance"),
            ("Москва", "МОСКВА"),
            ("Sou\u{ad}ley\u{200b}mane", "Souleymane"),
            ("\u{200f}القاهرة", "القاهرة"),
        ] {
            assert_eq!(
                AliasKey::new(left),
                AliasKey::new(right),
                "{left:?} {right:?}"
            );
        }
    }

    #[test]
    fn names_that_differ() {
        for (left, right) in [
            ("Ségou", "Segou"),
            ("Saint-Louis", "Saint Louis"),
            ("Niger", "Nigeria"),
            ("दिल्ली", "दल्ली"),
        ] {
            assert_ne!(
                AliasKey::new(left),
                AliasKey::new(right),
                "{left:?} {right:?}"
            );
        }
    }

    #[test]
    fn accents() {
        let bare = |name| AliasKey::new(name).without_accents();
        assert_eq!(bare("Ségou").as_str(), "segou");
        assert_eq!(bare("Hà Nội"), bare("Ha Noi"));
        assert_eq!(bare("Королёв"), bare("Королев"));
        assert_eq!(bare("Αθήνα"), bare("Αθηνα"));
        assert_ne!(bare("दिल्ली"), bare("दल्ली"));
    }

    #[test]
    fn keys_are_stable() {
        for name in [
            "",
            " ",
            "İstanbul",
            "ǅ",
            "ΐ",
            "\u{345}",
            "a\u{301}\u{323}",
            "½ 🎷",
            "\0",
        ] {
            let key = AliasKey::new(name);
            assert_eq!(AliasKey::new(key.as_str()), key, "{name:?}");
        }
    }
}
