//! `config.json` as a family reads it: with the defaults of transformers, and
//! without what would change the numbers in a way that nothing here computes.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Error;
use crate::manifest::Manifest;

/// What transformers takes where a field is absent, by `model_type`.
const DEFAULTS: &str = include_str!("defaults.json");

/// Fields that change the numbers, with what they must be to change nothing.
const INERT: [(&str, &[&str], &str); 6] = [
    (
        "position_embedding_type",
        &["null", "\"absolute\""],
        "\"absolute\"",
    ),
    ("is_decoder", &["null", "false"], "false"),
    ("add_cross_attention", &["null", "false"], "false"),
    ("pruned_heads", &["null", "{}"], "no pruned heads"),
    (
        "quantization_config",
        &["null"],
        "weights that are not quantized",
    ),
    ("rope_scaling", &["null"], "null"),
];

/// Sizes, which no model has without or in millions.
const SIZES: [&str; 11] = [
    "vocab_size",
    "embedding_size",
    "hidden_size",
    "dim",
    "num_hidden_layers",
    "n_layers",
    "num_attention_heads",
    "n_heads",
    "intermediate_size",
    "hidden_dim",
    "max_position_embeddings",
];
const SIZE_MAX: u64 = 1 << 24;

/// The fields of `config.json` that the family needs.
///
/// # Errors
///
/// [`Error::ConfigSyntax`], [`Error::ConfigValue`].
pub(super) fn read<C: DeserializeOwned>(manifest: &Manifest) -> Result<C, Error> {
    let given: Map<String, Value> = manifest.family_config()?;
    let wrong = |field, value: &Value, expected| Error::ConfigValue {
        field,
        value: value.to_string(),
        expected,
    };
    for (field, accepted, expected) in INERT {
        match given.get(field) {
            Some(value) if !accepted.contains(&&*value.to_string()) => {
                return Err(wrong(field, value, expected));
            }
            _ => {}
        }
    }
    for field in SIZES {
        match given.get(field) {
            Some(value)
                if value
                    .as_u64()
                    .is_some_and(|size| size == 0 || size > SIZE_MAX) =>
            {
                return Err(wrong(field, value, "at least 1, and at most 2^24"));
            }
            _ => {}
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoder::{Architecture, FAMILIES, deberta, modernbert, post_norm};

    fn read_config(json: &str) -> Result<(), Error> {
        let labels = r#", "id2label": {"0": "O"}}"#;
        let json = json.strip_suffix('}').unwrap().to_owned() + labels;
        let manifest = Manifest::from_json(json.as_bytes())?;
        match manifest.architecture {
            Architecture::DebertaV2 => drop(read::<deberta::Config>(&manifest)?),
            Architecture::ModernBert => drop(read::<modernbert::Config>(&manifest)?),
            _ => drop(read::<post_norm::Config>(&manifest)?),
        }
        Ok(())
    }

    #[test]
    fn every_family_has_defaults() {
        let families = FAMILIES.iter().map(|family| family.model_type);
        for model_type in families.filter(|&model_type| model_type != "griot-words") {
            read_config(&format!(r#"{{"model_type": "{model_type}"}}"#)).unwrap();
        }
    }

    #[test]
    fn what_would_change_the_numbers_is_refused() {
        for (fields, message) in [
            (
                r#""position_embedding_type": "relative_key""#,
                "config.json: `position_embedding_type` is \"relative_key\", expected \"absolute\"",
            ),
            (
                r#""is_decoder": true"#,
                "config.json: `is_decoder` is true, expected false",
            ),
            (
                r#""pruned_heads": {"0": [1]}"#,
                "config.json: `pruned_heads` is {\"0\":[1]}, expected no pruned heads",
            ),
            (
                r#""num_hidden_layers": 0"#,
                "config.json: `num_hidden_layers` is 0, expected at least 1, and at most 2^24",
            ),
            (
                r#""hidden_size": 18446744073709551615"#,
                "config.json: `hidden_size` is 18446744073709551615, expected the size of a model",
            ),
            (r#""hidden_size": "big""#, "config.json cannot be read"),
        ] {
            let json = format!(r#"{{"model_type": "bert", {fields}}}"#);
            assert_eq!(read_config(&json).unwrap_err().to_string(), message);
        }
    }
}
