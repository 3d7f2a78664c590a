//! Large files, piece by piece.
//!
//! `hf-hub` 1.0 begins a file that was cut from its start, and gives up after
//! ten seconds when another process has its lock. A large file is therefore put
//! into the cache first, where `hf-hub` finds it under the hash of its content.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use hf_hub::HFError;
use hf_hub::progress::{DownloadEvent, Progress, ProgressEvent, ProgressHandler};
use sha2::{Digest, Sha256};

use super::fetch::Repo;
use super::{Download, Hub, HubProblem, ModelId, OnProgress};
use crate::verify::hex;
use crate::{Error, files};

/// Bytes that are asked for at once, and the most that a cut costs.
const PIECE_BYTES: u64 = 16 << 20;

/// How often a piece is asked for that does not come.
const TRIES: u32 = 4;

impl Hub {
    /// Puts `file` of `size` bytes into the cache, as far as that is not yet
    /// done, if it is of more than one piece.
    ///
    /// It is locked meanwhile: another process waits, and then finds it there.
    pub(super) fn get_large(
        &self,
        repo: &Repo,
        id: &ModelId,
        file: &str,
        size: u64,
    ) -> Result<(), Error> {
        let folder = self.repo_folder(&id.repo);
        let snapshot = folder.join("snapshots").join(&id.revision).join(file);
        if size <= PIECE_BYTES || snapshot.exists() {
            return Ok(());
        }
        let blobs = folder.join("blobs");
        let part = blobs.join(format!("{}-{file}.griot.incomplete", id.revision));
        let locks = self
            .cache
            .join(".locks")
            .join(folder.file_name().unwrap_or_default());
        let lock = locks.join(format!("{}-{file}.lock", id.revision));
        let no_write = files::file_error(&part);
        fs::create_dir_all(&blobs).map_err(&no_write)?;
        fs::create_dir_all(&locks).map_err(files::file_error(&locks))?;
        let lock = File::create(&lock).map_err(files::file_error(&lock))?;
        lock.lock().map_err(files::file_error(&part))?;
        if snapshot.exists() {
            return Ok(());
        }
        let hash = self.fill(repo, id, file, &part, size)?;
        let blob = blobs.join(&hash);
        fs::rename(&part, &blob).map_err(&no_write)?;
        // `hf-hub` asks the server for the hash of the file, finds it under that
        // and names it in the snapshot. If it is another, the file is not right.
        let request = repo.download_file().filename(file);
        let path = request.revision(id.revision.clone()).send();
        let path = path.map_err(Self::failed(id, file))?;
        let target = fs::read_link(&path).unwrap_or_default();
        if target.file_name().is_some_and(|name| name != hash.as_str()) {
            for wrong in [
                &path,
                &blobs.join(target.file_name().unwrap_or_default()),
                &blob,
            ] {
                fs::remove_file(wrong).map_err(files::file_error(wrong))?;
            }
            return Err(Self::error(id, file, HubProblem::Damaged, None));
        }
        Ok(())
    }

    /// Gets what `part` lacks of `file` and gives the hash of the whole.
    fn fill(
        &self,
        repo: &Repo,
        id: &ModelId,
        file: &str,
        part: &Path,
        size: u64,
    ) -> Result<String, Error> {
        let no_write = files::file_error(part);
        let mut options = OpenOptions::new();
        let open = options.read(true).write(true).create(true).truncate(false);
        let mut out = open.open(part).map_err(&no_write)?;
        let mut hash = Sha256::new();
        let mut n_done = hash_all(&mut out, &mut hash).map_err(&no_write)?;
        if n_done > size {
            // Something else than a part of this file.
            out.set_len(0).map_err(&no_write)?;
            (n_done, hash) = (0, Sha256::new());
        }
        out.seek(SeekFrom::Start(n_done)).map_err(&no_write)?;
        while n_done < size {
            let end = size.min(n_done + PIECE_BYTES);
            let piece = self.piece(repo, id, file, n_done..end, size)?;
            out.write_all(&piece).map_err(&no_write)?;
            hash.update(&piece);
            n_done = end;
        }
        out.sync_all().map_err(&no_write)?;
        Ok(hex(&hash.finalize()))
    }

    /// The bytes `range` of `file`, asked for again when they do not come.
    fn piece(
        &self,
        repo: &Repo,
        id: &ModelId,
        file: &str,
        range: std::ops::Range<u64>,
        size: u64,
    ) -> Result<Vec<u8>, Error> {
        let length = (range.end - range.start) as usize;
        let mut tries = 1;
        loop {
            let request = repo
                .download_file_to_bytes()
                .filename(file)
                .revision(id.revision.clone())
                .range(range.clone())
                .maybe_progress(self.progress(file, range.start, size));
            match request.send() {
                Ok(bytes) if bytes.len() == length => return Ok(bytes.into()),
                Ok(_) => return Err(Self::error(id, file, HubProblem::Damaged, None)),
                Err(error) if tries == TRIES || !is_cut(&error) => {
                    return Err(Self::failed(id, file)(error));
                }
                Err(_) => {
                    thread::sleep(Duration::from_millis(200 << tries));
                    tries += 1;
                }
            }
        }
    }

    /// Tells how far `file` is, the bytes before `start` included.
    fn progress(&self, file: &str, start: u64, size: u64) -> Option<Progress> {
        let on_progress = self.on_progress.clone()?;
        let file = file.to_owned();
        Some(Progress::new(Report {
            on_progress,
            file,
            start,
            size,
        }))
    }
}

struct Report {
    on_progress: OnProgress,
    file: String,
    start: u64,
    size: u64,
}

impl ProgressHandler for Report {
    fn on_progress(&self, event: &ProgressEvent) {
        let ProgressEvent::Download(DownloadEvent::Progress { files }) = event else {
            return;
        };
        for progress in files {
            (self.on_progress)(Download {
                file: &self.file,
                n_done: self.start + progress.bytes_completed,
                n_all: self.size,
            });
        }
    }
}

/// Whether it may be worth to ask again.
fn is_cut(error: &HFError) -> bool {
    HubProblem::of(error) == HubProblem::Unreachable
}

/// Hashes what `file` has and gives its length.
fn hash_all(file: &mut File, hash: &mut Sha256) -> io::Result<u64> {
    let mut buffer = vec![0; 1 << 16];
    let mut n_all = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(n_all),
            n_read => {
                hash.update(&buffer[..n_read]);
                n_all += n_read as u64;
            }
        }
    }
}
