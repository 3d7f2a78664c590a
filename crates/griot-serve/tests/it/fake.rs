//! A tagger that does what its texts say.

use std::sync::{Arc, Condvar, Mutex};

use griot::{Annotation, Linker, Mention, Span};
use griot_serve::{Request, Tagger, Task};

/// Finds one mention, the whole text, unless the text is a command:
///
/// - `panic`: it panics,
/// - `short`: it gives no result for the whole batch,
/// - `gate`: it waits until the gate is open.
#[derive(Clone, Default)]
pub(crate) struct Fake {
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    gate: Mutex<Gate>,
    changed: Condvar,
    batches: Mutex<Vec<Vec<String>>>,
}

#[derive(Default)]
struct Gate {
    is_open: bool,
    n_waiting: usize,
}

impl Fake {
    /// Lets go what waits, and what comes later.
    pub(crate) fn open(&self) {
        self.state.gate.lock().unwrap().is_open = true;
        self.state.changed.notify_all();
    }

    /// Waits until this number of batches stands at the gate.
    pub(crate) fn wait_for(&self, n_waiting: usize) {
        let gate = self.state.gate.lock().unwrap();
        let waited = self
            .state
            .changed
            .wait_while(gate, |gate| gate.n_waiting < n_waiting);
        drop(waited.unwrap());
    }

    /// The texts of each batch so far.
    pub(crate) fn batches(&self) -> Vec<Vec<String>> {
        self.state.batches.lock().unwrap().clone()
    }

    fn pass_gate(&self) {
        let mut gate = self.state.gate.lock().unwrap();
        gate.n_waiting += 1;
        self.state.changed.notify_all();
        let opened = self.state.changed.wait_while(gate, |gate| !gate.is_open);
        drop(opened.unwrap());
    }
}

impl Tagger for Fake {
    fn run(&self, batch: &[&Request]) -> Vec<Result<Annotation, griot::Error>> {
        let texts: Vec<String> = batch
            .iter()
            .map(|request| request.document().text().to_owned())
            .collect();
        self.state.batches.lock().unwrap().push(texts.clone());
        if texts.iter().any(|text| text == "gate") {
            self.pass_gate();
        }
        assert!(!texts.iter().any(|text| text == "panic"), "told to panic");
        if texts.iter().any(|text| text == "short") {
            return Vec::new();
        }
        batch
            .iter()
            .map(|request| Ok(annotation(request)))
            .collect()
    }

    fn model(&self) -> &'static str {
        "fake@1"
    }

    fn linker(&self) -> Option<&Linker> {
        None
    }
}

fn annotation(request: &Request) -> Annotation {
    let document = request.document().clone();
    let mentions = match request.task() {
        Task::LinkGiven(mentions) => mentions.clone(),
        _ => vec![Mention {
            span: Span::new(0, document.text().len() as u32),
            label: "LOC".into(),
            score: 1.0,
        }],
    };
    Annotation {
        document,
        mentions,
        links: Vec::new(),
    }
}
