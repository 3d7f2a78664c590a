use proptest::prelude::*;

use super::*;

/// `|` stands where a sentence must begin.
#[track_caller]
fn check(marked: &str) {
    let text = marked.replace('|', "");
    let sentences: Vec<&str> = segment_sentences(&text)
        .iter()
        .map(|span| &text[span.range()])
        .collect();
    assert_eq!(sentences.join("|"), marked);
}

#[track_caller]
fn check_all(rows: &[&str]) {
    for row in rows {
        check(row);
    }
}

#[test]
fn nothing_to_part() {
    assert!(segment_sentences("").is_empty());
    check_all(&[
        " ",
        "\n\n\n",
        ".",
        "。",
        "Ségou",
        "\u{feff}",
        "🎷",
        "\0",
        " . ",
        "\u{301}",
        "a\u{301}.\r\n",
    ]);
}

#[test]
fn french() {
    check_all(&[
        "Il part. |Elle reste. |Fin.",
        "M. Sall et Mme. Touré ont reçu le Dr. Ba. |Le Pr. Diop était là.",
        "MM. Bio et Koné. |Ils partent.",
        "Né en 52 av. J.-C. à Rome. |Il règne.",
        "Jusqu'en 52 av. J.-C. |Les Romains arrivent.",
        "Voir p. 12 et art. 5 de la loi no. 2012-15. |Fin.",
        "C'est de l'art. |Moderne.",
        "Du riz, du mil, etc. |Le prix monte. |Du riz, etc. pour tous.",
        "J. R. R. Tolkien et J.-P. Sartre. |A. B. Wade.",
        "La croissance est de 3.5 % et 4,2 points. |Bien.",
        "Il vaut 1.500.000 F. CFA par an. |Bien.",
        "Il hésite... puis part. |Il hésite… puis part. |Attendez... |Merci.",
        "« Pourquoi ? » demande-t-il. |« Parce que ! » |Fin.",
        "«\u{a0}Pourquoi\u{202f}? »\u{202f}demande-t-il. |«\u{202f}Oui\u{202f}!\u{202f}» |Fin.",
        "« Je pars. » |Il sort. |« Je reste », dit-elle.",
        "Il a dit : « Je pars. |Je reviens. » |Puis il sort.",
        "\u{201c}Je pars.\u{201d} |Il sort.",
        "Quoi ?! |Non. |(Il rit.) |Bon.",
        "Visitez www.seneweb.com ou ecrivez a a.b@c.sn. |Merci.",
        "Le 1er oct. 2012, l'U.E. et l'O.N.U. ont signé. |Bien.",
        "Paris, le 3 janv. 2020. |Madame,",
        "M.\nMacky Sall parle.",
    ]);
}

#[test]
fn english() {
    check_all(&[
        "Mr. Smith met Mrs. Jones. |They left.",
        "The U.S. Army left. |In the U.S. |The president stayed. |He is in the U.S. now.",
        "Chapter No. 5 is here. |He said no. |Then he left.",
        "It costs $3.50 today. |OK!",
        "\"Why?\" he asked. |\"Because.\" |She left.",
        "He left (at last.) |Good.",
        "Acme Inc. said so. |It works at Acme Inc. |The end.",
        "Yahoo! is a company. |Wow! |Great.",
        "George W. Bush and John F. Kennedy. |Done.",
        "See e.g. Smith vs. Jones. |St. Louis is a city.",
        "He was ill. |She was not.",
        "Version 2.0.1 is out. |Get it at 5 p.m. on Monday. |Now.",
    ]);
}

#[test]
fn other_european_languages() {
    check_all(&[
        // German
        "Das ist z.B. Berlin oder z. B. Hamburg. |Er kam am 3. Oktober 1990. |Gut.",
        "Nr. 5 lebt. |Dr. Müller, Prof. Weiß u. a. kamen. |Im Jahr 1999. |Der Krieg.",
        "Er kam. |»Ja«, sagte er. |»Gut.« |Dann ging er. |„Ja.“ |Er ging.",
        "Äpfel, Birnen usw. |Die Preise steigen.",
        // Spanish
        "El Sr. Pérez llegó a EE. UU. ayer. |¿Cómo está Ud. hoy? |¡Bien! |Gracias.",
        "La Dra. López vive en EE. UU. |El Gral. Franco murió.",
        // Portuguese, Italian
        "O Sr. Silva e a Dra. Costa. |Eles saíram.",
        "Il sig. Rossi e il dott. Bianchi. |La FIAT S.p.A. di Torino.",
        // Russian, Ukrainian
        "В 1999 г. в Москве. |МГУ им. М. В. Ломоносова. |А. С. Пушкин и т.д. и т. п. в книге.",
        "Это было в 1999 г. |Он уехал. |«Привет! — сказал он.» |Конец.",
        "— Привет! — сказал он. |— Как дела? |— Хорошо.",
        "Вул. ім. Т. Г. Шевченка. |Він пішов.",
        // Polish, Dutch, Swedish, Greek, Turkish
        "Ul. św. Jana jest np. długa. |Koniec.",
        "Dhr. Jansen kwam. |Hij ging o.a. naar Gent.",
        "Han bor t.ex. i Lund. |Bra.",
        "Ο κ. Παπαδόπουλος ήρθε. |Τι ώρα είναι\u{37e} |Καλά.",
        "Prof. Dr. Yılmaz geldi. |İyi.",
        // Vietnamese, Hungarian
        "Ở TP. Hồ Chí Minh. |Tốt.",
    ]);
}

#[test]
fn other_scripts() {
    check_all(&[
        // Arabic, Persian, Urdu, Hebrew
        "ذهب د. محمد إلى القاهرة. |هل عاد؟ |نعم! |انتهى.",
        "هل عاد؟|نعم.",
        "او رفت. |کجا؟ |خانه.",
        "وہ گیا۔ |کہاں؟ |گھر۔",
        "הוא הלך. |היא נשארה.",
        "ذهب.\u{200f} |عاد.",
        // Chinese, Japanese, Korean
        "他走了。|她留下了！|为什么？|“好。”|完了。",
        "他说……我走。|完了。",
        "你好!|我是王。|好 吗?|好。",
        "彼は「はい。」と言った。|終わり。",
        "行く。 |帰る。\n|終わり。",
        "그는 갔다. |그녀는 남았다. |네. |끝.",
        // Indic
        "वह गया। |डॉ. सिंह आए।|अंत॥ |नया।",
        "সে গেল। |মো. রহমান এলেন।",
        "அவர் சென்றார். |அவள் இருந்தாள்.",
        // Ethiopic, Armenian, Burmese, Khmer, Georgian, Thai
        "ሄደ። |ቆየች።|አበቃ።",
        "Նա գնաց։ |Նա մնաց։",
        "သူသွားသည်။ |သူမနေသည်။",
        "គាត់ទៅ។ |នាងនៅ។",
        "ის წავიდა. |ის დარჩა.",
        "เขาไป ดร. สมชาย พ.ศ. 2560\n|เธออยู่",
        // N'Ko and Adlam have no full stop of their own: the Latin one is in use.
        "ߊ߬ ߕߊ߯ߣߍ߲߬. |ߊ߬ ߣߊ߬ߣߍ߲߬߹ |ߞߊ߬.",
    ]);
}

#[test]
fn lines() {
    check_all(&[
        "Titre de l'article\n|Le texte commence ici. |Il continue.",
        "Titre\n\n|minuscule après un blanc",
        "Le texte est coupé\nà la colonne et continue, \nDakar comprise, sans fin.",
        "Le texte.\r\n|Suite.\r\n\r\n|fin",
        "Le texte\rsuite\r\r|fin",
        "À retenir :\n|- un\n|- deux,\n|- trois.\n|* quatre",
        "• un • deux\n|• trois. |• quatre",
        "1. Introduction\n|2. Suite\n|II. Fin\n|B. Reste",
        "a. Introduction\n|1.\nSuite",
        "Il dit\n|« oui »\n|— Non.\n|2012 commence",
        "La Guinée-\nBissau (\nAfrique)",
        "الأول\n|الثاني",
        "Fin\u{2029}|suite\u{c}|suite",
        "\n\nTitre\n|Texte",
        "Une page\u{2028}|Deux",
    ]);
}

fn check_contract(text: &str) {
    let mut end = 0;
    for span in segment_sentences(text) {
        assert_eq!(span.start(), end, "{text:?}");
        assert!(!span.is_empty(), "{text:?}");
        assert!(span.slice(text).is_some(), "{text:?}");
        end = span.end();
    }
    assert_eq!(end as usize, text.len(), "{text:?}");
}

/// A rule that looks back or ahead without bound makes these take minutes.
#[test]
fn long_runs_take_linear_time() {
    for unit in [
        ".", "a", " ", "\n", "\"", "»", ". ", "a.", "A. ", "? » ", "。", "!", "- ", "É", "\u{301}",
        "(. ", "1.\n", "’",
    ] {
        check_contract(&unit.repeat(300_000 / unit.chars().count()));
    }
}

#[test]
fn tables_are_in_order() {
    for ranges in [data::MARKS.as_slice(), data::FULL_STOPS.as_slice()] {
        assert!(ranges.iter().all(|(first, last)| first <= last));
        assert!(
            ranges.windows(2).all(|pair| pair[0].1 < pair[1].0),
            "{ranges:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_covered(text in any::<String>()) {
        check_contract(&text);
    }

    #[test]
    fn text_like_strings_are_covered(
        text in r#"([A-ZÉa-zé]{1,3}|[.!?…»«"')(,;:\-–—•]|[ \n\r\u{a0}\u{202f}]|[0-9]|[।。！؟።と」]){0,40}"#,
    ) {
        check_contract(&text);
    }
}
