//! The pages of `docs` whose programs are tested: their Rust is compiled and run with
//! `cargo test --doc -p griot-examples`.

#[doc = include_str!("../docs/library.md")]
#[cfg(doctest)]
pub struct Library;

#[doc = include_str!("../docs/service.md")]
#[cfg(doctest)]
pub struct Service;
