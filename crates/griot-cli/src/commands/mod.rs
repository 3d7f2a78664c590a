//! One module a command.

pub(crate) mod kb;
pub(crate) mod score;
pub(crate) mod tag;
