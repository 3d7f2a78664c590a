//! `griot kb`: knowledge bases.

mod build;

use std::io::{self, Write};

use anyhow::{Context, ensure};
use griot_link::kb::read::diff::{Difference, differences};
use griot_link::kb::{CandidateSource, Hit, KnowledgeBase, Matched};
use griot_link::name::{Name, NameKind, compare};
use serde_json::{Value, json};

use crate::Outcome;
use crate::args::kb::{DiffArgs, GetArgs, InfoArgs, KbArgs, KbCommand, SearchArgs, VerifyArgs};
use crate::talk::Talk;

pub(crate) fn run(args: KbArgs, talk: Talk) -> anyhow::Result<Outcome> {
    match args.command {
        KbCommand::Build(args) => return build::run(*args, talk),
        KbCommand::Info(args) => info(&args)?,
        KbCommand::Get(args) => get(&args)?,
        KbCommand::Search(args) => search(&args, talk)?,
        KbCommand::Diff(args) => diff(&args, talk)?,
        KbCommand::Verify(args) => verify(&args, talk)?,
    }
    Ok(Outcome::Complete)
}

fn info(args: &InfoArgs) -> anyhow::Result<()> {
    let kb = super::knowledge_base(args.file.as_deref())?;
    let info = kb.info();
    let manifest = serde_json::to_value(info.manifest)?;
    let mut out = anstream::stdout().lock();
    if args.json {
        let sections: serde_json::Map<String, Value> = info
            .sections
            .iter()
            .map(|&(name, bytes)| (name.to_owned(), bytes.into()))
            .collect();
        let info = json!({
            "version": kb.version(),
            "format": info.format,
            "bytes": info.bytes,
            "manifest": manifest,
            "sections": sections,
        });
        serde_json::to_writer_pretty(&mut out, &info).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(out, "{:16}{}", "version", kb.version())?;
    writeln!(out, "{:16}{}", "format", info.format)?;
    writeln!(out, "{:16}{}", "bytes", info.bytes)?;
    for (field, value) in manifest.as_object().into_iter().flatten() {
        writeln!(out, "{field:16}{}", shown(value))?;
    }
    for (name, bytes) in info.sections {
        writeln!(out, "  {name:20}{bytes:14}")?;
    }
    Ok(())
}

/// A value of the manifest in one line.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            let pairs = map.iter().map(|(key, value)| match key.as_str() {
                "" => format!("none {value}"),
                key => format!("{key} {value}"),
            });
            pairs.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn get(args: &GetArgs) -> anyhow::Result<()> {
    let kb = super::knowledge_base(args.file.as_deref())?;
    let entity = kb.find(&args.id);
    let entity = entity.with_context(|| format!("no entity {:?}", args.id))?;
    let record = kb.entity(entity).context("the knowledge base is damaged")?;
    let mut out = anstream::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut out, &record).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(out, "{:12}{}", record.id, record.name)?;
    let fields = [
        ("type", record.label),
        ("fine", record.fine),
        ("description", record.description),
        ("country", record.country),
        ("stands for", record.stands_for),
    ];
    for (field, value) in fields {
        if let Some(value) = value {
            writeln!(out, "{field:12}{value}")?;
        }
    }
    writeln!(out, "{:12}{:.3}", "popularity", record.popularity)?;
    for (what, lists) in [("names", record.aliases), ("demonyms", record.demonyms)] {
        for (language, names) in lists {
            writeln!(out, "{what:12}{language:8}{}", names.join(" | "))?;
        }
    }
    for (what, ids) in [
        ("neighbours", record.neighbours),
        ("redirects", record.redirects),
    ] {
        if !ids.is_empty() {
            writeln!(out, "{what:12}{}", ids.join(" "))?;
        }
    }
    Ok(())
}

/// From sure to doubtful.
const WAYS: [Matched; 6] = [
    Matched::Exact,
    Matched::Sorted,
    Matched::Phonetic,
    Matched::Skeleton,
    Matched::Edit,
    Matched::Trigram,
];

fn search(args: &SearchArgs, talk: Talk) -> anyhow::Result<()> {
    let kb = super::knowledge_base(args.file.as_deref())?;
    let name = Name::new(&args.name);
    ensure!(!name.key().is_empty(), "{:?} is no name", args.name);
    let mut found: Vec<Hit> = Vec::new();
    for way in WAYS {
        let mut hits = Vec::new();
        kb.candidates(&name, way, &mut hits);
        if way == Matched::Trigram {
            // Some letters in common are no likeness yet.
            hits.retain(|hit| has_name_like(&kb, hit, &name));
        }
        hits.sort_by(|a, b| b.prior.total_cmp(&a.prior).then(a.entity.cmp(&b.entity)));
        for hit in hits {
            if !found.iter().any(|known| known.entity == hit.entity) {
                found.push(hit);
            }
        }
    }
    let n_more = found.len().saturating_sub(args.limit.get());
    found.truncate(args.limit.get());
    let mut out = anstream::stdout().lock();
    for hit in &found {
        if args.json {
            writeln!(out, "{}", hit_json(&kb, hit))?;
        } else {
            write_hit(&kb, hit, &mut out)?;
        }
    }
    match (found.len(), n_more) {
        (0, _) => talk.note("nothing found"),
        (_, 0) => {}
        (_, n) => talk.note(&format!("{n} more; see --limit")),
    }
    Ok(())
}

fn has_name_like(kb: &KnowledgeBase, hit: &Hit, name: &Name) -> bool {
    let mut found = false;
    kb.each_name(hit.entity, &mut |other| {
        found = found || compare(name, &Name::new(other), NameKind::Other).is_match();
    });
    found
}

fn write_hit(kb: &KnowledgeBase, hit: &Hit, out: &mut impl Write) -> io::Result<()> {
    let facts = kb.facts(hit.entity);
    let how = format!("{:?}", hit.matched).to_lowercase();
    let kind = format!("{:?}", hit.kind).to_lowercase();
    write!(
        out,
        "{:11} {:5} {how:9} {kind:7} {:7} {:6.3}  {}",
        facts.id,
        facts.label.unwrap_or("-"),
        hit.language,
        hit.prior,
        facts.name,
    )?;
    match kb.description(hit.entity) {
        Some(description) => writeln!(out, " – {description}"),
        None => writeln!(out),
    }
}

fn hit_json(kb: &KnowledgeBase, hit: &Hit) -> Value {
    let facts = kb.facts(hit.entity);
    json!({
        "id": facts.id,
        "name": facts.name,
        "type": facts.label,
        "description": kb.description(hit.entity),
        "matched": format!("{:?}", hit.matched).to_lowercase(),
        "kind": format!("{:?}", hit.kind).to_lowercase(),
        "language": hit.language.as_str(),
        "prior": hit.prior,
    })
}

fn diff(args: &DiffArgs, talk: Talk) -> anyhow::Result<()> {
    let before = super::knowledge_base(Some(&args.before))?;
    let after = super::knowledge_base(Some(&args.after))?;
    let mut out = io::BufWriter::new(anstream::stdout().lock());
    let (mut n_added, mut n_removed, mut n_changed) = (0, 0, 0);
    for difference in differences(&before, &after) {
        match difference {
            Difference::Added { .. } => n_added += 1,
            Difference::Removed { .. } => n_removed += 1,
            _ => n_changed += 1,
        }
        if args.json {
            serde_json::to_writer(&mut out, &difference).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            write_difference(&difference, &mut out)?;
        }
    }
    out.flush()?;
    talk.note(&format!(
        "{n_added} added, {n_removed} removed, {n_changed} changed"
    ));
    Ok(())
}

fn write_difference(difference: &Difference, out: &mut impl Write) -> io::Result<()> {
    match difference {
        Difference::Added { id, name } => writeln!(out, "+ {id}\t{name}"),
        Difference::Removed { id, name } => writeln!(out, "- {id}\t{name}"),
        Difference::Changed {
            id,
            name,
            names_added,
            names_removed,
            fields,
        } => {
            writeln!(out, "~ {id}\t{name}\t{}", fields.join(" "))?;
            for (sign, names) in [("-", names_removed), ("+", names_added)] {
                for (language, name) in names {
                    writeln!(out, "    {sign} {language}\t{name}")?;
                }
            }
            Ok(())
        }
        other => writeln!(out, "? {other:?}"),
    }
}

/// Opening checks all sections; this reads every entity as well.
fn verify(args: &VerifyArgs, talk: Talk) -> anyhow::Result<()> {
    let kb = super::knowledge_base(args.file.as_deref())?;
    kb.verify().context("the knowledge base is damaged")?;
    talk.note(&format!(
        "{}: {} entities are sound",
        kb.version(),
        kb.len()
    ));
    Ok(())
}
