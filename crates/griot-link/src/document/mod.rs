//! One document: which of its mentions are one entity, and what it is about.

#[cfg(test)]
mod tests;

mod acronym;
mod coreference;
mod form;

pub(crate) use coreference::{Bond, Cluster, clusters};
pub(crate) use form::{Form, forms, kind_of};
