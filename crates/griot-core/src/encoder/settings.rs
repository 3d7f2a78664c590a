//! `config.json` as a family reads it: with the defaults of transformers, and
//! without what would change the numbers in a way that nothing here computes.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Error;
use crate::manifest::Manifest;

/// What transformers takes where a field is absent, by `model_type`.
const DEFAULTS: &str = include_str!("defaults.json");

/// Fields that change the numbers, with what they must be to change nothing.
const INERT: [(&str, &[&str], &str); 7] = [
    ("position_embedding_type", &["null", "\"absolute\""], "\"absolute\""),
    ("is_decoder", &["null", "false"], "false"),
    ("add_cross_attention", &["null", "false"], "false"),
    ("pruned_heads", &["null", "{}"], "no pruned heads"),
    ("quantization_config", &["null"], "weights that are not quantized"),
    ("rope_scaling", &["null"], "null"),
    ("attention_head_size", &["null"], "null"),
];

/// The fields of `config.json` that the family needs.
///
/// # Errors
///
/// [`Error::ConfigSyntax`], [`Error::ConfigValue`].
pub(super) fn read<C: DeserializeOwned>(manifest: &Manifest) -> Result<C, Error> {
    let given: Map<String, Value> = manifest.family_config()?;
    for (field, accepted, expected) in INERT {
        let value = given.get(field).map_or("null".to_owned(), Value::to_string);
        if !accepted.contains(&value.as_str()) {
            return Err(Error::ConfigValue {
                field,
                value,
                expected,
            });
        }
    }
    let mut fields = defaults(&manifest.architecture.to_string());
    fields.extend(given);
    Ok(serde_json::from_value(Value::Object(fields))?)
}

fn defaults(model_type: &str) -> Map<String, Value> {
    let mut all: Map<String, Value> =
        serde_json::from_str(DEFAULTS).expect("a test reads the defaults of every family");
    match all.remove(model_type) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}
