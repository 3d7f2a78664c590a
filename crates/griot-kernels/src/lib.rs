//! The kernels that griot computes with on a CPU.
//!
//! A network here works on a [`Matrix`] with one row a unit (a word or a
//! sub-word) and no padding: the rows of all sequences of a batch stand one below
//! the other, and [`Sequences`] says where each ends. Between matrices stand
//! [`Linear`] layers, whose weights are packed once for the processor, attention
//! ([`attend`]) and a few functions of rows.
//!
//! Nearly everything is plain Rust, compiled once for each set of instructions
//! ([`Isa`]) and chosen at run time; only the products of 8-bit integers and of
//! 16-bit floats name instructions. Numbers of one row never depend on the rows
//! beside it, on the number of threads or on how work was cut up: the same row
//! gives the same bits, on the same instructions.
//!
//! Large products are cut up with [`rayon::join`], so they use the pool they are
//! called in, and cost nothing where all of its threads are busy.

#![expect(
    clippy::inline_always,
    reason = "what is compiled for a set of instructions has to be inside the function that names it"
)]

mod attention;
mod isa;
mod linear;
mod math;
mod matrix;
mod rows;
#[cfg(test)]
mod testing;

pub use attention::{Attention, Distances, Reach, attend};
pub use isa::Isa;
pub use linear::{Linear, Precision};
pub use math::Activation;
pub use matrix::{Matrix, Sequences};
pub use rows::{LayerNorm, Turns, add, add_gated, log_softmax, multiply, neighbors, rotate};
