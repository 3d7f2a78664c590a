//! What the cache has.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Hub, ModelId, Snapshot};
use crate::files;

/// A model in the cache, at one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CachedModel {
    /// The model and where its files are.
    pub snapshot: Snapshot,
    /// Branches and tags that led to this commit when last asked.
    pub revisions: Vec<String>,
    /// Bytes of its files.
    pub n_bytes: u64,
    /// Whether all files are there that loading it needs.
    pub is_complete: bool,
}

/// What is said of a repository in the name of its folder.
const PREFIX: &str = "models--";

impl Hub {
    /// The folder of the repository `repo` in the cache.
    pub(super) fn repo_folder(&self, repo: &str) -> PathBuf {
        let name = format!("{PREFIX}{}", repo.replace('/', "--"));
        self.cache.join(name)
    }

    /// The model in the cache, if all its files are there. No network is used.
    pub fn find_cached(&self, id: &ModelId) -> Option<Snapshot> {
        let repo = self.repo_folder(&id.repo);
        let commit = if id.is_pinned() {
            id.revision.clone()
        } else {
            let commit = fs::read_to_string(repo.join("refs").join(&id.revision)).ok()?;
            // Anything may be in a file; this becomes a part of a path.
            let id = ModelId::new(&id.repo, Some(commit.trim())).ok()?;
            id.is_pinned().then_some(id.revision)?
        };
        let folder = repo.join("snapshots").join(&commit);
        files::is_complete(&folder).then(|| Snapshot {
            repo: id.repo.clone(),
            commit,
            folder,
            warnings: Vec::new(),
        })
    }

    /// The token classifiers of the cache, sorted by name, and the commits of
    /// each. What cannot be read is left out. Nothing is downloaded.
    pub fn cached(&self) -> Vec<CachedModel> {
        let mut models: Vec<CachedModel> = names_in(&self.cache)
            .filter_map(|name| Some(name.strip_prefix(PREFIX)?.replace("--", "/")))
            .flat_map(|repo| self.commits_of(&repo))
            .collect();
        models.sort_by_key(|model| model.snapshot.name());
        models
    }

    fn commits_of(&self, repo: &str) -> Vec<CachedModel> {
        let folder = self.repo_folder(repo);
        let refs = folder.join("refs");
        let commits = names_in(&folder.join("snapshots"));
        let models = commits.filter_map(|commit| {
            let folder = folder.join("snapshots").join(&commit);
            let config = files::read_config(&folder).ok()?;
            files::is_token_classifier(&config).then_some(())?;
            let leads_here = |name: &String| {
                let found = fs::read_to_string(refs.join(name));
                found.is_ok_and(|found| found.trim() == commit)
            };
            Some(CachedModel {
                revisions: names_in(&refs).filter(leads_here).collect(),
                n_bytes: names_in(&folder)
                    .filter_map(|name| fs::metadata(folder.join(name)).ok())
                    .map(|metadata| metadata.len())
                    .sum(),
                is_complete: files::is_complete(&folder),
                snapshot: Snapshot {
                    repo: repo.to_owned(),
                    commit,
                    folder,
                    warnings: Vec::new(),
                },
            })
        });
        models.collect()
    }
}

/// The names in a folder that are text, if there is one.
fn names_in(folder: &Path) -> impl Iterator<Item = String> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}
