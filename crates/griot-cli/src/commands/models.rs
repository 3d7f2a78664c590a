//! `griot models`: what models there are, and what they are.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
#[cfg(feature = "hub")]
use griot::hub::Hub;
use griot::verify::{self, Checksum};
use griot::{ModelFiles, ModelSummary};
use serde_json::{Value, json};

use crate::Outcome;
#[cfg(feature = "hub")]
use crate::args::models::PullArgs;
use crate::args::models::{
    InfoArgs, ListArgs, ModelsArgs, ModelsCommand, QuantizeArgs, VerifyArgs,
};
use crate::model::Model;
use crate::talk::Talk;

pub(crate) fn run(args: ModelsArgs, talk: Talk) -> anyhow::Result<Outcome> {
    match args.command {
        ModelsCommand::List(args) => list(&args, talk).map(|()| Outcome::Complete),
        ModelsCommand::Info(args) => info(args, talk).map(|()| Outcome::Complete),
        #[cfg(feature = "hub")]
        ModelsCommand::Pull(args) => pull(&args, talk).map(|()| Outcome::Complete),
        ModelsCommand::Verify(args) => verify(args, talk),
        ModelsCommand::Quantize(args) => quantize(args, talk).map(|()| Outcome::Complete),
    }
}

/// A line of `griot models list`.
struct Listed {
    name: String,
    place: &'static str,
    n_bytes: u64,
    revisions: Vec<String>,
    folder: Option<PathBuf>,
}

fn list(args: &ListArgs, talk: Talk) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    for model in embedded()?.into_iter().chain(cached(talk)) {
        if args.json {
            let line = json!({
                "name": model.name,
                "place": model.place,
                "bytes": model.n_bytes,
                "revisions": model.revisions,
                "folder": model.folder,
            });
            writeln!(out, "{line}")?;
        } else {
            let size = indicatif::DecimalBytes(model.n_bytes).to_string();
            let revisions = model.revisions.join(", ");
            let line = format!(
                "{:<10} {size:>12}  {}  {revisions}",
                model.place, model.name
            );
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    Ok(())
}

#[cfg(feature = "embedded-model")]
fn embedded() -> anyhow::Result<Vec<Listed>> {
    let summary = ModelFiles::embedded().summary()?;
    Ok(vec![Listed {
        name: summary.name,
        place: "embedded",
        n_bytes: summary.n_bytes,
        revisions: Vec::new(),
        folder: None,
    }])
}

#[cfg(not(feature = "embedded-model"))]
fn embedded() -> anyhow::Result<Vec<Listed>> {
    Ok(Vec::new())
}

#[cfg(feature = "hub")]
fn cached(talk: Talk) -> Vec<Listed> {
    let hub = Hub::from_env();
    let models = hub.cached();
    if models.is_empty() {
        talk.note(&format!("no models in the cache {}", hub.cache().display()));
    }
    let listed = models.into_iter().map(|model| Listed {
        name: model.snapshot.name(),
        place: if model.is_complete {
            "cached"
        } else {
            "incomplete"
        },
        n_bytes: model.n_bytes,
        revisions: model.revisions,
        folder: Some(model.snapshot.folder),
    });
    listed.collect()
}

#[cfg(not(feature = "hub"))]
fn cached(_: Talk) -> Vec<Listed> {
    Vec::new()
}

fn info(args: InfoArgs, talk: Talk) -> anyhow::Result<()> {
    let model = Model::new(args.model)?;
    let summary = model.files(talk)?.summary();
    let summary = summary.with_context(|| model.complaint())?;
    for warning in &summary.warnings {
        talk.warn(warning);
    }
    let mut out = anstream::stdout().lock();
    let fields = fields(&summary);
    if args.json {
        serde_json::to_writer_pretty(&mut out, &fields).map_err(io::Error::from)?;
        writeln!(out)?;
        return Ok(());
    }
    for (field, value) in fields.as_object().into_iter().flatten() {
        writeln!(out, "{field:14}{}", shown(value))?;
    }
    Ok(())
}

fn quantize(args: QuantizeArgs, talk: Talk) -> anyhow::Result<()> {
    let model = Model::new(args.model)?;
    let weights = args.output.join("model.safetensors");
    if weights.exists() {
        bail!("{} exists", weights.display());
    }
    let files = model.files(talk)?;
    files
        .quantize(&args.output)
        .with_context(|| model.complaint())?;
    let before = files.summary().with_context(|| model.complaint())?;
    let after = ModelFiles::read(&args.output)?.summary()?;
    talk.note(&format!(
        "{}: {} bytes of weights, {} before",
        args.output.display(),
        after.n_bytes,
        before.n_bytes
    ));
    Ok(())
}

fn fields(summary: &ModelSummary) -> Value {
    json!({
        "name": summary.name,
        "family": summary.architecture.to_string(),
        "parameters": summary.n_parameters,
        "labels": summary.labels,
        "scheme": summary.scheme.to_string(),
        "languages": summary.languages,
        "license": summary.license,
        "dtype": summary.dtypes,
        "bytes": summary.n_bytes,
        "files": summary.weights,
        "max_length": summary.length_max,
        "engine": format!("{} ({})", summary.engine, summary.instructions),
    })
}

/// A value in one line.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "not known".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(values) if values.is_empty() => "not known".to_owned(),
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(feature = "hub")]
fn pull(args: &PullArgs, talk: Talk) -> anyhow::Result<()> {
    let id = args.model.parse()?;
    let snapshot = crate::model::pull(&id, talk)?;
    // What was downloaded is of no use if it cannot be read.
    let files = snapshot.files()?;
    for warning in files.summary()?.warnings {
        talk.warn(&warning);
    }
    let mut out = anstream::stdout().lock();
    writeln!(out, "{}\t{}", snapshot.name(), snapshot.folder.display())?;
    Ok(())
}

fn verify(args: VerifyArgs, talk: Talk) -> anyhow::Result<Outcome> {
    let model = Model::new(args.model)?;
    let mut outcome = Outcome::Complete;
    let folder = folder_of(&model)?;
    if let Some(folder) = &folder {
        let checks = verify::checksums(folder).with_context(|| model.complaint())?;
        let mut out = anstream::stdout().lock();
        for check in checks {
            let result = match check.checksum {
                Checksum::Same => "ok",
                Checksum::NotKnown => "no checksum",
                Checksum::Differs { found: None, .. } => "missing",
                _ => "DIFFERS",
            };
            if let Checksum::Differs { expected, found } = check.checksum {
                outcome = Outcome::Partial;
                let found = found.unwrap_or_else(|| "nothing".to_owned());
                let file = &check.file;
                let error = anyhow::anyhow!("{file}: expected SHA-256 {expected}, found {found}");
                crate::talk::report(&error);
            }
            writeln!(out, "{:12}  {}", result, check.file)?;
        }
    }
    let files = match &folder {
        Some(folder) => ModelFiles::read(folder).with_context(|| model.complaint())?,
        None => model.files(talk)?,
    };
    verify::load(&files).with_context(|| model.complaint())?;
    writeln!(
        anstream::stdout().lock(),
        "{:12}  structure and numbers",
        "ok"
    )?;
    Ok(outcome)
}

/// The folder that the files of a model are in, if they are in one. Nothing is
/// downloaded: what was not, there is nothing to verify of.
fn folder_of(model: &Model) -> anyhow::Result<Option<PathBuf>> {
    match model {
        #[cfg(feature = "embedded-model")]
        Model::Embedded => Ok(None),
        Model::Folder(folder) => Ok(Some(folder.clone())),
        #[cfg(feature = "hub")]
        Model::Hub(id) => {
            let snapshot = Hub::from_env().find_cached(id);
            let snapshot = snapshot.with_context(|| {
                format!("{id} is not in the cache: run `griot models pull {id}`")
            })?;
            Ok(Some(snapshot.folder))
        }
    }
}
