//! Models of the Hugging Face Hub by their names, through the crate `hf-hub`.
//!
//! The cache is the one that Python uses, with its layout: what one downloaded,
//! the other finds. What `hf-hub` leaves to do is here: offline mode, the
//! choice of files, and downloads of large files that go on after a cut and
//! that two processes do not do twice.

mod cache;
mod fetch;
mod transfer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use hf_hub::{HFClient, HFClientSync, HFError};

pub use self::cache::CachedModel;
use crate::info::Warning;
use crate::{Error, ModelFiles};

/// The name of a model on the hub, and which version: `org/name` or
/// `org/name@revision`, where the revision is a branch, a tag or a commit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelId {
    repo: String,
    revision: String,
}

impl ModelId {
    /// The model `repo` (`org/name`) at `revision`, by default `main`.
    ///
    /// # Errors
    ///
    /// [`Error::ModelId`] when one is not a name on the hub.
    pub fn new(repo: &str, revision: Option<&str>) -> Result<Self, Error> {
        let revision = revision.unwrap_or("main");
        let is_name = |name: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !name.is_empty() && name.len() <= 96 && !name.starts_with('.') && name.chars().all(fits)
        };
        // Both become parts of paths in the cache.
        let is_repo = repo.split('/').count() <= 2 && repo.split('/').all(is_name);
        if !is_repo || !revision.split('/').all(is_name) {
            return Err(Error::ModelId {
                id: format!("{repo}@{revision}"),
            });
        }
        Ok(Self {
            repo: repo.to_owned(),
            revision: revision.to_owned(),
        })
    }

    /// `org/name`.
    pub fn repo(&self) -> &str {
        &self.repo
    }

    /// Branch, tag or commit.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Whether the revision is a commit, which never changes.
    fn is_pinned(&self) -> bool {
        self.revision.len() == 40 && self.revision.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

impl FromStr for ModelId {
    type Err = Error;

    fn from_str(id: &str) -> Result<Self, Error> {
        match id.split_once('@') {
            Some((repo, revision)) => Self::new(repo, Some(revision)),
            None => Self::new(id, None),
        }
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.repo, self.revision)
    }
}

/// A model in the cache: a folder with the files of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// `org/name`.
    pub repo: String,
    /// The commit, 40 hexadecimal digits.
    pub commit: String,
    /// The folder with its files.
    pub folder: PathBuf,
    warnings: Vec<Warning>,
}

impl Snapshot {
    /// `org/name@commit`, under which this very model can be had again.
    pub fn name(&self) -> String {
        format!("{}@{}", self.repo, self.commit)
    }

    /// What is odd about how it was had.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The files of the model, called [`name`](Self::name).
    ///
    /// # Errors
    ///
    /// As [`ModelFiles::read`].
    pub fn files(&self) -> Result<ModelFiles<'static>, Error> {
        let mut files = ModelFiles::read(&self.folder)?.with_name(self.name());
        files.warnings.extend(self.warnings.iter().cloned());
        Ok(files)
    }
}

/// How far a download is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Download<'a> {
    /// The file.
    pub file: &'a str,
    /// Bytes that are there.
    pub n_done: u64,
    /// Bytes it has.
    pub n_all: u64,
}

/// Whether the network may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reach {
    /// The hub is asked.
    Online,
    /// Only the cache is read.
    Offline,
}

type OnProgress = Arc<dyn Fn(Download<'_>) + Send + Sync>;

/// The hub, and the cache of what was downloaded from it.
///
/// [`from_env`](Self::from_env) follows the variables that Python follows:
///
/// | variable | meaning |
/// |---|---|
/// | `HF_HOME`, `HF_HUB_CACHE` | where the cache is |
/// | `HF_HUB_OFFLINE` | `1`: use the cache alone |
/// | `HF_ENDPOINT` | another server than `https://huggingface.co` |
/// | `HF_TOKEN`, `HF_TOKEN_PATH` | the token for gated and private models; else that of `hf auth login` |
/// | `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` | proxies |
/// | `SSL_CERT_FILE`, `SSL_CERT_DIR` | other certificates than those of the system |
#[derive(Clone)]
pub struct Hub {
    cache: PathBuf,
    endpoint: Option<String>,
    token: Option<String>,
    reach: Reach,
    on_progress: Option<OnProgress>,
    client: OnceLock<HFClientSync>,
}

impl Hub {
    /// The hub that the environment names. Nothing is opened yet.
    pub fn from_env() -> Self {
        let offline = std::env::var("HF_HUB_OFFLINE").unwrap_or_default();
        let is_offline =
            ["1", "on", "yes", "true"].contains(&offline.to_ascii_lowercase().as_str());
        Self {
            cache: hf_hub::resolve_cache_dir(),
            endpoint: None,
            token: None,
            reach: if is_offline {
                Reach::Offline
            } else {
                Reach::Online
            },
            on_progress: None,
            client: OnceLock::new(),
        }
    }

    /// Keeps downloads in the folder `cache`.
    #[must_use]
    pub fn with_cache(mut self, cache: impl Into<PathBuf>) -> Self {
        self.cache = cache.into();
        self.client = OnceLock::new();
        self
    }

    /// Asks the server at this URL.
    #[must_use]
    pub fn with_endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self.client = OnceLock::new();
        self
    }

    /// Shows this token to the server.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self.client = OnceLock::new();
        self
    }

    /// Sets whether the network may be used.
    #[must_use]
    pub fn with_reach(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }

    /// Calls `on_progress` while a large file is downloaded, from another
    /// thread.
    #[must_use]
    pub fn with_progress(
        mut self,
        on_progress: impl Fn(Download<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.on_progress = Some(Arc::new(on_progress));
        self
    }

    /// Where downloads are kept.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// Makes sure that the cache has the model, and tells where.
    ///
    /// A model at a commit that is complete in the cache needs no network. When
    /// the hub does not answer, the commit that the cache last knew for the
    /// revision is used, which is a [`Warning`]. A download that was cut goes on
    /// where it ended, and one that another process does is waited for.
    ///
    /// # Errors
    ///
    /// [`Error::Hub`], [`Error::File`] for the cache.
    pub fn pull(&self, id: &ModelId) -> Result<Snapshot, Error> {
        let cached = self.find_cached(id);
        match (self.reach, cached) {
            (Reach::Offline, Some(cached)) => Ok(cached),
            (Reach::Offline, None) => Err(Self::error(id, "", HubProblem::Offline, None)),
            (Reach::Online, Some(cached)) if id.is_pinned() => Ok(cached),
            (Reach::Online, cached) => match (self.fetch(id), cached) {
                (
                    Err(Error::Hub {
                        problem: HubProblem::Unreachable,
                        source,
                        ..
                    }),
                    Some(mut cached),
                ) => {
                    cached.warnings.push(Warning::HubNotAsked {
                        reason: source.map_or_else(String::new, |source| source.to_string()),
                        commit: cached.commit.clone(),
                    });
                    Ok(cached)
                }
                (fetched, _) => fetched,
            },
        }
    }

    /// The client, made when it is first needed.
    fn client(&self) -> Result<&HFClientSync, HFError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let mut builder = HFClient::builder()
            .cache_dir(&self.cache)
            .user_agent(concat!("griot/", env!("CARGO_PKG_VERSION")));
        if let Some(endpoint) = &self.endpoint {
            builder = builder.endpoint(endpoint);
        }
        if let Some(token) = &self.token {
            builder = builder.token(token);
        }
        let client = builder.build_sync()?;
        Ok(self.client.get_or_init(|| client))
    }

    fn error(id: &ModelId, file: &str, problem: HubProblem, source: Option<HFError>) -> Error {
        let (repo, revision) = (&id.repo, &id.revision);
        let path = if file.is_empty() {
            format!("/api/models/{repo}/revision/{revision}")
        } else {
            format!("/{repo}/resolve/{revision}/{file}")
        };
        Error::Hub {
            id: id.to_string(),
            file: file.to_owned(),
            path,
            problem,
            source: source.map(|source| Arc::new(source) as Arc<_>),
        }
    }

    /// Puts an error of `hf-hub` into our own, with what can be done about it.
    fn failed<'a>(id: &'a ModelId, file: &'a str) -> impl Fn(HFError) -> Error + 'a {
        move |error| {
            let problem = HubProblem::of(&error);
            Self::error(id, file, problem, Some(error))
        }
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub")
            .field("cache", &self.cache)
            .field("endpoint", &self.endpoint)
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}

/// Why a model could not be had from the hub. Its text says what to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HubProblem {
    /// The server wants a token, or another.
    Unauthorized,
    /// The token is not allowed to read the model.
    Forbidden,
    /// There is no such model, or none to be seen without a token.
    NoModel,
    /// The model has no such branch, tag or commit.
    NoRevision,
    /// The model has no such file.
    NoFile,
    /// The tokenizer is in a form that only Python reads.
    OtherTokenizer,
    /// The network must not be used and the cache does not have the model.
    Offline,
    /// The server does not answer, or the connection was cut.
    Unreachable,
    /// What came is not what the server has.
    Damaged,
    /// Something else.
    Other,
}

impl HubProblem {
    fn of(error: &HFError) -> Self {
        // What the hub says is more exact than the status: without a token, a
        // model that is not there is "unauthorized".
        let context = match error {
            HFError::AuthRequired { context } | HFError::Forbidden { context } => Some(context),
            HFError::RepoNotFound { context, .. }
            | HFError::RevisionNotFound { context, .. }
            | HFError::EntryNotFound { context, .. } => context.as_ref(),
            _ => None,
        };
        match context.and_then(|context| context.error_code.as_deref()) {
            Some("RepoNotFound") => return Self::NoModel,
            Some("RevisionNotFound") => return Self::NoRevision,
            Some("EntryNotFound") => return Self::NoFile,
            _ => {}
        }
        match error {
            HFError::AuthRequired { .. } => Self::Unauthorized,
            HFError::Forbidden { .. } => Self::Forbidden,
            HFError::RepoNotFound { .. } => Self::NoModel,
            HFError::RevisionNotFound { .. } => Self::NoRevision,
            HFError::EntryNotFound { .. } => Self::NoFile,
            HFError::Request { .. } => Self::Unreachable,
            HFError::Http { context } if context.status.is_server_error() => Self::Unreachable,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for HubProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unauthorized => {
                "the server asks for a token: check the spelling; for a gated or private model \
                 accept its terms on its page, then set HF_TOKEN or run `hf auth login`"
            }
            Self::Forbidden => {
                "the token may not read it: accept the terms on the page of the model, or use \
                 another token"
            }
            Self::NoModel => {
                "no such model: check the spelling of org/name; a private model needs HF_TOKEN"
            }
            Self::NoRevision => "no such revision: check what follows the @",
            Self::NoFile => "the model has no such file, so it is in a form that cannot be read",
            Self::OtherTokenizer => {
                "the model has no tokenizer.json; make a folder that has one with Python and load \
                 that: python -c \"from transformers import AutoModelForTokenClassification as M, \
                 AutoTokenizer as T; [x.from_pretrained('ID').save_pretrained('DIR') for x in (M, T)]\""
            }
            Self::Offline => {
                "HF_HUB_OFFLINE is set and the cache does not have all its files: unset it and run \
                 `griot models pull`"
            }
            Self::Unreachable => {
                "the server cannot be reached or broke off: check the network, HF_ENDPOINT and \
                 HTTPS_PROXY, and try again; what was downloaded is kept"
            }
            Self::Damaged => "what came is not what the server promised: try again",
            Self::Other => "the hub did not give it",
        })
    }
}
