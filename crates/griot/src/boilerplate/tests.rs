use super::*;

/// What each line of the page is, `-` boilerplate and ` ` text, as the page says itself
/// in its first column.
#[track_caller]
fn check(page: &str) {
    let expected: Vec<char> = page
        .lines()
        .map(|line| line.chars().next().unwrap())
        .collect();
    let text: Vec<&str> = page.lines().map(|line| &line[1..]).collect();
    let text = text.join("\n");
    let lines = lines(&text);
    let found = lines.iter().map(|line| {
        let mark = if line.score >= SCORE_MIN { '-' } else { ' ' };
        let slice = line.span.slice(&text).unwrap();
        format!("{mark}{slice} [{:.2}]", line.score)
    });
    let found = found.collect::<Vec<String>>().join("\n");
    let marks: Vec<char> = found
        .lines()
        .map(|line| line.chars().next().unwrap())
        .collect();
    assert_eq!(marks, expected, "\n{found}");
}

#[test]
fn a_menu_and_other_headlines() {
    check(
        "-Home
-World
-Sport
-Culture
-Search
-Log in
 Floods cut off three villages in the north
 By Ana Novak
 Three villages in the north have been cut off since Monday after two days of heavy rain, the regional council said.
 Boats brought food and water to some four hundred people on Tuesday, and a school was opened for those who had left their houses.
 What comes next
 More rain is expected on Thursday, according to the weather service, which kept its highest warning for the river.
-Share on Facebook
-Share on Twitter
-Read also
-Tennis: Kovač reaches the final
-How to choose a good mattress
-Five dead in motorway crash
-Stock markets close higher
-The actor turns ninety",
    );
}

#[test]
fn bullets_in_lines_of_their_own() {
    check(
        " Un nouveau pont relie les deux rives
 Le pont, long de trois cents mètres, a été ouvert jeudi matin par le maire de la ville devant quelques centaines de curieux.
 Sa construction avait pris quatre ans et coûté deux fois plus que ce qui était prévu, selon le conseil de la région.
--
-Football : la défaite de trop
--
-Météo : la neige arrive
--
-Un chat sauvé par les pompiers
--
-Cinéma : les sorties du mercredi",
    );
}

#[test]
fn a_notice_about_cookies() {
    check(
        "-Nous et nos partenaires utilisons des cookies pour mesurer l'audience de ce site, avec votre consentement, que vous pouvez retirer à tout moment.
-Tout accepter
 Le parlement a voté mardi soir la réforme des retraites par cent vingt voix contre quatre-vingts, après dix heures de débat.
 Les syndicats ont appelé à une nouvelle journée de grève la semaine prochaine dans les transports et dans les écoles du pays.
-© 2021 La Gazette. Tous droits réservés. Politique de confidentialité.",
    );
}

#[test]
fn tags_and_comments() {
    check(
        " Президент прибыл в столицу соседней страны во вторник вечером, где его встретили послы и министры двух правительств.
 Переговоры продлятся два дня и закончатся подписанием договора о торговле, сообщила в среду служба новостей.
-Теги: торговля | договор | переговоры | визит
-Комментарии
-Ответить
-Поделиться",
    );
}

#[test]
fn what_is_no_boilerplate() {
    // A list of names, a poem, an article with headings: nothing is around them.
    for page in [
        " Bamako\n Lomé\n Dakar\n Accra\n Niamey\n Conakry\n Abidjan",
        " The river is wide\n and the night is long\n and nobody sings\n the ferryman's song",
        " The council met on Monday evening to discuss the new school, which has been planned for a decade.\n \
          Who pays\n The state will pay a third of the costs, and the town the rest, said the mayor after the meeting.\n \
          What it looks like\n The school has twelve rooms, a library and a garden that pupils will look after themselves.",
        " Mali",
    ] {
        check(page);
    }
    assert_eq!(lines(""), []);
    assert_eq!(ranges("\n \n"), []);
}

#[test]
fn unions() {
    let spans = |pairs: &[(u32, u32)]| -> Vec<Span> {
        pairs
            .iter()
            .map(|&(start, end)| Span::new(start, end))
            .collect()
    };
    let one = spans(&[(0, 4), (10, 12)]);
    let other = spans(&[(2, 6), (12, 13), (20, 21)]);
    assert_eq!(union(&one, &other), spans(&[(0, 6), (10, 13), (20, 21)]));
    assert_eq!(union(&one, &[]), one);
}
