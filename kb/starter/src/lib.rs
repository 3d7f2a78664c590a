//! The starter knowledge base of griot as bytes, so that a program carries it.
//!
//! `griot-link` reads them; there is nothing else to use here.
//! What is inside, where it comes from and under which licences: `README.md`.

/// Name and version of the knowledge base, as outputs cite it.
pub const NAME: &str = concat!("griot-starter@", env!("CARGO_PKG_VERSION"));

/// The bytes of `starter.kb`.
pub const KB: &[u8] = include_bytes!("../starter.kb");
