//! Serve many threads with one model: each reads requests from a shared queue,
//! as the workers of a web service do.
//!
//! ```console
//! $ cargo run --release -p griot-examples --example service
//! ```

use std::sync::{Mutex, mpsc};
use std::thread;

use griot::{Document, Pipeline};

const REQUESTS: [&str; 4] = [
    "L'OMS a ouvert un bureau à Brazzaville.",
    "Angela Merkel besuchte Niamey im Oktober.",
    "The United Nations mission left Gao in 2023.",
    "Сергей Лавров прибыл в Бамако.",
];

fn main() -> Result<(), griot::Error> {
    // The model is loaded once. A clone shares it and costs nothing, and no
    // method takes a lock: workers do not wait for each other.
    let pipeline = Pipeline::embedded()?;

    let (requests, queue) = mpsc::channel();
    let queue = Mutex::new(queue);
    let (replies, answers) = mpsc::channel();

    thread::scope(|scope| {
        for worker in 0..2 {
            let (pipeline, queue, replies) = (pipeline.clone(), &queue, replies.clone());
            scope.spawn(move || {
                // The lock is held while waiting for a request, not while working on it.
                let next = || queue.lock().expect("no worker panics").recv();
                while let Ok(document) = next() {
                    let answer = pipeline.annotate(document);
                    replies
                        .send((worker, answer))
                        .expect("main listens until all are done");
                }
            });
        }
        drop(replies);

        for (number, text) in REQUESTS.into_iter().enumerate() {
            let document = Document::new(number.to_string(), text)?;
            requests
                .send(document)
                .expect("workers listen until this end is dropped");
        }
        drop(requests);

        for (worker, answer) in answers {
            let annotation = answer?;
            let names: Vec<&str> = annotation
                .mentions
                .iter()
                .map(|mention| annotation.surface(mention))
                .collect();
            println!(
                "request {}, worker {worker}: {names:?}",
                annotation.document.id()
            );
        }
        Ok(())
    })
}
