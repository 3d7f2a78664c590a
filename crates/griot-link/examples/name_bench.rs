//! How well do names find and tell each other?
//!
//! ```text
//! name_bench pairs CASES.csv             precision, recall and F1 of labelled pairs
//! name_bench translit FILE…              how many transliterations share a key
//! name_bench forms DIRECTORY             how many inflected forms share a key with the lemma
//! name_bench collisions ENTITIES.jsonl   how many other names share a key
//! name_bench speed NAMES.txt             nanoseconds a call
//! ```
#![allow(clippy::print_stdout, reason = "the output is what it is for")]

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use griot_link::kb::Entity;
use griot_link::name::{Name, NameKind, compare};

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let paths = arguments.get(1..).unwrap_or_default();
    match arguments.first().map(String::as_str) {
        Some("pairs") => paths.iter().try_for_each(|path| pairs(path)),
        Some("translit") => paths.iter().try_for_each(|path| translit(path)),
        Some("forms") => paths.iter().try_for_each(|path| forms(path)),
        Some("collisions") => paths.iter().try_for_each(|path| collisions(path)),
        Some("speed") => paths.iter().try_for_each(|path| speed(path)),
        _ => Err("pairs, translit, forms, collisions or speed, and a path".into()),
    }
}

/// Counts of decisions about pairs.
#[derive(Default)]
struct Counts {
    true_positives: usize,
    false_positives: usize,
    false_negatives: usize,
}

impl Counts {
    fn add(&mut self, expected: bool, found: bool) {
        self.true_positives += usize::from(expected && found);
        self.false_positives += usize::from(!expected && found);
        self.false_negatives += usize::from(expected && !found);
    }

    fn print(&self, what: &str) {
        let hits = self.true_positives as f64;
        let precision = hits / (hits + self.false_positives as f64);
        let recall = hits / (hits + self.false_negatives as f64);
        let f1 = 2.0 * precision * recall / (precision + recall);
        println!("{what}: P {precision:.4} R {recall:.4} F1 {f1:.4}");
    }
}

fn pairs(path: &str) -> Outcome {
    let text = fs::read_to_string(path)?;
    let mut rows = text.lines().map(csv_fields);
    let header = rows.next().ok_or("no header")?;
    let column = |name: &str| {
        let at = header.iter().position(|field| field == name);
        at.ok_or_else(|| format!("no column {name}"))
    };
    let (schema, name1, name2, is_match) = (
        column("schema")?,
        column("name1")?,
        column("name2")?,
        column("is_match")?,
    );
    let (mut by_score, mut by_match) = (Counts::default(), Counts::default());
    let mut by_schema: HashMap<String, Counts> = HashMap::new();
    let mut folds: Vec<Counts> = (0..5).map(|_| Counts::default()).collect();
    for (n, row) in rows.filter(|row| row.len() > is_match).enumerate() {
        let kind = match row[schema].as_str() {
            "Person" => NameKind::Person,
            "Company" | "Organization" | "LegalEntity" => NameKind::Organization,
            _ => NameKind::Other,
        };
        let (left, right) = (Name::new(&row[name1]), Name::new(&row[name2]));
        let comparison = compare(&left, &right, kind);
        let expected = row[is_match] == "true";
        let found = comparison.score >= 0.5;
        by_score.add(expected, found);
        by_match.add(expected, comparison.is_match());
        by_schema
            .entry(row[schema].clone())
            .or_default()
            .add(expected, found);
        folds[n % 5].add(expected, found);
        if expected != found && env::var_os("ERRORS").is_some() {
            let sign = if expected { "miss " } else { "false" };
            println!(
                "{sign} {:.2} {:?} {} | {}",
                comparison.score, comparison.veto, row[name1], row[name2]
            );
        }
    }
    for (n, fold) in folds.iter().enumerate() {
        fold.print(&format!("  fold {n}"));
    }
    for (schema, counts) in &by_schema {
        counts.print(&format!("  {schema}"));
    }
    by_score.print("score >= 0.5");
    by_match.print("score >= 0.5 and no veto");
    Ok(())
}

fn csv_fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => {
                if let Some(field) = fields.last_mut() {
                    field.push(c);
                }
            }
        }
    }
    fields
}

/// By which key two names meet.
#[derive(Default)]
struct Meetings {
    n: usize,
    phonetic: usize,
    skeleton: usize,
    either: usize,
    /// Pairs that comparison takes for one.
    matched: usize,
}

impl Meetings {
    fn add(&mut self, left: &Name, right: &Name, kind: NameKind) {
        self.matched += usize::from(compare(left, right, kind).is_match());
        let keys = right.phonetic_keys();
        let phonetic = left.phonetic_keys().iter().any(|key| keys.contains(key));
        let skeleton = left.skeleton_key() == right.skeleton_key();
        self.n += 1;
        self.phonetic += usize::from(phonetic);
        self.skeleton += usize::from(skeleton);
        self.either += usize::from(phonetic || skeleton);
        if !phonetic && !skeleton && env::var_os("ERRORS").is_some() && self.n.is_multiple_of(50) {
            println!(
                "{} {:?} {} | {} {:?} {}",
                left.text(),
                left.phonetic_keys(),
                left.skeleton_key(),
                right.text(),
                keys,
                right.skeleton_key()
            );
        }
    }

    fn print(&self, what: &str) {
        let share = |count: usize| 100.0 * count as f64 / self.n as f64;
        println!(
            "{what}: {} pairs, phonetic {:.1} %, skeleton {:.1} %, either {:.1} %, compared as one {:.1} %",
            self.n,
            share(self.phonetic),
            share(self.skeleton),
            share(self.either),
            share(self.matched)
        );
    }
}

fn translit(path: &str) -> Outcome {
    let mut meetings = Meetings::default();
    for line in fs::read_to_string(path)?.lines() {
        let mut fields = line.split('\t');
        if let (Some(latin), Some(native)) = (fields.next(), fields.next()) {
            let native = Name::new(&native.replace(' ', ""));
            meetings.add(&Name::new(latin), &native, NameKind::Person);
        }
    }
    meetings.print(path);
    Ok(())
}

fn forms(path: &str) -> Outcome {
    let mut meetings: HashMap<String, Meetings> = HashMap::new();
    let mut seen = std::collections::HashSet::new();
    let mut folders = vec![Path::new(path).to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let language = path.parent().and_then(Path::file_name).unwrap_or_default();
            let language = language.to_string_lossy().into_owned();
            for line in fs::read_to_string(&path)?.lines() {
                let fields: Vec<&str> = line.split('\t').collect();
                if fields.len() >= 5
                    && fields[2] != fields[3]
                    && seen.insert((fields[2].to_owned(), fields[3].to_owned()))
                {
                    let one_word = fields[2].split(' ').count() == 1;
                    let what = if one_word {
                        "one word"
                    } else {
                        "several words"
                    };
                    let pair = (Name::new(fields[2]), Name::new(fields[3]));
                    let kind = match fields[4] {
                        "PER" => NameKind::Person,
                        "ORG" => NameKind::Organization,
                        "LOC" => NameKind::Place,
                        _ => NameKind::Other,
                    };
                    for key in [format!("{language} {what}"), language.clone()] {
                        meetings.entry(key).or_default().add(&pair.0, &pair.1, kind);
                    }
                }
            }
        }
    }
    let mut languages: Vec<_> = meetings.into_iter().collect();
    languages.sort_by(|a, b| a.0.cmp(&b.0));
    for (language, meetings) in languages {
        meetings.print(&language);
    }
    Ok(())
}

fn collisions(path: &str) -> Outcome {
    let mut names = Vec::new();
    for line in fs::read_to_string(path)?.lines() {
        names.push(Name::new(&serde_json::from_str::<Entity>(line)?.name));
    }
    names.sort_by(|a, b| a.key().cmp(b.key()));
    names.dedup_by(|a, b| a.key() == b.key());
    let several: Vec<&Name> = names
        .iter()
        .filter(|name| name.tokens().count() > 1)
        .collect();
    let all: Vec<&Name> = names.iter().collect();
    for (what, names) in [("all", all), ("of several words", several)] {
        let phonetic: Vec<_> = names.iter().map(|name| name.phonetic_keys()).collect();
        let skeleton: Vec<_> = names.iter().map(|name| vec![name.skeleton_key()]).collect();
        let n_keys = phonetic.iter().map(Vec::len).sum::<usize>() as f64 / names.len() as f64;
        println!(
            "{} names {what}, {n_keys:.2} phonetic keys a name; other names with a key in common: phonetic {:.2}, skeleton {:.2}",
            names.len(),
            others(&phonetic),
            others(&skeleton)
        );
    }
    Ok(())
}

/// Other names that share at least one key, on average.
fn others(keys: &[Vec<String>]) -> f64 {
    let mut buckets: HashMap<&str, Vec<usize>> = HashMap::new();
    for (n, keys) in keys.iter().enumerate() {
        for key in keys {
            buckets.entry(key).or_default().push(n);
        }
    }
    let mut total = 0;
    for keys in keys {
        let mut others: Vec<usize> = keys
            .iter()
            .flat_map(|key| buckets[key.as_str()].iter().copied())
            .collect();
        others.sort_unstable();
        others.dedup();
        total += others.len() - 1;
    }
    total as f64 / keys.len() as f64
}

fn speed(path: &str) -> Outcome {
    let text = fs::read_to_string(path)?;
    let lines: Vec<&str> = text.lines().collect();
    let names: Vec<Name> = lines.iter().map(|line| Name::new(line)).collect();
    report("Name::new", &lines, |line| Name::new(line).key().len());
    report("phonetic_keys", &names, |name| name.phonetic_keys().len());
    report("skeleton_key", &names, |name| name.skeleton_key().len());
    let pairs: Vec<(&Name, &Name)> = names.iter().zip(&names[1..]).collect();
    for kind in [NameKind::Person, NameKind::Organization] {
        report(&format!("compare {kind:?}"), &pairs, |(left, right)| {
            usize::from(compare(left, right, kind).is_match())
        });
    }
    Ok(())
}

/// The median over chunks, so that other work on the machine does not count.
fn report<T>(what: &str, items: &[T], call: impl Fn(&T) -> usize) {
    let mut total = 0;
    let mut nanoseconds: Vec<f64> = items
        .chunks(200)
        .map(|chunk| {
            let start = Instant::now();
            total += chunk.iter().map(&call).sum::<usize>();
            start.elapsed().as_nanos() as f64 / chunk.len() as f64
        })
        .collect();
    nanoseconds.sort_by(f64::total_cmp);
    println!(
        "{what}: {:.0} ns ({total})",
        nanoseconds[nanoseconds.len() / 2]
    );
}
