//! Writes a dump in the form of that of Wikidata, of invented items.
//!
//! What does building a knowledge base cost, by the number of items? The dump of
//! Wikidata is too large to ask it often. This one has its form, its kinds of items
//! in similar shares, classes below classes, names in seven languages and three
//! scripts that are shared by many items, references and qualifiers. The same
//! arguments give the same bytes.
//!
//! ```sh
//! cargo run --release --example synthetic_dump -- 1000000 > dump.json
//! ```

use std::env;
use std::fmt::Write as _;
use std::io::{self, BufWriter, Write};

/// Syllables in Latin, Cyrillic and Arabic letters.
const SYLLABLES: &[[&str; 3]] = &[
    ["ba", "ба", "با"],
    ["di", "ди", "دي"],
    ["ko", "ко", "كو"],
    ["ma", "ма", "ما"],
    ["na", "на", "نا"],
    ["ra", "ра", "را"],
    ["sa", "са", "سا"],
    ["tou", "ту", "تو"],
    ["le", "ле", "لي"],
    ["vin", "вин", "فين"],
    ["gor", "гор", "غور"],
    ["mir", "мир", "مير"],
    ["dar", "дар", "دار"],
    ["fa", "фа", "فا"],
    ["lo", "ло", "لو"],
    ["zan", "зан", "زان"],
    ["ber", "бер", "بير"],
    ["ny", "ни", "ني"],
    ["ou", "у", "و"],
    ["chi", "чи", "تشي"],
];

/// Languages with the place of their script in [`SYLLABLES`].
const LANGUAGES: &[(&str, usize)] = &[
    ("mul", 0),
    ("en", 0),
    ("fr", 0),
    ("de", 0),
    ("es", 0),
    ("ru", 1),
    ("ar", 2),
];

/// Items before these numbers are classes and countries.
const FIRST_ITEM: u64 = 1_000_000;
const N_COUNTRIES: u64 = 200;
const N_CLASSES: u64 = 2_000;

/// Kinds of items: weight, the class that those of the kind are below, what is
/// written after the name.
const KINDS: &[(u64, u32, &str)] = &[
    (25, 5, ""),
    (20, 486_972, ""),
    (12, 4_830_453, " SA"),
    (5, 17_537_576, ""),
    (3, 1_656_682, " 2020"),
    (
        30,
        13_442_814,
        ": a study of the subject by several authors",
    ),
    (5, 4_167_836, ""),
];

/// A generator of numbers that look random (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Below `end`, small numbers more often, as names and links are.
    fn skewed(&mut self, end: u64) -> u64 {
        let n = self.below(end);
        self.below(n + 1)
    }
}

fn main() -> io::Result<()> {
    let argument = |place, default| {
        let text = env::args().nth(place);
        text.and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let n_items = argument(1, 1_000);
    let mut random = Random(argument(2, 1));
    let mut writer = BufWriter::new(io::stdout().lock());
    writer.write_all(b"[\n")?;
    for class in 0..N_CLASSES {
        writeln!(writer, "{},", class_item(class, &mut random))?;
    }
    for country in 0..N_COUNTRIES {
        writeln!(writer, "{},", country_item(country, &mut random))?;
    }
    for number in 0..n_items {
        let comma = if number + 1 < n_items { "," } else { "" };
        writeln!(writer, "{}{comma}", item(number, n_items, &mut random))?;
    }
    writer.write_all(b"]\n")?;
    writer.flush()
}

/// Identifier of a class of the `n`th kind.
fn class_id(class: u64) -> u64 {
    500_000 + class
}

fn country_id(country: u64) -> u64 {
    600_000 + country
}

/// A class below one of the kinds, or below an earlier class of that kind.
fn class_item(class: u64, random: &mut Random) -> String {
    let n_kinds = KINDS.len() as u64;
    let parent = if class < n_kinds {
        u64::from(KINDS[class as usize].1)
    } else {
        class_id(random.below(class / n_kinds) * n_kinds + class % n_kinds)
    };
    let claims = claim("P279", &[link(parent)], random);
    record(class_id(class), &name(class, 3), "", &claims, 3)
}

fn country_item(country: u64, random: &mut Random) -> String {
    let letter = |n: u64| char::from(b'A' + (n % 26) as u8);
    let iso = format!("{}{}", letter(country / 26), letter(country));
    let claims = [
        claim("P31", &[link(6256)], random),
        claim("P17", &[link(country_id(country))], random),
        claim(
            "P297",
            &[format!(r#"{{"value":"{iso}","type":"string"}}"#)],
            random,
        ),
        claim("P36", &[link(FIRST_ITEM + country)], random),
    ];
    record(
        country_id(country),
        &name(country + 7, 2),
        "",
        &claims.join(","),
        250,
    )
}

fn item(number: u64, n_items: u64, random: &mut Random) -> String {
    let total = KINDS.iter().map(|kind| kind.0).sum();
    let mut draw = random.below(total);
    let mut kind = 0;
    while draw >= KINDS[kind].0 {
        draw -= KINDS[kind].0;
        kind += 1;
    }
    let (_, class, ending) = KINDS[kind];
    let is_person = class == 5;
    let class = if is_person {
        5
    } else {
        class_id(random.below(N_CLASSES / 7) * KINDS.len() as u64 + kind as u64)
    };
    let name = if is_person {
        let given = name(random.skewed(2_000), 2);
        let family = name(random.skewed(200_000) + 2_000, 3);
        [0, 1, 2].map(|script| format!("{} {}", given[script], family[script]))
    } else {
        self::name(random.skewed(n_items) + 300_000, 3)
    };
    let country = if is_person { "P27" } else { "P17" };
    let neighbours = [random.skewed(n_items), random.skewed(n_items)];
    let claims = [
        claim("P31", &[link(class)], random),
        claim(
            country,
            &[link(country_id(random.skewed(N_COUNTRIES)))],
            random,
        ),
        claim("P361", &neighbours.map(|n| link(FIRST_ITEM + n)), random),
        claim(
            "P856",
            &[text("https://example.org/a/page/of/the/item")],
            random,
        ),
        claim("P214", &[text("123456789")], random),
        claim("P373", &[text(&name[0])], random),
    ];
    let n_sitelinks = random.skewed(random_limit(number));
    record(
        FIRST_ITEM + number,
        &name,
        ending,
        &claims.join(","),
        n_sitelinks,
    )
}

/// The first items are the best known, as in Wikidata.
fn random_limit(number: u64) -> u64 {
    if number < 10_000 { 300 } else { 8 }
}

/// The `n`th name of so many syllables, in each script.
fn name(n: u64, n_syllables: u64) -> [String; 3] {
    let n_all = SYLLABLES.len() as u64;
    [0, 1, 2].map(|script| {
        let mut name = String::new();
        let mut rest = n;
        for _ in 0..n_syllables {
            name.push_str(SYLLABLES[(rest % n_all) as usize][script]);
            rest /= n_all;
        }
        while rest > 0 {
            name.push_str(SYLLABLES[(rest % n_all) as usize][script]);
            rest /= n_all;
        }
        let mut letters = name.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect()
    })
}

fn link(id: u64) -> String {
    format!(
        r#"{{"value":{{"entity-type":"item","numeric-id":{id},"id":"Q{id}"}},"type":"wikibase-entityid"}}"#
    )
}

fn text(text: &str) -> String {
    format!(r#"{{"value":"{text}","type":"string"}}"#)
}

/// Statements of a property, with what surrounds their values in a dump.
fn claim(property: &str, values: &[String], random: &mut Random) -> String {
    let mut statements = String::new();
    for value in values {
        let (a, b) = (random.next(), random.next());
        let comma = if statements.is_empty() { "" } else { "," };
        write!(
            statements,
            concat!(
                r#"{}{{"mainsnak":{{"snaktype":"value","property":"{}","datavalue":{},"#,
                r#""datatype":"wikibase-item"}},"type":"statement","id":"Q1${:016x}-{:016x}","#,
                r#""rank":"normal","references":[{{"hash":"{:016x}{:016x}","snaks":{{"P143":"#,
                r#"[{{"snaktype":"value","property":"P143","datavalue":{{"value":{{"entity-type":"#,
                r#""item","numeric-id":328,"id":"Q328"}},"type":"wikibase-entityid"}},"#,
                r#""datatype":"wikibase-item"}}]}},"snaks-order":["P143"]}}]}}"#
            ),
            comma, property, value, a, b, b, a
        )
        .expect("a string can be written to");
    }
    format!(r#""{property}":[{statements}]"#)
}

fn record(id: u64, name: &[String; 3], ending: &str, claims: &str, n_sitelinks: u64) -> String {
    let mut labels = String::new();
    for &(language, script) in LANGUAGES {
        let comma = if labels.is_empty() { "" } else { "," };
        let name = &name[script];
        write!(
            labels,
            r#"{comma}"{language}":{{"language":"{language}","value":"{name}{ending}"}}"#
        )
        .expect("a string can be written to");
    }
    let mut sitelinks = String::new();
    for n in 0..n_sitelinks {
        let comma = if n == 0 { "" } else { "," };
        write!(
            sitelinks,
            r#"{comma}"l{n}wiki":{{"site":"l{n}wiki","title":"{}","badges":[]}}"#,
            name[0]
        )
        .expect("a string can be written to");
    }
    let alias = format!("{}{ending} ({})", name[0], id % 100);
    format!(
        concat!(
            r#"{{"type":"item","id":"Q{}","labels":{{{}}},"descriptions":{{"en":{{"language":"#,
            r#""en","value":"item number {} of an invented dump"}}}},"aliases":{{"en":[{{"language":"#,
            r#""en","value":"{}"}}]}},"claims":{{{}}},"sitelinks":{{{}}},"lastrevid":1}}"#
        ),
        id, labels, id, alias, claims, sitelinks
    )
}
