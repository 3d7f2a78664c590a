//! Trains the weights that rank candidates.
//!
//! ```console
//! $ cargo run --release -p griot-linking-bench --bin train -- --data DIR --kb FILE SET… > crates/griot-link/data/weights.toml
//! ```
//!
//! With `--leave-one-out` nothing is written: for each set, how often the right
//! entity is first under weights that were trained on all the others.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use griot_link::training::{self, Example};
use griot_linking_bench::linker::Griot;
use griot_linking_bench::{EvalSet, System, catalog};
use griot_text::EntityId;
use griot_text::score::Referent;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (mut data, mut kb, mut leave_one_out, mut names) = (None, None, false, Vec::new());
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--data" => data = args.next().map(PathBuf::from),
            "--kb" => kb = args.next().map(PathBuf::from),
            "--leave-one-out" => leave_one_out = true,
            other if other.starts_with('-') => bail!("unknown option {other:?}"),
            _ => names.push(arg),
        }
    }
    let griot = Griot::open(&kb.context("--kb FILE is needed")?)?;
    let sets = sets(&names, data.as_deref())?;
    let examples: Vec<Vec<Example>> = sets.iter().map(|set| examples(&griot, set)).collect();
    let mut out = io::stdout().lock();
    if !leave_one_out {
        write!(out, "{}", training::fit(&examples.concat()))?;
        return Ok(());
    }
    for (held_out, set) in sets.iter().enumerate() {
        let others = examples
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != held_out);
        let rest: Vec<Example> = others.flat_map(|(_, examples)| examples.clone()).collect();
        let accuracy = training::accuracy(&training::fit(&rest), &examples[held_out])?;
        writeln!(out, "{}\t{accuracy}", set.name)?;
    }
    Ok(())
}

fn sets(names: &[String], data: Option<&std::path::Path>) -> Result<Vec<EvalSet>> {
    let entries = catalog::entries()?;
    let named = |name: &String| {
        let entry = entries.iter().find(|entry| entry.name == name);
        entry
            .with_context(|| format!("no set {name:?}"))?
            .read(data)
    };
    names.iter().map(named).collect()
}

/// The examples of a set: mentions of which gold says nothing are left out, and an
/// entity that the knowledge base lacks is one that it lacks.
fn examples(griot: &Griot, set: &EvalSet) -> Vec<Example> {
    let of_document = |document: &griot_linking_bench::EvalDocument| {
        let known = document.mentions.iter().zip(document.recognized());
        let known = known.filter(|(mention, _)| mention.referent != Referent::Unknown);
        let (gold, mentions): (Vec<Option<EntityId>>, Vec<_>) = known
            .map(|(mention, recognized)| (entity(griot, &mention.referent), recognized))
            .unzip();
        training::examples(griot.linker(), &document.document, &mentions, &gold)
    };
    set.documents.iter().flat_map(of_document).collect()
}

fn entity(griot: &Griot, referent: &Referent) -> Option<EntityId> {
    match referent {
        Referent::Entity(id) if griot.knows(id) => Some(id.clone()),
        _ => None,
    }
}
