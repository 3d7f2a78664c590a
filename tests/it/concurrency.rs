//! One recognizer serves many threads.

use std::thread;

use griot::{Pipeline, Recognizer};

use crate::{PIPELINE, assert_same, texts};

#[test]
fn threads_get_what_one_gets() {
    let texts = texts();
    let expected: Vec<_> = texts
        .iter()
        .map(|d| PIPELINE.recognizer().tag(d.text()).unwrap())
        .collect();
    let check = |start: usize| {
        let pipeline = PIPELINE.clone();
        for index in (0..texts.len()).map(|index| (start + index) % texts.len()) {
            let mentions = pipeline.recognizer().tag(texts[index].text()).unwrap();
            assert_same(&mentions, &expected[index], texts[index].id());
        }
    };
    thread::scope(|scope| {
        for start in 0..8 {
            scope.spawn(move || check(start));
        }
    });
}

#[test]
fn can_be_shared() {
    fn shareable<T: Clone + Send + Sync + 'static>() {}
    shareable::<Recognizer>();
    shareable::<Pipeline>();
}
