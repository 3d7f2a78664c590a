//! Where a model comes from.

use std::fmt;
#[cfg(feature = "hub")]
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use griot::ModelFiles;
#[cfg(feature = "hub")]
use griot::hub::{Hub, ModelId, Snapshot};

use crate::talk::Talk;

/// Which model to load.
#[derive(Debug)]
pub(crate) enum Model {
    #[cfg(feature = "embedded-model")]
    Embedded,
    Folder(PathBuf),
    #[cfg(feature = "hub")]
    Hub(ModelId),
}

impl Model {
    /// What the user typed after `--model`, or nothing: a folder that is there,
    /// else a name on the hub, else a folder to complain about.
    #[cfg_attr(
        feature = "embedded-model",
        expect(clippy::unnecessary_wraps, reason = "fails in a build without a model")
    )]
    pub(crate) fn new(typed: Option<PathBuf>) -> anyhow::Result<Self> {
        let Some(path) = typed else {
            #[cfg(feature = "embedded-model")]
            return Ok(Self::Embedded);
            #[cfg(not(feature = "embedded-model"))]
            anyhow::bail!("this build has no model of its own: name one");
        };
        #[cfg(feature = "hub")]
        if !path.exists()
            && let Some(id) = hub_name(&path)
        {
            return Ok(Self::Hub(id));
        }
        Ok(Self::Folder(path))
    }

    /// Finds the files, downloading them if need be.
    pub(crate) fn files(&self, talk: Talk) -> anyhow::Result<ModelFiles<'static>> {
        #[cfg(not(feature = "hub"))]
        let _ = talk;
        let files = match self {
            #[cfg(feature = "embedded-model")]
            Self::Embedded => Ok(ModelFiles::embedded()),
            Self::Folder(folder) => ModelFiles::read(folder),
            #[cfg(feature = "hub")]
            Self::Hub(id) => pull(id, talk).and_then(|snapshot| snapshot.files()),
        };
        files.with_context(|| self.complaint())
    }

    /// What to say before the reason why it cannot be loaded.
    pub(crate) fn complaint(&self) -> String {
        let hint = match self {
            Self::Folder(folder) if !folder.exists() => ", which is not there",
            _ => "",
        };
        format!("cannot load the model {self}{hint}")
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "embedded-model")]
            Self::Embedded => f.write_str("in this program"),
            Self::Folder(folder) => write!(f, "in {}", folder.display()),
            #[cfg(feature = "hub")]
            Self::Hub(id) => write!(f, "{id}"),
        }
    }
}

/// The name on the hub that a path looks like, if it looks like one: of two
/// parts, neither of them `.` or `..`.
#[cfg(feature = "hub")]
fn hub_name(path: &Path) -> Option<ModelId> {
    let typed = path.to_str()?;
    let repo = typed.split('@').next()?;
    let id: ModelId = typed.parse().ok()?;
    (repo.matches('/').count() == 1).then_some(id)
}

/// Gets a model from the hub and shows how far it is.
#[cfg(feature = "hub")]
pub(crate) fn pull(id: &ModelId, talk: Talk) -> Result<Snapshot, griot::ModelError> {
    let bar = talk.download_bar();
    let shown = bar.clone();
    let hub = Hub::from_env().with_progress(move |download| {
        shown.set_length(download.n_all);
        shown.set_position(download.n_done);
        shown.set_message(download.file.to_owned());
    });
    let snapshot = hub.pull(id);
    bar.finish_and_clear();
    snapshot
}
