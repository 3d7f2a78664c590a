//! What a loaded model is.

use safetensors::SafeTensors;

use crate::device::OpenDevice;
use crate::encoder::Architecture;
use crate::{Device, Error, ModelFiles, Precision, RecognizerConfig};

/// What a [`Recognizer`](crate::Recognizer) loaded, and where it computes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// Name of the model: that of its folder, or the one it was given.
    pub name: String,
    /// Family of the model.
    pub architecture: Architecture,
    /// Numbers in the weights file.
    pub n_parameters: usize,
    /// What it computes with.
    pub precision: Precision,
    /// Where it computes; never [`Device::Auto`].
    pub device: Device,
    /// Why [`Device::Auto`] took the CPU, if it did.
    pub device_note: Option<String>,
    /// Most units (sub-words or words) in a window.
    pub window: usize,
}

impl ModelInfo {
    pub(crate) fn new(
        files: &ModelFiles<'_>,
        architecture: Architecture,
        device: &OpenDevice,
        config: &RecognizerConfig,
        window: usize,
    ) -> Result<Self, Error> {
        let weights = SafeTensors::deserialize(&files.weights)?;
        let sizes = weights
            .iter()
            .map(|(_, tensor)| tensor.shape().iter().product::<usize>());
        Ok(Self {
            name: files.name.to_string(),
            architecture,
            n_parameters: sizes.sum(),
            precision: config.precision,
            device: device.device,
            device_note: device.note.clone(),
            window,
        })
    }
}
