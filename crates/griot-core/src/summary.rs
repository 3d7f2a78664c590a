//! What a model is, without loading it.

use std::collections::BTreeSet;

use griot_text::{TagScheme, TagSet};

use crate::config::wanted_isa;
use crate::encoder::Architecture;
use crate::info::n_parameters;
use crate::manifest::Manifest;
use crate::{Engine, Error, ModelFiles, Warning};

/// What the files of a model say about it. See [`ModelFiles::summary`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelSummary {
    /// What the model is called.
    pub name: String,
    /// Its family.
    pub architecture: Architecture,
    /// Numbers in the weights.
    pub n_parameters: usize,
    /// The entity types it knows.
    pub labels: Vec<String>,
    /// How its tags are to be read.
    pub scheme: TagScheme,
    /// The languages that its card or `config.json` names, as written there.
    pub languages: Vec<String>,
    /// Its license, as written there.
    pub license: Option<String>,
    /// The types of the numbers in the files, such as `F32`.
    pub dtypes: Vec<String>,
    /// Bytes of the weights.
    pub n_bytes: u64,
    /// The files of the weights.
    pub weights: Vec<String>,
    /// What would compute with it on this processor, unless told otherwise.
    pub engine: Engine,
    /// The set of instructions that the kernels would use.
    pub instructions: String,
    /// Most units in a window, special tokens included, if that is limited.
    pub length_max: Option<u64>,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
}

impl ModelFiles<'_> {
    /// What the files say about the model. Only the headers of the weights are
    /// read.
    ///
    /// # Errors
    ///
    /// What is wrong with `config.json` or with a header.
    pub fn summary(&self) -> Result<ModelSummary, Error> {
        let manifest = Manifest::from_json(&self.config)?;
        let tag_set = TagSet::from_names(&manifest.tags)?;
        let tensors = self.weights.tensors()?;
        let dtypes = tensors.values().map(|tensor| format!("{:?}", tensor.dtype));
        let dtypes: BTreeSet<String> = dtypes.collect();
        let mut warnings = self.warnings.clone();
        warnings.extend(manifest.warnings.iter().cloned());
        let languages = [&*self.card.languages, &manifest.texts("languages")].concat();
        let license = manifest.texts("license").into_iter().next();
        Ok(ModelSummary {
            name: self.name.to_string(),
            architecture: manifest.architecture,
            n_parameters: n_parameters(self)?,
            labels: tag_set.labels().iter().map(ToString::to_string).collect(),
            scheme: tag_set.scheme(),
            languages,
            license: self.card.license.clone().or(license),
            dtypes: dtypes.into_iter().collect(),
            n_bytes: self.weights.n_bytes(),
            weights: self.weights.file_names().map(str::to_owned).collect(),
            // Every family has both engines.
            engine: Engine::Kernels,
            instructions: wanted_isa()?.to_string(),
            length_max: manifest.length_max(),
            warnings,
        })
    }
}
