//! Places that stand for those who rule there: « Moscou a signé ».

use std::collections::HashSet;
use std::sync::LazyLock;

use griot_text::Span;
use serde::Deserialize;

/// Words that tell a speaker or an actor from a place.
#[derive(Deserialize)]
struct Words {
    /// Stand before a place that is only a place: « à », « in », « в ».
    place: HashSet<String>,
    /// Stand after who acts: « accuse », « signed », « заявила ».
    act: HashSet<String>,
    /// Stand before who takes part: « entre », « with », « avec ».
    part: HashSet<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let text = include_str!("../data/metonymy.toml");
    // Part of the crate, and read by a test.
    toml::from_str(text).expect("data/metonymy.toml has the shape of Words")
});

/// Whether the place at `span` acts, rather than being where something happens:
/// the words beside it decide, and in doubt it is a place.
pub(crate) fn speaks_for(text: &str, span: Span) -> bool {
    let range = span.range();
    let before = last_word(&text[..range.start]);
    if WORDS.place.contains(&before) {
        return false;
    }
    WORDS.part.contains(&before) || WORDS.act.contains(&first_word(&text[range.end..]))
}

/// The last word before the end of `text`, in lower case; empty after the end of
/// a sentence.
fn last_word(text: &str) -> String {
    let text = text.trim_end();
    let start = text.rfind(|c: char| !c.is_alphabetic()).map_or(0, |at| {
        at + text[at..].chars().next().map_or(0, char::len_utf8)
    });
    text[start..].to_lowercase()
}

/// The first word of `text`, in lower case; empty at the end of a clause.
fn first_word(text: &str) -> String {
    let text = text.trim_start();
    let end = text
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(text.len());
    text[..end].to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_act() {
        let rows = [
            ("[Moscou] a signé l'accord.", true),
            ("[Paris] accuse son voisin.", true),
            ("Il vit à [Moscou].", false),
            ("À [Paris] a eu lieu un sommet.", false),
            ("[Washington] said it would stay.", true),
            ("He was born in [Washington] said his mother.", false),
            ("Les accords entre [Moscou] et d'autres", true),
            ("[Москва] заявила протест.", true),
            ("Он живёт в [Москва].", false),
            ("[Berlin]", false),
        ];
        for (marked, expected) in rows {
            let (start, end) = (marked.find('[').unwrap(), marked.find(']').unwrap());
            let text = marked.replace(['[', ']'], "");
            let span = Span::new(start as u32, end as u32 - 1);
            assert_eq!(speaks_for(&text, span), expected, "{marked}");
        }
    }
}
