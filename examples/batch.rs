//! Tag many documents, however many, and write JSON Lines.
//!
//! ```console
//! $ cargo run --release -p griot-examples --example batch -- examples/data/*.txt
//! ```

use std::fs::File;
use std::io::{self, BufWriter, Write};

use griot::{OffsetUnit, Pipeline, read, write};

fn main() -> anyhow::Result<()> {
    let pipeline = Pipeline::embedded()?;
    let model = pipeline.recognizer().info().name.clone();
    let out = BufWriter::new(io::stdout().lock());
    let mut writer = write::jsonl::Writer::new(out, model, OffsetUnit::Char);

    // A lazy stream of documents. One that cannot be read is reported and left out.
    let documents = std::env::args().skip(1).filter_map(|path| {
        let file = File::open(&path).map_err(anyhow::Error::from);
        let document = file.and_then(|file| Ok(read::text::document(&path, file)?));
        document
            .inspect_err(|error| eprintln!("{path}: {error}"))
            .ok()
    });

    // `annotate_iter` reads ahead just enough to pack sentences of many
    // documents together. Results come in the order of the documents, and
    // memory does not grow with their number.
    for annotation in pipeline.annotate_iter(documents) {
        writer.write(&annotation?)?;
    }
    writer.get_mut().flush()?;
    Ok(())
}
