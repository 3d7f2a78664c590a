//! Tests of comparison and acronyms.

use proptest::prelude::*;

use super::{Comparison, Extent, NameKind, Veto, compare};
use crate::name::Name;

use NameKind::{Organization, Other, Person, Place};

fn compared(left: &str, right: &str, kind: NameKind) -> Comparison {
    compare(&Name::new(left), &Name::new(right), kind)
}

#[test]
fn names_that_may_be_one() {
    let rows = [
        (Person, "Sergueï Lavrov", "Сергей Лавров"),
        (Person, "Lavrov, Sergey", "Sergej Lawrow"),
        (Person, "Sergey Viktorovich Lavrov", "Sergei Lavrov"),
        (Person, "Лавровым", "Лавров"),
        (Person, "Путина", "Путин"),
        (Person, "J.-C. Juncker", "Jean-Claude Juncker"),
        (Person, "le général Jean Dupont", "Jean Dupont"),
        (Person, "Barack Obama", "باراك أوباما"),
        (Person, "Benjamin Netanyahu", "בנימין נתניהו"),
        (Person, "Barack Obama", "Μπαράκ Ομπάμα"),
        (Person, "Boris Johnson", "Джонсон, Борис"),
        (Person, "Mohammed bin Salman", "Muhammad ibn Salman"),
        (Person, "AngelaMerkel", "Angela Merkel"),
        (Person, "Bill Clinton", "William Clinton"),
        (Person, "Ibrahim Boubacar Keïta", "Ibrahim Boubakar Keita"),
        (Organization, "ООО Ромашка", "Romashka LLC"),
        (
            Organization,
            "Deutsche Bank AG",
            "Deutsche Bank Aktiengesellschaft",
        ),
        (Organization, "First National Bank", "1st National Bank"),
        (
            Organization,
            "CEDEAO",
            "Communauté économique des États de l’Afrique de l’Ouest",
        ),
        (Organization, "ООН", "Организация Объединённых Наций"),
        (
            Organization,
            "IBM Corp.",
            "International Business Machines Corporation",
        ),
        (Organization, "The Coca-Cola Company", "Coca Cola"),
        (Organization, "Brigade forty-four", "Brigade 44"),
        (Place, "Saint-Pétersbourg", "Saint Petersbourg"),
        (Place, "Москвы", "Москва"),
        (Other, "Snow Storm 1", "Snow Stom 1"),
    ];
    let failed: Vec<_> = rows
        .iter()
        .map(|(kind, left, right)| (left, right, compared(left, right, *kind)))
        .filter(|(.., comparison)| !comparison.is_match())
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn names_that_cannot_be_one() {
    let rows = [
        (Person, "高石早苗", "高市早苗", Veto::Words),
        (Person, "김정은", "김정철", Veto::Words),
        (Person, "Boris Abramovich", "Roman Abramovich", Veto::Words),
        (
            Person,
            "Ibrahim Dahirou Dembelé",
            "Souleymane Dembelé",
            Veto::Words,
        ),
        (
            Person,
            "A. Nazarbayev",
            "Nursultan Nazarbayev",
            Veto::Initial,
        ),
        (
            Person,
            "Hans O Friedrich",
            "Hans Joachim Friedrich",
            Veto::Initial,
        ),
        (Person, "Jean-Paul I", "Jean-Paul IV", Veto::Number),
        (Person, "Jean-Paul II", "Jean-Paul III", Veto::Number),
        (
            Person,
            "Salman bin Mohammed",
            "Mohammed bin Salman",
            Veto::Order,
        ),
        (
            Organization,
            "Deutsche Bank",
            "Deutsche Bank Trust",
            Veto::Qualifier,
        ),
        (
            Organization,
            "Bowne of Dallas",
            "Bowne of Phoenix",
            Veto::Words,
        ),
        (Organization, "1st Army", "2nd Army", Veto::Number),
        (
            Organization,
            "Trust 2007-AHL1",
            "Trust 2007-AHL2",
            Veto::Number,
        ),
        (
            Organization,
            "Deutsche Bank AG",
            "Deutsche Bank GmbH",
            Veto::LegalForm,
        ),
        (Place, "Gao", "Gao Est", Veto::Qualifier),
        (Other, "Nord Stream", "Nord Stream 2", Veto::Number),
    ];
    let failed: Vec<_> = rows
        .iter()
        .map(|(kind, left, right, veto)| (left, right, veto, compared(left, right, *kind)))
        .filter(|(_, _, veto, comparison)| comparison.veto != Some(**veto))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn extents() {
    for (left, right, extent) in [
        ("Vladimir Putin", "Wladimir Putin", Extent::Whole),
        (
            "Vladimir Vladimirovich Putin",
            "Vladimir Putin",
            Extent::Part,
        ),
        ("Putin", "Vladimir Putin", Extent::Word),
        ("V. Putin", "Vladimir Putin", Extent::Whole),
    ] {
        assert_eq!(
            compared(left, right, Person).extent,
            extent,
            "{left} {right}"
        );
    }
    // A given name alone is not enough, a surname just so.
    assert!(compared("Vladimir", "Vladimir Putin", Person).score < Comparison::SAME);
    assert!(compared("Putin", "Vladimir Putin", Person).score >= Comparison::SAME);
}

#[test]
fn acronyms() {
    for (short, long, holds) in [
        ("UN", "United Nations", true),
        ("U.N.", "United Nations", true),
        ("OTAN", "Organisation du traité de l'Atlantique nord", true),
        (
            "OECD",
            "Organisation for Economic Co-operation and Development",
            true,
        ),
        ("AES", "Alliance des États du Sahel", true),
        ("США", "Соединённые Штаты Америки", true),
        ("CEE", "Communauté économique des États de l'Afrique", false),
        ("WHO", "World Health Organization", true),
        ("UN", "Universal", false),
        ("BP", "BD p.l.c.", false),
        ("UN", "Union of Nations and States", false),
        ("", "", false),
    ] {
        let (short, long) = (Name::new(short), Name::new(long));
        assert_eq!(short.is_acronym_of(&long), holds, "{short:?} {long:?}");
    }
    for (name, holds) in [
        ("ONU", true),
        ("O.N.U.", true),
        ("Onu", false),
        ("G5", false),
        ("É", false),
    ] {
        assert_eq!(Name::new(name).is_acronym(), holds, "{name}");
    }
    assert_eq!(Name::new("World Health Organization").initials(), "who");
    assert_eq!(
        Name::new("Banque centrale des États de l'Afrique").initials(),
        "bcea"
    );
}

#[test]
fn long_names() {
    let [long, other] = ["ab ", "ac"].map(|unit| Name::new(&unit.repeat(100_000)));
    for kind in [Person, Organization, Place, Other] {
        assert!(compare(&long, &other, kind).score <= 1.0);
        assert!(!other.is_acronym_of(&long));
    }
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,16}",
        "((al|bin|dr|von|llc|sergei|sergey|lavrov|lawrow|i|ii|2|1st|first|sa|the|co|é)[ .-]?){0,7}",
        "([а-яё]{1,6} ?){0,4}",
        "([ا-ي]{1,5} ?){0,4}",
    ]
}

proptest! {
    #[test]
    fn comparison_is_symmetric(left in any_name(), right in any_name()) {
        let (left, right) = (Name::new(&left), Name::new(&right));
        for kind in [Person, Organization, Place, Other] {
            let comparison = compare(&left, &right, kind);
            prop_assert_eq!(comparison, compare(&right, &left, kind));
            prop_assert!((0.0..=1.0).contains(&comparison.score));
            let with_itself = compare(&left, &left, kind).score;
            prop_assert!(left.is_empty() || with_itself >= 1.0, "{}", with_itself);
        }
    }
}
