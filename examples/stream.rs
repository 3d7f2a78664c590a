//! Consume a stream that never ends, such as a feed: each text is answered as soon
//! as it is done, in order, with only so many in work at once.
//!
//! ```console
//! $ tail -f feed.jsonl | cargo run --release -p griot-examples --example stream
//! ```

use std::io::{self, Write};
use std::sync::mpsc;
use std::thread;

use griot::{OffsetUnit, Pipeline, read, write};
use griot_serve::{Pending, Request, Service, ServiceConfig};

/// Texts in work at once: enough for full batches, few enough for quick answers.
const WINDOW: usize = 32;

fn main() -> anyhow::Result<()> {
    // A text of a feed that fails after ten minutes is no use, so it has no deadline.
    let config = ServiceConfig::default().with_deadline(None);
    let service = Service::start(Pipeline::embedded()?, config)?;
    let handle = service.handle();

    // One thread reads and submits, this one writes; the channel between them holds
    // the window, and the reader waits while it is full.
    let (accepted, window) = mpsc::sync_channel::<Pending>(WINDOW);
    let reader = {
        let handle = handle.clone();
        thread::spawn(move || -> anyhow::Result<()> {
            let lines = io::BufReader::new(io::stdin());
            for document in read::jsonl::documents("stdin", lines, Default::default()) {
                match document {
                    // There is room: the queue holds more than the window.
                    Ok(document) => accepted.send(handle.submit(Request::tag(document))?)?,
                    // A bad line is reported, and the feed goes on.
                    Err(error) => eprintln!("{:#}", anyhow::Error::from(error)),
                }
            }
            Ok(())
        })
    };

    let mut writer = write::jsonl::Writer::new(io::stdout(), handle.model(), OffsetUnit::Char);
    for pending in window {
        match pending.wait() {
            Ok(annotation) => writer.write(&annotation)?,
            Err(error) => eprintln!("{error}"),
        }
        writer.get_mut().flush()?;
    }
    reader.join().expect("the reader does not panic")?;
    service.shutdown();
    Ok(())
}
