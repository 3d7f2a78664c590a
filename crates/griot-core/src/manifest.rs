//! What `config.json` says about any model, whatever its family.

use std::collections::HashMap;

use griot_text::{Calibration, LabelSet};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;
use crate::encoder::Architecture;

/// `config.json`, read as far as all families agree.
pub(crate) struct Manifest {
    pub(crate) architecture: Architecture,
    /// Name of each column of the scores.
    pub(crate) tags: Vec<String>,
    json: Value,
}

#[derive(Deserialize)]
struct CommonConfig {
    model_type: String,
    id2label: serde_json::Map<String, Value>,
}

impl Manifest {
    /// Reads `config.json`.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigSyntax`], [`Error::ConfigValue`] for `id2label`,
    /// [`Error::UnsupportedModel`].
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, Error> {
        let json: Value = serde_json::from_slice(json)?;
        let common = CommonConfig::deserialize(&json)?;
        Ok(Self {
            architecture: Architecture::from_model_type(&common.model_type)?,
            tags: tag_names(&common.id2label)?,
            json,
        })
    }

    /// `calibration`, a (slope, offset) for each of some labels, if the model has it.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigSyntax`].
    pub(crate) fn calibration(&self, labels: &LabelSet) -> Result<Option<Calibration>, Error> {
        #[derive(Deserialize)]
        struct Curves {
            calibration: Option<HashMap<String, (f32, f32)>>,
        }
        let curves = self.family_config::<Curves>()?.calibration;
        let of_labels = |curves: HashMap<String, (f32, f32)>| {
            Calibration::new(labels, |label| curves.get(label.as_str()).copied())
        };
        Ok(curves.map(of_labels))
    }

    /// The fields that only the family knows.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigSyntax`].
    pub(crate) fn family_config<C: DeserializeOwned>(&self) -> Result<C, Error> {
        Ok(C::deserialize(&self.json)?)
    }
}

/// `{"0": "O", "1": "B-PER"}` as a list. The keys must be 0, 1, and so on.
fn tag_names(id2label: &serde_json::Map<String, Value>) -> Result<Vec<String>, Error> {
    let name_of = |id: usize| id2label.get(&id.to_string())?.as_str().map(str::to_owned);
    let names: Option<Vec<String>> = (0..id2label.len()).map(name_of).collect();
    names.ok_or_else(|| Error::ConfigValue {
        field: "id2label",
        value: Value::Object(id2label.clone()).to_string(),
        expected: "a name for each number from 0",
    })
}
