//! Any text gives a result.

use griot::Document;
use proptest::prelude::*;

use crate::{PIPELINE, assert_sound};

#[test]
fn strange_texts() {
    let texts = [
        String::new(),
        " ".to_owned(),
        "\n\r\n\t\u{a0}\u{3000}\u{200b}\u{feff}".to_owned(),
        "🎷".to_owned(),
        "👨‍👩‍👧‍👦 à Bamako 🇲🇱".to_owned(),
        "\0".to_owned(),
        "Ba\0mako\0\0".to_owned(),
        "a\r\nb\rc\u{85}d\u{2028}e".to_owned(),
        "\u{301}\u{301}\u{301}".to_owned(),
        format!("e{}", "\u{301}".repeat(10_000)),
        "a".repeat(300_000),
        "Mali".repeat(75_000),
        "م".repeat(100_000),
        "\n".repeat(100_000),
        // Each of these is more words without a sentence end than a window holds.
        "中".repeat(2_000),
        "é ".repeat(2_000),
        ".".repeat(2_000),
        "Mali, ".repeat(1_000),
        "Путин est à 北京 with محمد בירושלים ที่กรุงเทพ".to_owned(),
        "\u{202e}ilaM\u{202c} \u{fffd} \u{10ffff} \u{e000}".to_owned(),
    ];
    let batch = PIPELINE.recognizer().tag_batch(&texts);
    assert_eq!(batch.len(), texts.len());
    for (text, mentions) in texts.iter().zip(batch) {
        let mentions = mentions.unwrap_or_else(|error| {
            let start: String = text.chars().take(20).collect();
            panic!("{error} on {} bytes that begin {start:?}", text.len())
        });
        assert_sound(text, &mentions);
    }
}

#[test]
fn writers_take_strange_annotations() {
    for text in ["", "\0", "🎷 Bamako\r\nMali", "a\tb\nBamako\u{2028}"] {
        let document = Document::new("id\nwith\tcontrol\0", text).unwrap();
        let annotation = PIPELINE.annotate(document).unwrap();
        crate::formats::write_all(&annotation);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_texts(text in "(\\PC|[ \\n\\r\\t\\u{301}\\u{200d}]|Mali|Moussa ){0,200}") {
        assert_sound(&text, &PIPELINE.recognizer().tag(&text).unwrap());
    }
}
