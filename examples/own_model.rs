//! Use a model of your own: a BERT-style token classifier in a folder with
//! `config.json`, `tokenizer.json` and `model.safetensors`, as transformers
//! saves them.
//!
//! ```console
//! $ cargo run --release -p griot-examples --example own_model -- path/to/model "Un texte."
//! ```
//!
//! Without arguments it loads the folder of the embedded model.

use griot::{Device, Recognizer, RecognizerConfig};

fn main() -> Result<(), griot::Error> {
    let mut args = std::env::args().skip(1);
    let folder = args
        .next()
        .unwrap_or_else(|| "models/griot-mini".to_owned());
    let text = args
        .next()
        .unwrap_or_else(|| "Bamako, le 12 mai. Assimi Goïta parle.".to_owned());

    // Everything has a default. `Device::Auto` takes a GPU if this build and
    // this machine have one; any other choice is an error where it cannot be had.
    let config = RecognizerConfig::default()
        .with_device(Device::Cpu)
        .with_threshold(0.5);
    let recognizer = Recognizer::load(folder, config)?;

    let info = recognizer.info();
    println!(
        "{}: {} parameters on {}",
        info.name, info.n_parameters, info.device
    );
    println!(
        "labels: {:?}",
        recognizer.labels().iter().collect::<Vec<_>>()
    );
    for mention in recognizer.tag(&text)? {
        println!("{:4}  {}", mention.label, &text[mention.span.range()]);
    }
    Ok(())
}
