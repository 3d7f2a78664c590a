//! How many words a second, for one text alone and for many together?
//!
//! ```console
//! $ cargo bench -p griot-benches --bench throughput
//! ```
//!
//! The texts are the five of `examples/data`; words are griot's. `one` is the
//! latency of one press text of 2.4 kB, `five` the five texts in one batch,
//! `hundred` each of them twenty times. One element is one word.

use std::hint::black_box;
use std::io::{self, Write};

use criterion::{Criterion, Throughput};
use griot::{Document, Recognizer};
use griot_benches::{recognizer, texts};

fn main() -> anyhow::Result<()> {
    let recognizer = recognizer(None)?;
    let texts = texts()?;
    let mut criterion = Criterion::default().configure_from_args();

    let info = recognizer.info();
    let threads = std::thread::available_parallelism()?;
    writeln!(
        io::stdout(),
        "model {}, {} parameters, {} on {}, {threads} threads",
        info.name,
        info.n_parameters,
        info.precision,
        info.device
    )?;
    tag(&mut criterion, &recognizer, &texts);
    criterion.final_summary();
    Ok(())
}

fn tag(criterion: &mut Criterion, recognizer: &Recognizer, texts: &[Document]) {
    let texts: Vec<&str> = texts.iter().map(Document::text).collect();
    let one = [*texts
        .iter()
        .min_by_key(|text| text.len().abs_diff(2_400))
        .unwrap_or(&"")];
    let hundred = texts.repeat(20);
    let mut group = criterion.benchmark_group("tag");
    group.sample_size(10);
    for (name, texts) in [("one", &one[..]), ("five", &texts), ("hundred", &hundred)] {
        let n_words: usize = texts
            .iter()
            .map(|text| griot::segment_words(text).len())
            .sum();
        group.throughput(Throughput::Elements(n_words as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(recognizer.tag_batch(black_box(texts))));
        });
    }
    group.finish();
}
