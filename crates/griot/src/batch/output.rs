//! Results in files that are complete once they have their name.

use std::fs;
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use griot_text::{Document, Mention};
use serde::Serialize;

use super::journal::{self, crc_of_item, with_suffix};
use super::tracked::{Tracked, cannot_write};
use super::{BatchError, Done, Failure, Journal, Settings, State, Summary, Written, known};

/// Time between two commits, at least.
const COMMIT_INTERVAL: Duration = Duration::from_millis(100);

/// A commit waits for the disk; what it takes is this often the time until the next.
const COMMIT_SHARE: u32 = 20;

/// Where the results of a batch go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// One file.
    File(PathBuf),
    /// Files `part-00000`, `part-00001` and so on.
    Shards {
        /// The folder, which is made if it is not there.
        folder: PathBuf,
        /// Extension of the files, without a dot.
        extension: String,
        /// Documents in each but the last.
        documents: NonZeroU64,
    },
}

/// What happens to results of an earlier run that did not end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Leftovers {
    /// They are an error.
    #[default]
    Refuse,
    /// They are removed.
    Remove,
    /// They are gone on with, if there are any.
    Continue,
}

/// Results in one file or several, each of which has its name only once it is
/// complete, with a journal of what is safely written.
///
/// A run that was killed at any moment goes on with [`Leftovers::Continue`]: what was
/// written after the last [`commit`](Self::commit) is cut off and done again.
///
/// It writes besides the results, under names that end in `.partial`, `.journal` and
/// `.mentions`; all are gone when the batch is complete, but for the journal of a folder
/// of shards.
#[derive(Debug)]
pub struct ResumableOutput {
    layout: Layout,
    journal: Journal,
    state: State,
    file: Option<Tracked>,
    errors: Option<Tracked>,
    mentions: Option<Tracked>,
    /// When the last commit was, and what it took.
    committed: (Instant, Duration),
}

impl ResumableOutput {
    /// Opens the place of the results. `settings` must be those of an earlier run that
    /// is gone on with. Failures are written to `errors` as JSON Lines.
    ///
    /// # Errors
    ///
    /// Any [`BatchError`] but [`InputChanged`](BatchError::InputChanged).
    pub fn open(
        layout: Layout,
        errors: Option<&Path>,
        settings: Settings,
        leftovers: Leftovers,
    ) -> Result<Self, BatchError> {
        if let Layout::Shards { folder, .. } = &layout {
            fs::create_dir_all(folder).map_err(|source| cannot_write(folder, source))?;
        }
        let journal = Journal::at(layout.beside("journal"));
        let old = match leftovers {
            Leftovers::Remove => None,
            Leftovers::Refuse | Leftovers::Continue => journal.load()?,
        };
        let state = match (old, leftovers) {
            (Some(state), Leftovers::Refuse) if state.complete => {
                layout.clear(leftovers)?;
                State::new(settings)
            }
            // Without a commit there is nothing to keep, and what is there is that run's.
            (Some(state), _) if state.summary.items() == 0 && !state.complete => {
                layout.clear(Leftovers::Remove)?;
                State::new(settings)
            }
            (Some(state), Leftovers::Continue) => {
                state.check(&settings)?;
                state
            }
            (Some(state), _) => {
                return Err(BatchError::Unfinished {
                    path: journal.path().to_owned(),
                    documents: state.summary.documents,
                });
            }
            (None, _) => {
                layout.clear(leftovers)?;
                State::new(settings)
            }
        };
        let mut output = Self {
            file: None,
            errors: errors
                .map(|path| Tracked::open(path.to_owned(), state.errors))
                .transpose()?,
            mentions: None,
            layout,
            journal,
            state,
            committed: (Instant::now(), Duration::ZERO),
        };
        if output.state.complete {
            // Killed between the last journal and the end.
            journal::remove(&output.layout.beside("mentions"))?;
            return Ok(output);
        }
        output.open_file()?;
        if output.state.summary.items() == 0 {
            output.journal.save(&output.state)?;
        }
        Ok(output)
    }

    /// The same, with the mentions kept from which links can be made again: needed
    /// where a [`Resolver`](crate::Resolver) gives identifiers.
    ///
    /// # Errors
    ///
    /// Any [`BatchError`] but [`InputChanged`](BatchError::InputChanged).
    pub fn with_mentions(mut self) -> Result<Self, BatchError> {
        let path = self.layout.beside("mentions");
        if self.state.complete {
            return Ok(self);
        }
        self.mentions = Some(Tracked::open(path, self.state.mentions)?);
        Ok(self)
    }

    /// Whether an earlier run did everything; then nothing must be written.
    pub const fn is_complete(&self) -> bool {
        self.state.complete
    }

    /// What was counted, in this run and those before.
    pub const fn summary(&self) -> &Summary {
        &self.state.summary
    }

    /// Passes over the items that are done, and checks that they are the same as then.
    /// With [`with_mentions`](Self::with_mentions), `again` takes each document that
    /// did not fail and its mentions. Cost: reading them.
    ///
    /// # Errors
    ///
    /// [`BatchError::InputChanged`], or [`BatchError::Read`].
    pub fn skip_done(
        &self,
        items: &mut impl Iterator<Item = Result<Document, Failure>>,
        mut again: impl FnMut(Document, Vec<Mention>),
    ) -> Result<(), BatchError> {
        let n_items = self.state.summary.items();
        let changed = || BatchError::InputChanged { items: n_items };
        let mut known = self.mentions.as_ref().map(Tracked::reader).transpose()?;
        let mut seen = State::default();
        for _ in 0..n_items {
            let item = items.next().ok_or_else(changed)?;
            seen.add_input(crc_of_item(item.as_ref()));
            let Some((path, reader)) = &mut known else {
                continue;
            };
            let mentions = known::read(reader).map_err(|source| BatchError::Read {
                path: path.clone(),
                source,
            })?;
            if let (Ok(document), Some(mentions)) = (item, mentions) {
                let is_in = |mention: &Mention| mention.span.slice(document.text()).is_some();
                if !mentions.iter().all(is_in) {
                    return Err(changed());
                }
                again(document, mentions);
            }
        }
        if seen.input == self.state.input {
            Ok(())
        } else {
            Err(changed())
        }
    }

    /// Counts a document whose result was written, or that failed; begins a new shard
    /// if this one is full. Nothing is safe before a [`commit`](Self::commit).
    ///
    /// # Errors
    ///
    /// [`BatchError::Write`].
    pub fn end_document(&mut self, done: &Done) -> Result<(), BatchError> {
        self.state.summary.add(done);
        self.state.add_input(done.input);
        if let Some(mentions) = &mut self.mentions {
            let found = done.result.as_ref().ok().map(|one| one.mentions.as_slice());
            let written = known::write(&mut mentions.file, found);
            written.map_err(|source| cannot_write(&mentions.path, source))?;
        }
        match &done.result {
            Ok(_) => self.count_in_shard(),
            Err(failure) => self.write_failure(failure),
        }
    }

    fn count_in_shard(&mut self) -> Result<(), BatchError> {
        self.state.shard_documents += 1;
        match self.layout {
            Layout::Shards { documents, .. } if self.state.shard_documents >= documents.get() => {
                self.close_file()?;
                self.state.shard += 1;
                self.state.shard_documents = 0;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn write_failure(&mut self, failure: &Failure) -> Result<(), BatchError> {
        let Some(errors) = &mut self.errors else {
            return Ok(());
        };
        let written = write_failure(&mut errors.file, failure);
        written.map_err(|source| cannot_write(&errors.path, source))
    }

    /// Makes all that was written safe, unless that was done a moment ago: it takes a
    /// twentieth of the time at most. To be
    /// called between two chunks of [`run`](super::run): then a run that goes on forms
    /// the same chunks, and its results are the same to the last bit.
    ///
    /// # Errors
    ///
    /// [`BatchError::Write`].
    pub fn commit(&mut self) -> Result<(), BatchError> {
        let (last, cost) = self.committed;
        if last.elapsed() < COMMIT_INTERVAL.max(COMMIT_SHARE * cost) {
            return Ok(());
        }
        self.commit_now()
    }

    /// Makes all that was written safe.
    ///
    /// # Errors
    ///
    /// [`BatchError::Write`].
    pub fn commit_now(&mut self) -> Result<(), BatchError> {
        let begin = Instant::now();
        self.state.output = written(self.file.as_mut())?;
        self.state.errors = written(self.errors.as_mut())?;
        self.state.mentions = written(self.mentions.as_mut())?;
        self.journal.save(&self.state)?;
        self.committed = (Instant::now(), begin.elapsed());
        Ok(())
    }

    /// Gives the last file its name and removes what was needed to go on. A folder of
    /// shards keeps its journal, which says that it is complete.
    ///
    /// # Errors
    ///
    /// [`BatchError::Write`].
    pub fn finish(mut self) -> Result<Summary, BatchError> {
        if self.state.complete {
            return Ok(self.state.summary);
        }
        self.state.errors = written(self.errors.as_mut())?;
        self.state.output = written(self.file.as_mut())?;
        self.state.mentions = Written::default();
        if matches!(self.layout, Layout::File(_)) || self.state.shard_documents > 0 {
            self.close_file()?;
        }
        match self.layout {
            Layout::File(_) => self.journal.remove()?,
            Layout::Shards { .. } => {
                self.state.complete = true;
                self.journal.save(&self.state)?;
            }
        }
        if let Some(mentions) = self.mentions.take() {
            journal::remove(&mentions.path)?;
        }
        Ok(self.state.summary)
    }

    /// Whether the next document is the first of its file, which may need a header.
    pub fn is_at_start(&self) -> bool {
        self.file
            .as_ref()
            .is_none_or(|file| file.file.get_ref().bytes == 0)
    }

    /// Opens the file of the results: at once if there is but one, or if it is begun.
    fn open_file(&mut self) -> Result<(), BatchError> {
        let is_begun = self.state.shard_documents > 0;
        if matches!(self.layout, Layout::File(_)) || is_begun {
            let path = self.layout.partial(self.state.shard);
            // Killed between the name and the next commit.
            let complete = self.layout.complete(self.state.shard);
            if is_begun && !path.exists() && complete.exists() {
                fs::rename(&complete, &path).map_err(|source| cannot_write(&path, source))?;
            }
            self.file = Some(Tracked::open(path, self.state.output)?);
        }
        Ok(())
    }

    fn close_file(&mut self) -> Result<(), BatchError> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        file.written()?;
        let complete = self.layout.complete(self.state.shard);
        fs::rename(&file.path, &complete).map_err(|source| cannot_write(&complete, source))
    }
}

impl Write for ResumableOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let path = self.layout.partial(self.state.shard);
                let new = Tracked::open(path, Written::default()).map_err(io::Error::other)?;
                none.insert(new)
            }
        };
        file.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.file.flush())
    }
}

impl Layout {
    /// A file of the batch's own.
    fn beside(&self, what: &str) -> PathBuf {
        match self {
            Self::File(path) => with_suffix(path, &format!(".{what}")),
            Self::Shards { folder, .. } => folder.join(format!(".griot.{what}")),
        }
    }

    fn complete(&self, shard: u32) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Shards {
                folder, extension, ..
            } => folder.join(format!("part-{shard:05}.{extension}")),
        }
    }

    fn partial(&self, shard: u32) -> PathBuf {
        with_suffix(&self.complete(shard), ".partial")
    }

    /// Removes what an earlier run left, or finds that it must not.
    fn clear(&self, leftovers: Leftovers) -> Result<(), BatchError> {
        if let Self::Shards { folder, .. } = self {
            Self::clear_folder(folder, leftovers)?;
        }
        journal::remove(&self.beside("journal"))?;
        journal::remove(&self.beside("mentions"))
    }

    fn clear_folder(folder: &Path, leftovers: Leftovers) -> Result<(), BatchError> {
        let cannot_read = |source| BatchError::Read {
            path: folder.to_owned(),
            source,
        };
        for entry in fs::read_dir(folder).map_err(cannot_read)? {
            let entry = entry.map_err(cannot_read)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with("part-") {
                continue;
            }
            if leftovers != Leftovers::Remove && !name.ends_with(".partial") {
                return Err(BatchError::NotEmpty {
                    path: folder.to_owned(),
                    example: name,
                });
            }
            journal::remove(&entry.path())?;
        }
        Ok(())
    }
}

/// Writes a failure as a line of JSON: `id`, `path`, `line` and `reason`, the first and
/// the third null where they are not known.
///
/// # Errors
///
/// What writing gives.
pub fn write_failure(mut out: impl Write, failure: &Failure) -> io::Result<()> {
    #[derive(Serialize)]
    struct Record<'a> {
        id: Option<&'a str>,
        path: &'a str,
        line: Option<u64>,
        reason: String,
    }
    let record = Record {
        id: failure.id.as_deref(),
        path: &failure.path,
        line: failure.line,
        reason: failure.reason(),
    };
    serde_json::to_writer(&mut out, &record)?;
    out.write_all(b"\n")
}

fn written(file: Option<&mut Tracked>) -> Result<Written, BatchError> {
    file.map_or_else(|| Ok(Written::default()), Tracked::written)
}
