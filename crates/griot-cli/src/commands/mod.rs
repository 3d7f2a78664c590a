//! One module a command.

pub(crate) mod score;
pub(crate) mod tag;
