//! How fast is a dump of Wikidata read, without building anything?
//!
//! ```sh
//! cargo run --release --example read_dump -- latest-all.json.gz WORK_FOLDER [en,fr]
//! ```

use std::env;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use griot_link::kb::read::Languages;
use griot_link::kb::read::wikidata::{Event, Options, prepare};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let input = arguments.next().ok_or("no dump")?;
    let work = arguments.next().ok_or("no work folder")?;
    let languages = arguments.next().unwrap_or_default();
    let mut options = Options::default();
    options.languages = Languages::new(languages.split(',').filter(|tag| !tag.is_empty()));

    let started = Instant::now();
    let mut n_bytes = 0;
    let prepared = prepare(
        &[PathBuf::from(&input)],
        Path::new(&work),
        options,
        &mut |event| {
            match event {
                Event::Progress(progress) => n_bytes = progress.n_decompressed,
                Event::Skipped { error, .. } => report(&format!("{error}: {}", error.reason)),
                _ => {}
            }
            ControlFlow::Continue(())
        },
    )?;
    let seconds = started.elapsed().as_secs_f64();
    let rate = n_bytes as f64 / 1e6 / seconds;
    report(&format!("{:?} in {seconds:.2} s, {rate:.0} MB/s", prepared.counts()));

    let started = Instant::now();
    let continues = &mut |_: Event<'_>| ControlFlow::Continue(());
    let mut n_names = 0;
    let emitted = prepared.each(
        &mut |entity| {
            n_names += entity.aliases.values().map(Vec::len).sum::<usize>();
            ControlFlow::Continue(())
        },
        continues,
    )?;
    let seconds = started.elapsed().as_secs_f64();
    report(&format!("{emitted:?}, {n_names} names in {seconds:.2} s"));
    Ok(())
}

#[expect(clippy::print_stderr, reason = "it is what this program is for")]
fn report(message: &str) {
    eprintln!("{message}");
}
