use super::{clusters, forms};
use crate::testing::{knowledge_base, marked};

/// Mentions with one number are one entity, those without are alone.
#[track_caller]
fn check(text: &str) {
    let marked = marked("d", text);
    let kb = knowledge_base(COUNTRIES);
    let forms = forms(&kb, &marked.document, &marked.mentions);
    let clusters = clusters(&marked.document, &marked.mentions, &forms);
    let mut cluster_of = vec![usize::MAX; marked.mentions.len()];
    for (index, cluster) in clusters.iter().enumerate() {
        for &form in &cluster.forms {
            for &mention in &forms[form].mentions {
                cluster_of[mention] = index;
            }
        }
    }
    for one in 0..cluster_of.len() {
        for other in 0..one {
            let same = marked.notes[one] == marked.notes[other] && !marked.notes[one].is_empty();
            let name = |at: usize| marked.mentions[at].span.slice(marked.document.text());
            let found = cluster_of[one] == cluster_of[other];
            assert_eq!(
                found,
                same,
                "{:?} and {:?} in {text}",
                name(other),
                name(one)
            );
        }
    }
}

const COUNTRIES: &str = r#"
{"id":"Q159","name":"Russie","type":"LOC","fine":"country","country":"ru","aliases":{"en":["Russia"],"ru":["Россия"]},"demonyms":{"fr":["russe"],"en":["Russian"]}}
{"id":"Q16","name":"Canada","type":"LOC","fine":"country","country":"ca","demonyms":{"fr":["canadien"],"en":["Canadian"]}}
"#;

#[test]
fn family_names_find_their_full_name() {
    check("[Amina Sow](PER 1) parle. Mme [Sow](PER 1) part.");
    check("[Sow](PER 1) parle. [Amina Sow](PER 1) part.");
    check("M. [Jean-Luc Pernod](PER 1) et [Pernod](PER 1)");
    check("[Олег Иванов](PER 1) и [Иванов](PER 1)");
}

#[test]
fn two_people_of_one_name_stay_apart() {
    check("[Amina Sow](PER) et [Fatou Sow](PER) voient [Sow](PER).");
    check("[Ibrahim Traoré](PER) et [Moussa Traoré](PER)");
    check("[John Smith](PER 1), [Jane Smith](PER 2), [John Smith](PER 1), [Jane Smith](PER 2)");
}

#[test]
fn spellings_and_slips() {
    check("[Abdoulaye Keita](PER 1) puis [Aboulaye Keïta](PER 1)");
    check("[Haftar Khalifa](PER 1), le maréchal [Khalifa Haftar](PER 1)");
    check("[Ouagadougou](LOC 1) et [Ouagadugou](LOC 1)");
    check("[Mali](LOC) et [Bali](LOC)");
    check("[Niger](LOC) et [Nigeria](LOC)");
}

#[test]
fn acronyms() {
    check("l'[Union des mineurs du Nord](ORG 1) ([UMN](ORG 1)) et l'[UMN](ORG 1)");
    check("l'[UMN](ORG 1) ([Union des mineurs du Nord](ORG 1))");
    check("[World Sheep Board](ORG 1) said. The [WSB](ORG 1) left.");
    check("[World Sheep Board](ORG) said. The [ABC](ORG) left.");
}

#[test]
fn state_bodies() {
    check(
        "le [ministère russe de la Défense](ORG 1) et le [ministère de la Défense](ORG 1) de Russie",
    );
    check("[ministère de la Défense](ORG 1) du Canada, [ministère de la Défense](ORG 2) de Russie");
    check("the [Russian defence ministry](ORG 1), the [Canadian Ministry of Defence](ORG 2)");
}

#[test]
fn labels_that_slip() {
    check("[Djoliba](ORG 1), [Djoliba](LOC 1)");
    check("[Washington](LOC 1) et [Washington](PER 2)");
}
