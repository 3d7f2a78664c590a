//! The work folder: shards of what is kept, and a checkpoint.

use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::item::Facts;
use super::{Counts, Options};
use crate::kb::read::{ReadError, input};

const CHECKPOINT: &str = "checkpoint.json";
/// What is being written is called so until it is complete.
const PART: &str = "part";
/// Form of the work folder; changes with what shards hold.
const VERSION: u32 = 1;

/// A work folder.
#[derive(Debug)]
pub(super) struct Work {
    folder: PathBuf,
}

/// What a work folder is for: what changes the shards if it changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    version: u32,
    /// Path and size of each file.
    inputs: Vec<(PathBuf, u64)>,
    languages: Vec<String>,
    sitelinks_min: u32,
    ontology: String,
}

impl Plan {
    pub(super) fn new(inputs: &[PathBuf], options: &Options) -> Result<Self, ReadError> {
        let size = |path: &PathBuf| {
            let meta = fs::metadata(path).map_err(ReadError::io("open", path))?;
            Ok((path.clone(), meta.len()))
        };
        Ok(Self {
            version: VERSION,
            inputs: inputs.iter().map(size).collect::<Result<_, ReadError>>()?,
            languages: options.languages.tags().to_vec(),
            sitelinks_min: options.sitelinks_min,
            ontology: options.ontology.text().to_owned(),
        })
    }

    /// Bytes of all inputs.
    pub(super) fn n_bytes(&self) -> u64 {
        self.inputs.iter().map(|(_, size)| size).sum()
    }

    /// Bytes of the inputs before the `n`th.
    pub(super) fn n_bytes_before(&self, n: usize) -> u64 {
        self.inputs.iter().take(n).map(|(_, size)| size).sum()
    }

    /// The first difference from `before`, if there is one.
    fn check(&self, before: &Self, path: &Path) -> Result<(), ReadError> {
        let fields = [
            (
                "form",
                format!("{}", before.version),
                format!("{}", self.version),
            ),
            (
                "input",
                format!("{:?}", before.inputs),
                format!("{:?}", self.inputs),
            ),
            (
                "languages",
                before.languages.join(","),
                self.languages.join(","),
            ),
            (
                "fewest sitelinks",
                before.sitelinks_min.to_string(),
                self.sitelinks_min.to_string(),
            ),
        ];
        let differs = |(_, before, now): &(_, String, String)| before != now;
        let other = |field, before, now| ReadError::OtherWork {
            path: path.to_owned(),
            field,
            before,
            now,
        };
        if let Some((field, before, now)) = fields.into_iter().find(differs) {
            return Err(other(field, before, now));
        }
        if self.ontology != before.ontology {
            // Too long to show.
            return Err(other("ontology", "another".to_owned(), "this".to_owned()));
        }
        Ok(())
    }
}

/// How far a build is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    pub(super) plan: Plan,
    pub(super) n_shards: u32,
    /// Place of the current file among the inputs.
    pub(super) input: usize,
    /// Lines of it that are done.
    pub(super) line: u64,
    /// Decompressed bytes of it that are done.
    pub(super) end: u64,
    pub(super) counts: Counts,
}

impl Work {
    /// Makes the folder if there is none.
    pub(super) fn open(folder: &Path) -> Result<Self, ReadError> {
        fs::create_dir_all(folder).map_err(ReadError::io("make", folder))?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The checkpoint of an earlier build by the same plan, or a new one. The flag
    /// tells which.
    pub(super) fn checkpoint(&self, plan: Plan) -> Result<Checkpoint, ReadError> {
        let path = self.folder.join(CHECKPOINT);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Checkpoint {
                    plan,
                    n_shards: 0,
                    input: 0,
                    line: 0,
                    end: 0,
                    counts: Counts::default(),
                });
            }
            Err(error) => return Err(ReadError::io("read", path)(error)),
        };
        let checkpoint: Checkpoint =
            serde_json::from_slice(&text).map_err(|source| ReadError::Checkpoint {
                path: path.clone(),
                source,
            })?;
        plan.check(&checkpoint.plan, &self.folder)?;
        Ok(checkpoint)
    }

    pub(super) fn save(&self, checkpoint: &Checkpoint) -> Result<(), ReadError> {
        let path = self.folder.join(CHECKPOINT);
        let io = || ReadError::io("write", &path);
        let mut writer = create(&path).map_err(io())?;
        serde_json::to_writer(&mut writer, checkpoint).map_err(|e| io()(e.into()))?;
        finish(writer, &path).map_err(io())
    }

    /// Starts a shard. One of the same number, left by a killed build, is replaced.
    pub(super) fn shard(&self, number: u32) -> Result<Shard, ReadError> {
        let items_path = self.items_path(number);
        let facts_path = self.facts_path(number);
        let items = create(&items_path).map_err(ReadError::io("write", &items_path))?;
        let facts = create(&facts_path).map_err(ReadError::io("write", &facts_path))?;
        Ok(Shard {
            items: GzEncoder::new(items, Compression::fast()),
            facts: GzEncoder::new(facts, Compression::fast()),
            items_path,
            facts_path,
        })
    }

    pub(super) fn items_path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("items-{number:06}.jsonl.gz"))
    }

    fn facts_path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("facts-{number:06}.jsonl.gz"))
    }

    /// Gives `each` the facts of the shards, in order.
    pub(super) fn facts(
        &self,
        n_shards: u32,
        mut each: impl FnMut(Facts),
    ) -> Result<(), ReadError> {
        for path in (0..n_shards).map(|number| self.facts_path(number)) {
            let io = || ReadError::io("read", &path);
            let reader = input::open(&path, &Arc::new(AtomicU64::new(0))).map_err(io())?;
            for line in reader.lines() {
                let line = line.map_err(io())?;
                each(serde_json::from_str(&line).map_err(|e| io()(e.into()))?);
            }
        }
        Ok(())
    }
}

fn create(path: &Path) -> io::Result<BufWriter<File>> {
    Ok(BufWriter::new(File::create(path.with_extension(PART))?))
}

/// Gives a file its name, so that one with that name is complete.
fn finish(writer: BufWriter<File>, path: &Path) -> io::Result<()> {
    writer.into_inner()?.sync_all()?;
    fs::rename(path.with_extension(PART), path)
}

/// A shard that is being written.
#[derive(Debug)]
pub(super) struct Shard {
    items: GzEncoder<BufWriter<File>>,
    facts: GzEncoder<BufWriter<File>>,
    items_path: PathBuf,
    facts_path: PathBuf,
}

impl Shard {
    /// Adds lines.
    pub(super) fn write(&mut self, items: &[u8], facts: &[u8]) -> Result<(), ReadError> {
        let written = self.items.write_all(items);
        written.map_err(ReadError::io("write", &self.items_path))?;
        let written = self.facts.write_all(facts);
        written.map_err(ReadError::io("write", &self.facts_path))
    }

    pub(super) fn finish(self) -> Result<(), ReadError> {
        for (encoder, path) in [(self.items, self.items_path), (self.facts, self.facts_path)] {
            let finished = encoder.finish().and_then(|writer| finish(writer, &path));
            finished.map_err(ReadError::io("write", path))?;
        }
        Ok(())
    }
}
