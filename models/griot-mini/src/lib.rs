//! The weights of griot-mini as bytes, so that a program carries its model with it.
//!
//! `griot-core` reads them under its feature `embedded-model`; there is nothing else to use here.
//! What the model was trained on, what it can do and what it cannot: `README.md`.

/// Name and version of the model, as outputs cite it.
pub const NAME: &str = concat!("griot-mini@", env!("CARGO_PKG_VERSION"));

/// The bytes of `config.json`.
pub const CONFIG: &[u8] = include_bytes!("../config.json");

/// The bytes of `model.safetensors`, about 11 MB.
pub const WEIGHTS: &[u8] = include_bytes!("../model.safetensors");
