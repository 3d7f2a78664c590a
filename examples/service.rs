//! Serve many threads with one model: requests that come together are run together.
//!
//! ```console
//! $ cargo run --release -p griot-examples --example service
//! ```

use std::thread;
use std::time::Duration;

use griot::{Document, Pipeline};
use griot_serve::{Request, Service, ServiceConfig, ServiceError};

const TEXTS: [&str; 4] = [
    "L'OMS a ouvert un bureau à Brazzaville.",
    "Angela Merkel besuchte Niamey im Oktober.",
    "The United Nations mission left Gao in 2023.",
    "Сергей Лавров прибыл в Бамако.",
];

fn main() -> anyhow::Result<()> {
    // The service has threads of its own. Its queue has a limit, beyond which a
    // request is refused at once.
    let config = ServiceConfig::default().with_queue_max(100);
    let service = Service::start(Pipeline::embedded()?, config)?;

    thread::scope(|scope| {
        for text in TEXTS {
            // A handle costs nothing. In async code, `handle.tag(text).await` does the
            // same without blocking.
            let handle = service.handle();
            scope.spawn(move || match handle.tag_blocking(text) {
                Ok(annotation) => {
                    let names: Vec<&str> = annotation
                        .mentions
                        .iter()
                        .map(|mention| annotation.surface(mention))
                        .collect();
                    println!("{names:?}");
                }
                Err(ServiceError::Overloaded { .. }) => println!("come back later"),
                Err(error) => println!("{error}"),
            });
        }
    });

    // A request may have an identifier, a time limit and a threshold of its own.
    let document = Document::new("dépêche", TEXTS[0])?;
    let request = Request::tag(document)
        .with_deadline(Duration::from_secs(5))
        .with_threshold(0.9);
    let annotation = service.handle().run_blocking(request)?;
    println!(
        "{}: {}",
        annotation.document.id(),
        annotation.mentions.len()
    );

    // Answers what was accepted, then ends the threads.
    service.shutdown();
    Ok(())
}
