//! What `config.json` says about any model, whatever its family.

use std::collections::HashMap;

use griot_text::{Calibration, LabelSet};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Error;
use crate::encoder::Architecture;
use crate::info::Warning;
use crate::vocabulary::KeptRows;

/// Sizes that no model has, with margin: beyond them a configuration is wrong,
/// and to try it would fill the memory.
const SIZES_MAX: [(&str, u64); 16] = [
    ("vocab_size", 1 << 24),
    ("hidden_size", 1 << 16),
    ("embedding_size", 1 << 16),
    ("intermediate_size", 1 << 20),
    ("num_hidden_layers", 1 << 12),
    ("num_attention_heads", 1 << 12),
    ("max_position_embeddings", 1 << 20),
    ("type_vocab_size", 1 << 16),
    ("max_relative_positions", 1 << 20),
    ("position_buckets", 1 << 20),
    ("local_attention", 1 << 20),
    ("dim", 1 << 16),
    ("hidden_dim", 1 << 20),
    ("n_layers", 1 << 12),
    ("n_heads", 1 << 12),
    ("num_labels", 1 << 16),
];

/// `config.json`, read as far as all families agree.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) architecture: Architecture,
    /// Name of each column of the scores.
    pub(crate) tags: Vec<String>,
    /// What to tell the user about it.
    pub(crate) warnings: Vec<Warning>,
    /// The rows of the embedding table to load, if not all.
    pub(crate) kept: Option<KeptRows>,
    json: Value,
}

/// The fields that all families have.
#[derive(Deserialize)]
struct CommonConfig {
    model_type: String,
    #[serde(default)]
    id2label: Option<Map<String, Value>>,
    #[serde(default)]
    label2id: Option<Map<String, Value>>,
    #[serde(default)]
    num_labels: Option<usize>,
}

impl Manifest {
    /// Reads `config.json`.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigSyntax`], [`Error::ConfigValue`] for the labels or a size
    /// that is absurd, [`Error::UnsupportedModel`].
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, Error> {
        let json: Value = serde_json::from_slice(json)?;
        let common = CommonConfig::deserialize(&json)?;
        let architecture = Architecture::from_model_type(&common.model_type)?;
        check_sizes(&json)?;
        let mut tags = tag_names(&common)?;
        let warnings = name_outside(&mut tags);
        Ok(Self {
            architecture,
            tags,
            warnings: warnings.into_iter().collect(),
            kept: None,
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

    /// Rows of the embedding table, for a family that reads sub-words.
    pub(crate) fn vocab_size(&self) -> Option<usize> {
        self.json.get("vocab_size")?.as_u64().map(|n| n as usize)
    }

    /// Makes the family load `kept` rows of its embedding table, where the
    /// token for padding is in the row `padding`.
    pub(crate) fn keep(&mut self, kept: KeptRows, padding: Option<u32>) {
        self.json["vocab_size"] = kept.len().into();
        if let Some(padding) = padding {
            self.json["pad_token_id"] = padding.into();
        }
        self.kept = Some(kept);
    }

    /// A field that is a number.
    pub(crate) fn number(&self, field: &str) -> Option<u64> {
        self.json.get(field)?.as_u64()
    }

    /// Most sub-words in a row, special tokens included, if that is limited.
    pub(crate) fn length_max(&self) -> Option<u64> {
        let n_positions = self.number("max_position_embeddings")?;
        let model_type = self.json.get("model_type")?.as_str()?;
        // The families of RoBERTa count positions from the one of padding.
        let counts_from_padding = ["roberta", "camembert", "xlm-roberta"].contains(&model_type);
        let n_unused = self.number("pad_token_id").unwrap_or(1) + 1;
        Some(
            n_positions
                - if counts_from_padding {
                    n_unused.min(n_positions)
                } else {
                    0
                },
        )
    }

    /// A field that is a text or a list of texts.
    pub(crate) fn texts(&self, field: &str) -> Vec<String> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match self.json.get(field) {
            Some(Value::Array(values)) => values.iter().filter_map(text).collect(),
            Some(value) => text(value).into_iter().collect(),
            None => Vec::new(),
        }
    }
}

/// `model_type`, if `json` is an object that has it.
pub(crate) fn model_type(json: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Typed {
        model_type: String,
    }
    let typed: Typed = serde_json::from_slice(json).ok()?;
    Some(typed.model_type)
}

fn check_sizes(json: &Value) -> Result<(), Error> {
    for (field, max) in SIZES_MAX {
        let value = json.get(field);
        if value.and_then(Value::as_u64).is_some_and(|size| size > max) {
            return Err(Error::ConfigValue {
                field,
                value: json[field].to_string(),
                expected: "the size of a model",
            });
        }
    }
    Ok(())
}

/// The names of the columns: `id2label`, else `label2id`, else as many as there
/// are `num_labels`, named as transformers names them.
fn tag_names(config: &CommonConfig) -> Result<Vec<String>, Error> {
    let names = match (&config.id2label, &config.label2id) {
        (Some(id2label), _) => names_by_id(id2label)?,
        (None, Some(label2id)) => ids_by_name(label2id)?,
        // The default of transformers.
        (None, None) => {
            let n_labels = config.num_labels.unwrap_or(2);
            (0..n_labels).map(|id| format!("LABEL_{id}")).collect()
        }
    };
    match config.num_labels {
        Some(n_labels) if n_labels != names.len() => Err(Error::ConfigValue {
            field: "num_labels",
            value: format!("{n_labels} with {} names", names.len()),
            expected: "as many as there are names in `id2label`",
        }),
        _ => Ok(names),
    }
}

/// `{"0": "O", "1": "B-PER"}` as a list. The keys must be 0, 1, and so on.
fn names_by_id(id2label: &Map<String, Value>) -> Result<Vec<String>, Error> {
    let name_of = |id: usize| id2label.get(&id.to_string())?.as_str().map(str::to_owned);
    let names: Option<Vec<String>> = (0..id2label.len()).map(name_of).collect();
    names.ok_or_else(|| Error::ConfigValue {
        field: "id2label",
        value: Value::Object(id2label.clone()).to_string(),
        expected: "a name for each number from 0",
    })
}

/// `{"O": 0, "B-PER": 1}` as a list.
fn ids_by_name(label2id: &Map<String, Value>) -> Result<Vec<String>, Error> {
    let mut names = vec![None; label2id.len()];
    for (name, id) in label2id {
        let id = id.as_u64().and_then(|id| usize::try_from(id).ok());
        if let Some(slot) = id.and_then(|id| names.get_mut(id)) {
            *slot = Some(name.clone());
        }
    }
    let names: Option<Vec<String>> = names.into_iter().collect();
    names.ok_or_else(|| Error::ConfigValue {
        field: "label2id",
        value: Value::Object(label2id.clone()).to_string(),
        expected: "the numbers from 0, each once",
    })
}

/// Names `O` the first of labels that nobody named: of `LABEL_0`, `LABEL_1` and
/// so on none says what is no entity, and sets are labeled from 0 for that.
fn name_outside(tags: &mut [String]) -> Option<Warning> {
    let unnamed = |tag: &String| {
        let number = tag.strip_prefix("LABEL_");
        number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let n_unnamed = tags.iter().filter(|tag| unnamed(tag)).count();
    if n_unnamed == 0 {
        return None;
    }
    if n_unnamed == tags.len() {
        "O".clone_into(&mut tags[0]);
    }
    Some(Warning::UnnamedLabels { n_unnamed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_from_what_there_is() {
        /// Nothing is said of the labels.
        const UNNAMED: usize = 2;
        for (fields, expected, n_unnamed) in [
            (
                r#""id2label": {"0": "O", "1": "B-PER"}"#,
                &["O", "B-PER"][..],
                0,
            ),
            (r#""label2id": {"B-PER": 1, "O": 0}"#, &["O", "B-PER"], 0),
            // The two differ: the one that transformers uses.
            (r#""id2label": {"0": "O"}, "label2id": {"X": 0}"#, &["O"], 0),
            (
                r#""id2label": null, "num_labels": 3"#,
                &["O", "LABEL_1", "LABEL_2"],
                3,
            ),
            (r#""pad_token_id": 0"#, &["O", "LABEL_1"], UNNAMED),
            (
                r#""id2label": {"0": "LABEL_0", "1": "PER"}"#,
                &["LABEL_0", "PER"],
                1,
            ),
            (r#""id2label": {"1": "O"}"#, &[], 0),
            (r#""id2label": {"0": 1}"#, &[], 0),
            (r#""label2id": {"O": 0, "PER": 0}"#, &[], 0),
            (r#""label2id": {"O": -1}"#, &[], 0),
            (r#""id2label": {"0": "O"}, "num_labels": 2"#, &[], 0),
            (r#""vocab_size": 99999999999"#, &[], 0),
        ] {
            let json = format!(r#"{{"model_type": "bert", {fields}}}"#);
            match Manifest::from_json(json.as_bytes()) {
                Ok(manifest) => {
                    assert_eq!(manifest.tags, expected, "{fields}");
                    let warnings = match n_unnamed {
                        0 => Vec::new(),
                        n_unnamed => vec![Warning::UnnamedLabels { n_unnamed }],
                    };
                    assert_eq!(manifest.warnings, warnings, "{fields}");
                }
                Err(error) => assert!(expected.is_empty(), "{fields}: {error}"),
            }
        }
    }
}
