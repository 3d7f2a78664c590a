//! `griot link`: mentions to entities.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use griot::read::jsonl;
use griot::{Annotation, Document, Mention};

use super::linker;
use crate::Outcome;
use crate::output::{Form, Output};
use crate::settings::{LinkSettings, Reach};
use crate::talk::{Talk, report};

pub(crate) fn run(settings: &LinkSettings, talk: Talk) -> anyhow::Result<Outcome> {
    let linker = linker(&settings.linking)?;
    let form = Form::linked(settings.form, linker.source().version());
    let mut output = Output::open(&settings.target, &form)?;
    let mut n_failed = 0_u64;
    let documents = documents(settings, talk).filter_map(|document| {
        document
            .inspect_err(|error| {
                report(error);
                n_failed += 1;
            })
            .ok()
    });
    match settings.reach {
        Reach::Stream => {
            let mut resolver = linker.resolver();
            for (document, mentions) in documents {
                let links = linker.link(&document, &mentions);
                let annotation = Annotation {
                    document,
                    mentions,
                    links,
                };
                write(&mut output, &annotation.resolved(&mut resolver))?;
            }
        }
        Reach::Whole => {
            let documents: Vec<(Document, Vec<Mention>)> = documents.collect();
            let borrowed = documents
                .iter()
                .map(|(document, mentions)| (document, mentions.as_slice()));
            let links = linker.link_collection(borrowed);
            for ((document, mentions), links) in std::iter::zip(documents, links) {
                write(
                    &mut output,
                    &Annotation {
                        document,
                        mentions,
                        links,
                    },
                )?;
            }
        }
    }
    output.flush().context("cannot write the result")?;
    Ok(if n_failed == 0 {
        Outcome::Complete
    } else {
        Outcome::Partial
    })
}

fn write(output: &mut Output, annotation: &Annotation) -> anyhow::Result<()> {
    output.write(annotation).context("cannot write the result")
}

/// The documents of all files, in order.
fn documents(
    settings: &LinkSettings,
    talk: Talk,
) -> impl Iterator<Item = anyhow::Result<(Document, Vec<Mention>)>> {
    settings
        .paths
        .iter()
        .flat_map(move |path| -> Box<dyn Iterator<Item = _>> {
            match open(path, talk) {
                Ok(reader) => {
                    let name = path.to_string_lossy().into_owned();
                    let read = jsonl::mentions(name, reader, settings.fields.clone());
                    Box::new(read.map(|document| Ok(document?)))
                }
                Err(error) => Box::new(std::iter::once(Err(error))),
            }
        })
}

fn open(path: &Path, talk: Talk) -> anyhow::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        if io::IsTerminal::is_terminal(&io::stdin()) {
            talk.note("reading standard input; Ctrl-D ends it");
        }
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}
