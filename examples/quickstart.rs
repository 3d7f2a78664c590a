//! Find the people, places and organisations of a text.
//!
//! ```console
//! $ cargo run --release -p griot-examples --example quickstart
//! ```

use griot::{Document, Pipeline};

fn main() -> Result<(), griot::Error> {
    // The model is in the program: no download, no files.
    let pipeline = Pipeline::embedded()?;

    let text = "Le président Bassirou Diomaye Faye a reçu à Dakar une délégation de la CEDEAO.";
    let annotation = pipeline.annotate(Document::new("dépêche", text)?)?;

    for mention in &annotation.mentions {
        // A mention does not copy the text: its span says where it is, in bytes.
        let name = &text[mention.span.range()];
        println!("{:4}  {name}  ({:.2})", mention.label, mention.score);
    }
    Ok(())
}
