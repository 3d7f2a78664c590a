//! From mentions to entities.

#![deny(unsafe_code)]

pub mod kb;
pub mod name;
