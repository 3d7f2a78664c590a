//! What does building a knowledge base from a dump of Wikidata cost?
//!
//! ```sh
//! cargo run --release --example build_kb -- dump.json WORK_FOLDER out.kb [en,fr [MIB]]
//! ```

use std::env;
use std::fs::File;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

use griot_link::kb::read::Languages;
use griot_link::kb::read::wikidata::{Event, Options, prepare};
use griot_link::kb::{BuildConfig, KbBuilder};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let input = arguments.next().ok_or("no dump")?;
    let work = arguments.next().ok_or("no work folder")?;
    let output = arguments.next().ok_or("no output")?;
    let languages = arguments.next().unwrap_or_default();
    let mib: usize = arguments.next().map_or(Ok(1024), |mib| mib.parse())?;
    let mut options = Options::default();
    options.languages = Languages::new(languages.split(',').filter(|tag| !tag.is_empty()));

    let mut started = Instant::now();
    let mut n_bytes = 0;
    let mut count = |event: Event<'_>| {
        if let Event::Progress(progress) = event {
            n_bytes = progress.n_decompressed;
        }
        ControlFlow::Continue(())
    };
    let inputs = [PathBuf::from(&input)];
    let prepared = prepare(&inputs, Path::new(&work), options, &mut count)?;
    let seconds = lap(&mut started, &format!("read: {:?}", prepared.counts()));
    report(&format!("{:.0} MB/s", n_bytes as f64 / 1e6 / seconds));

    let config = BuildConfig::default()
        .with_temp_dir(&work)
        .with_memory_bytes(mib << 20);
    let mut builder = KbBuilder::new(config);
    let mut failed = None;
    let emitted = prepared.each(
        &mut |entity| match builder.add(entity) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        },
        &mut |_| ControlFlow::Continue(()),
    );
    if let Some(error) = failed {
        return Err(error.into());
    }
    lap(&mut started, &format!("add: {:?}", emitted?));

    let report = builder.finish(BufWriter::new(File::create(&output)?))?;
    lap(&mut started, &format!("finish: {report:?}"));
    Ok(())
}

/// Seconds since the last lap.
fn lap(started: &mut Instant, what: &str) -> f64 {
    let seconds = started.elapsed().as_secs_f64();
    report(&format!("{seconds:.2} s {what}"));
    *started = Instant::now();
    seconds
}

#[expect(clippy::print_stderr, reason = "it is what this program is for")]
fn report(message: &str) {
    eprintln!("{message}");
}
