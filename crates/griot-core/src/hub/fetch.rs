//! Which files of a model are needed, and getting them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use hf_hub::HFRepositorySync;
use hf_hub::repository::{RepoTreeEntry, RepoTypeModel};

use super::{Hub, HubProblem, ModelId, Snapshot};
use crate::{Error, files};

/// The repository on the hub.
pub(super) type Repo = HFRepositorySync<RepoTypeModel>;

/// A model at a commit, and its files with their sizes.
pub(super) struct Listing {
    pub(super) id: ModelId,
    pub(super) sizes: BTreeMap<String, u64>,
}

impl Hub {
    /// Asks the hub what the revision means now and gets what the cache lacks
    /// of it.
    pub(super) fn fetch(&self, id: &ModelId) -> Result<Snapshot, Error> {
        let client = self.client().map_err(Self::failed(id, ""))?;
        let (owner, name) = hf_hub::split_id(&id.repo);
        let repo = client.model(owner, name);
        let listing = Self::list(&repo, id)?;
        let folder = self.repo_folder(&id.repo);
        let snapshot = folder.join("snapshots").join(&listing.id.revision);
        // Two at once would take each other's links away.
        let _lock = self.lock(&listing.id)?;
        // The weights come last: where they are, the rest is.
        for file in files::wanted_but_weights(|name| listing.sizes.contains_key(name)) {
            self.get(&repo, &listing, file)?;
        }
        let has = |name: &str| listing.sizes.contains_key(name);
        if let Some(found) = files::other_tokenizer(&snapshot, has) {
            return Err(Self::error(id, found, HubProblem::OtherTokenizer, None));
        }
        let Some(weights) = files::wanted_weights(has) else {
            return Err(Self::error(
                id,
                "model.safetensors",
                HubProblem::NoFile,
                None,
            ));
        };
        self.get(&repo, &listing, weights)?;
        for shard in files::shards(&snapshot, weights)? {
            self.get(&repo, &listing, &shard)?;
        }
        Self::remember(&folder, id, &listing.id.revision)?;
        Ok(Snapshot {
            repo: id.repo.clone(),
            commit: listing.id.revision,
            folder: snapshot,
            warnings: Vec::new(),
        })
    }

    /// Waits until nobody else downloads this commit, and keeps others waiting.
    fn lock(&self, id: &ModelId) -> Result<File, Error> {
        let folder = self.cache.join(".locks");
        fs::create_dir_all(&folder).map_err(files::file_error(&folder))?;
        let repo = id.repo.replace('/', "--");
        let path = folder.join(format!("models--{repo}-{}.lock", id.revision));
        let lock = File::create(&path).map_err(files::file_error(&path))?;
        lock.lock().map_err(files::file_error(&path))?;
        Ok(lock)
    }

    /// Which commit a revision is, and what files that has.
    fn list(repo: &Repo, id: &ModelId) -> Result<Listing, Error> {
        let info = repo.info().revision(id.revision.clone()).send();
        let commit = info.map_err(Self::failed(id, ""))?.sha;
        let no_commit = || Self::error(id, "", HubProblem::Other, None);
        let pinned = ModelId::new(&id.repo, Some(&commit.ok_or_else(no_commit)?))?;
        if !pinned.is_pinned() {
            return Err(no_commit());
        }
        let tree = repo.list_tree().revision(pinned.revision.clone()).send();
        let entries = tree.map_err(Self::failed(&pinned, ""))?.into_iter();
        let sizes = entries.filter_map(|entry| match entry {
            RepoTreeEntry::File { path, size, .. } => Some((path, size)),
            RepoTreeEntry::Directory { .. } => None,
        });
        Ok(Listing {
            sizes: sizes.collect(),
            id: pinned,
        })
    }

    /// Makes sure that the cache has `file`.
    fn get(&self, repo: &Repo, listing: &Listing, file: &str) -> Result<(), Error> {
        let id = &listing.id;
        let Some(&size) = listing.sizes.get(file) else {
            return Err(Self::error(id, file, HubProblem::NoFile, None));
        };
        self.get_large(repo, id, file, size)?;
        let path = repo
            .download_file()
            .filename(file)
            .revision(id.revision.clone());
        let path = path.send().map_err(Self::failed(id, file))?;
        let n_bytes = fs::metadata(&path).map_err(files::file_error(&path))?.len();
        if n_bytes != size {
            return Err(Self::error(id, file, HubProblem::Damaged, None));
        }
        Ok(())
    }

    /// Notes which commit a branch or tag is, for when the hub cannot be asked.
    fn remember(folder: &Path, id: &ModelId, commit: &str) -> Result<(), Error> {
        if id.is_pinned() {
            return Ok(());
        }
        let path = folder.join("refs").join(&id.revision);
        let parent = path.parent().unwrap_or(folder);
        // Others may read it now: it is never half written.
        let new = parent.join(format!(".{}-{commit}", std::process::id()));
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&new, commit))
            .and_then(|()| fs::rename(&new, &path))
            .map_err(files::file_error(&path))
    }
}
