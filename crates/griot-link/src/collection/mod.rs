//! Many documents: one identifier for one entity, in the knowledge base or not.

mod agreement;
mod item;
mod nil;
mod resolver;
#[cfg(test)]
mod tests;

pub use resolver::{Resolved, Resolver};

pub(crate) use nil::{fnv1a, nil_id};
