//! From mentions to entities.

#![forbid(unsafe_code)]

pub mod kb;
pub mod name;
