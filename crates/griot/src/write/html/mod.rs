//! A page.
use std::io::{self, Write};
use super::AnnotationWriter;
use crate::Annotation;

/// Writes.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
}
impl<W: Write> Writer<W> {
    /// A writer.
    pub fn new(out: W) -> Self { Self { out } }
}
impl<W: Write> AnnotationWriter for Writer<W> {
    fn write(&mut self, _: &Annotation) -> io::Result<()> { Ok(()) }
    fn finish(&mut self) -> io::Result<()> { self.out.flush() }
}
