//! Many documents: one identifier for one entity, in the knowledge base or not.

mod context;
mod group;
mod index;
mod item;
mod likeness;
mod nil;
mod resolver;
mod roles;
#[cfg(test)]
mod tests;

pub use resolver::{Resolved, Resolver, Spelling};

pub(crate) use nil::{fnv1a, nil_id};
