//! One recognizer serves many threads.

use std::thread;

use griot::{Pipeline, Recognizer, RecognizerConfig};
use rayon::prelude::*;

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

/// In tasks of a caller's own pool, of one thread and of several, with the threads of
/// that pool and with a pool of the recognizer's own: no deadlock, the same results.
#[test]
fn runs_inside_pools_of_others() {
    let texts = texts();
    let own = RecognizerConfig::default().with_threads(2);
    let own = Recognizer::embedded_with(own).unwrap();
    let expected: Vec<_> = texts.iter().map(|d| own.tag(d.text()).unwrap()).collect();
    for n_threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads);
        let pool = pool.build().unwrap();
        for recognizer in [PIPELINE.recognizer(), &own] {
            pool.install(|| {
                (0..4 * texts.len()).into_par_iter().for_each(|index| {
                    let index = index % texts.len();
                    let mentions = recognizer.tag(texts[index].text()).unwrap();
                    assert_same(&mentions, &expected[index], texts[index].id());
                });
            });
        }
    }
}

#[test]
fn can_be_shared() {
    fn shareable<T: Clone + Send + Sync + 'static>() {}
    shareable::<Recognizer>();
    shareable::<Pipeline>();
}
