//! Tests of keys and titles.

use proptest::prelude::*;

use super::{Name, Script, strip_titles};

/// Checks each row and shows every one that fails.
fn check_rows<'a>(rows: &[(&'a str, &'a str)], what: &str, holds: impl Fn(&str, &str) -> bool) {
    let failed: Vec<_> = rows.iter().filter(|(a, b)| !holds(a, b)).collect();
    assert!(failed.is_empty(), "{what}: {failed:#?}");
}

fn sound_alike(left: &str, right: &str) -> bool {
    let (left, right) = (Name::new(left), Name::new(right));
    let keys = right.phonetic_keys();
    left.phonetic_keys().iter().any(|key| keys.contains(key))
}

#[test]
fn spellings_with_one_key() {
    let rows = [
        ("Ouagadougou", "OUAGADOUGOU"),
        ("N’Djaména", "ndjamena"),
        ("N\u{2bc}Djaména", "N´Djaména"),
        ("Guinée-Bissau", "Guinée\u{2011}Bissau"),
        ("Guinée\u{a0}équatoriale", " Guinee \n equatoriale "),
        ("Ségou", "Se\u{301}gou"),
        ("Straße", "STRASSE"),
        ("ΟΔΥΣΣΕΥΣ", "Οδυσσεύς"),
        ("ＡＢＣ", "abc"),
        ("ﬁnance", "Finance"),
        ("Королёв", "КОРОЛЕВ"),
        ("Łódź", "Lodz"),
        ("Hà Nội", "Ha Noi"),
        ("İstanbul", "istanbul"),
        ("Sou\u{ad}ley\u{200b}mane", "Souleymane"),
        ("\u{200f}القاهرة", "القاهره"),
        ("أحمد", "احمد"),
        ("مُحَمَّد", "محمد"),
        ("على", "علی"),
        ("צה״ל", "צהל"),
        ("ﾊﾞﾗｸ", "バラク"),
        ("d’Ivoire", "Ivoire"),
        ("L'Oréal", "Oreal"),
        ("U.N.", "UN"),
        ("p.l.c.", "PLC"),
        ("A.B.C. Company", "ABC company"),
        ("J.-C. Juncker", "J C Juncker"),
        ("J. F. Kennedy", "J F Kennedy"),
        ("J.Smith", "J Smith"),
        ("Procter & Gamble", "Procter and Gamble"),
        ("Saint-Louis", "Saint Louis"),
    ];
    check_rows(&rows, "other keys", |a, b| {
        Name::new(a).key() == Name::new(b).key()
    });
}

#[test]
fn names_with_keys_of_their_own() {
    let rows = [
        ("Niger", "Nigeria"),
        ("दिल्ली", "दल्ली"),
        ("край", "краи"),
        ("J F Kennedy", "JF Kennedy"),
        ("C++", "C"),
        ("が", "か"),
        ("🎷", "🎺"),
    ];
    check_rows(&rows, "same key", |a, b| {
        Name::new(a).key() != Name::new(b).key()
    });
}

#[test]
fn words_and_their_order() {
    let name = Name::new("Лавров, Сергей");
    assert_eq!(name.sorted_key(), "лавров сергей");
    assert_eq!(name.latin(), "lavrov sergey");
    let latin: Vec<_> = name.tokens().map(|token| token.latin).collect();
    assert_eq!(latin, ["lavrov", "sergey"]);
    assert_eq!(Name::new("").tokens().count(), 0);
}

#[test]
fn romanized() {
    let rows = [
        ("Хрущёв", "khrushchev"),
        ("Αθήνα", "athina"),
        ("Μπακογιάννη", "bakogianni"),
        ("باراك أوباما", "barak aubama"),
        ("السيسي", "sisi"),
        ("בנימין נתניהו", "bnimin ntniho"),
        ("ბარაკ ობამა", "barak obama"),
        ("Երևան", "yerevan"),
        ("北京", "beijing"),
        ("서울", "seoul"),
        ("バラク・オバマ", "baraku obama"),
        ("दिल्ली", "dilli"),
        ("አዲስ", "adis"),
    ];
    check_rows(&rows, "other", |name, latin| {
        Name::new(name).latin() == latin
    });
}

#[test]
fn scripts() {
    for (name, script) in [
        ("Москва", Script::Cyrillic),
        ("Αθήνα", Script::Greek),
        ("القاهرة", Script::Arabic),
        ("ירושלים", Script::Hebrew),
        ("Երևան", Script::Armenian),
        ("თბილისი", Script::Georgian),
        ("दिल्ली", Script::Devanagari),
        ("北京", Script::Han),
        ("東京タワー", Script::Kana),
        ("서울", Script::Hangul),
        ("አዲስ አበባ", Script::Ethiopic),
        ("กรุงเทพ", Script::Other),
        ("2024", Script::Other),
        ("Ségou", Script::Latin),
        ("Gazprom (Газпром нефть)", Script::Cyrillic),
    ] {
        assert_eq!(Name::new(name).script(), script, "{name}");
    }
}

#[test]
fn names_that_sound_alike() {
    let rows = [
        ("Sergueï", "Sergei"),
        ("Sergej", "Сергей"),
        ("Sergey", "Serguei"),
        ("Serhii", "Сергій"),
        ("Lavrov", "Lawrow"),
        ("Lavrov", "Лавров"),
        ("Choïgou", "Schoigu"),
        ("Shoigu", "Шойгу"),
        ("Choïgou", "Шойгу"),
        ("Poutine", "Putin"),
        ("Poutine", "Путин"),
        ("Khrouchtchev", "Хрущёв"),
        ("Khrushchev", "Chruschtschow"),
        ("Chruschtschow", "Хрущёв"),
        ("Tchaïkovski", "Чайковский"),
        ("Tschaikowski", "Tchaikovsky"),
        ("Czajkowski", "Чайковский"),
        ("Gueorgui", "Георгий"),
        ("Gueorgui", "Georgi"),
        ("Москва", "Москвы"),
        ("Москва", "Москве"),
        ("Москва", "Moskwie"),
        ("Путина", "Путину"),
        ("Путин", "Путиным"),
        ("Warszawa", "Warszawie"),
        ("Moskva", "Moscow"),
        ("Владимир Путин", "Poutine, Vladimir"),
        ("Мухаммед", "Mohamed"),
        ("Ianoukovitch", "Янукович"),
        ("Yanukovych", "Janukowitsch"),
        ("Μητσοτάκης", "Mitsotakis"),
        ("Ouattara", "Wattara"),
    ];
    check_rows(&rows, "unlike", sound_alike);
}

#[test]
fn names_that_sound_different() {
    let rows = [
        ("Putin", "Patna"),
        ("Mali", "Malawi"),
        ("Gao", "Goma"),
        ("Kora", "Goulé"),
    ];
    check_rows(&rows, "alike", |a, b| !sound_alike(a, b));
}

#[test]
fn consonants() {
    let rows = [
        ("Barack Obama", "باراك أوباما"),
        ("Mohammed", "محمد"),
        ("al-Sudani", "السوداني"),
        ("Netanyahu", "נתניהו"),
        ("Damascus", "دمسكس"),
        ("George", "جورج"),
    ];
    check_rows(&rows, "other", |a, b| {
        Name::new(a).skeleton_key() == Name::new(b).skeleton_key()
    });
}

#[test]
fn titles() {
    let rows = [
        ("M. Jean Dupont", "Jean Dupont"),
        ("le général Jean Dupont", "Jean Dupont"),
        ("Mme la ministre Awa Ba", "Awa Ba"),
        ("Dr. Rami Makhlouf", "Rami Makhlouf"),
        ("Herr Professor Müller", "Müller"),
        ("г-н Иванов", "Иванов"),
        ("генерал-майор Пётр Иванов", "Пётр Иванов"),
        ("السيد أحمد علي", "أحمد علي"),
        ("Martin Luther King, Jr.", "Martin Luther King"),
        ("Präsident Barack Obama", "Barack Obama"),
        ("D. Trump", "D. Trump"),
        ("Général", "Général"),
        ("le président", "le président"),
        ("Jean Dupont", "Jean Dupont"),
        ("", ""),
    ];
    check_rows(&rows, "titles", |text, bare| {
        &text[strip_titles(text)] == bare
    });
}

#[test]
fn long_names() {
    for unit in [
        "a",
        "a ",
        "a.",
        "d'",
        "и\u{306}",
        "É",
        "ال",
        "ㅏ",
        "가",
        "\u{3099}'",
        "mr ",
    ] {
        let name = Name::new(&unit.repeat(100_000));
        name.phonetic_keys();
        name.skeleton_key();
        strip_titles(name.text());
    }
}

proptest! {
    #[test]
    fn keys_are_stable(text in "\\PC{0,24}|[\\p{L}\\p{M}.' -]{0,24}|.{0,12}") {
        let name = Name::new(&text);
        let again = Name::new(name.key());
        prop_assert_eq!(again.key(), name.key());
        prop_assert_eq!(again.sorted_key(), name.sorted_key());
        prop_assert_eq!(again.phonetic_keys(), name.phonetic_keys());
        prop_assert_eq!(again.skeleton_key(), name.skeleton_key());
        prop_assert_eq!(name.key().is_empty(), name.skeleton_key().is_empty());
        prop_assert_eq!(name.key().is_empty(), name.phonetic_keys().is_empty());
        prop_assert!(name.phonetic_keys().len() <= Name::PHONETIC_KEYS_MAX);
        prop_assert_eq!(name.tokens().count(), name.key().split_whitespace().count());
    }

    #[test]
    fn titles_are_at_char_boundaries(text in "\\PC{0,24}|(mr |le |général |[a-z] ){0,6}") {
        prop_assert!(text.get(strip_titles(&text)).is_some());
    }
}
