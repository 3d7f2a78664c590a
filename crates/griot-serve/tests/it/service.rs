//! The service itself, with a fake pipeline and with the real one.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use griot::{Document, Mention, Pipeline, Span};
use griot_serve::{Handle, Load, Request, Service, ServiceConfig, ServiceError};

use crate::fake::Fake;

/// Long enough that only a fault reaches it.
const FOREVER: Duration = Duration::from_secs(60);

fn config() -> ServiceConfig {
    ServiceConfig::default()
        .with_workers(1)
        .with_deadline(Some(FOREVER))
}

fn start(config: ServiceConfig) -> (Fake, Service, Handle) {
    let fake = Fake::default();
    let service = Service::start_with(fake.clone(), config).unwrap();
    let handle = service.handle();
    (fake, service, handle)
}

fn request(text: &str) -> Request {
    Request::tag(Document::new("d", text).unwrap())
}

/// A worker that stands at the gate, and what it runs.
fn stopped(fake: &Fake, handle: &Handle) -> griot_serve::Pending {
    let pending = handle.submit(request("gate")).unwrap();
    fake.wait_for(1);
    pending
}

#[test]
fn can_be_shared_between_threads_and_tasks() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    fn sent<T: Send + 'static>() {}
    fn future<T: Future + Send>(_: &T) {}
    shared::<Handle>();
    sent::<griot_serve::Pending>();
    sent::<Service>();
    let (_fake, _service, handle) = start(config());
    future(&handle.tag("a"));
}

#[test]
fn what_comes_together_runs_together() {
    let (fake, service, handle) = start(config());
    let first = stopped(&fake, &handle);
    let texts: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    let pending: Vec<_> = texts
        .iter()
        .map(|text| handle.submit(request(text)).unwrap())
        .collect();
    assert_eq!(handle.load().waiting, 10);
    fake.open();
    for (pending, text) in pending.into_iter().zip(&texts) {
        assert_eq!(pending.wait().unwrap().document.text(), text);
    }
    first.wait().unwrap();
    service.shutdown();
    assert_eq!(fake.batches(), [vec!["gate".to_owned()], texts]);
}

#[test]
fn excess_is_refused_and_comes_back() {
    let (fake, _service, handle) = start(config().with_queue_max(2));
    let first = stopped(&fake, &handle);
    let accepted = handle.submit_all(vec![request("a"), request("b")]).unwrap();
    let refused = handle.submit(request("c")).unwrap_err();
    assert_eq!(refused.requests, [request("c")]);
    assert!(
        matches!(
            refused.reason,
            ServiceError::Overloaded {
                n_requests: 2,
                n_bytes: 2
            }
        ),
        "{refused}"
    );
    fake.open();
    for pending in accepted {
        pending.wait().unwrap();
    }
    first.wait().unwrap();
    handle.tag_blocking("c").unwrap();
}

#[test]
fn a_dropped_future_frees_its_place_and_its_work() {
    let (fake, _service, handle) = start(config().with_queue_max(2));
    let first = stopped(&fake, &handle);
    let kept = handle.submit(request("kept")).unwrap();
    let dropped = handle.submit(request("dropped")).unwrap();
    assert!(handle.submit(request("more")).is_err());
    drop(dropped);
    let more = handle.submit(request("more")).unwrap();
    // One that runs is not stopped, and its worker goes on.
    drop(first);
    fake.open();
    kept.wait().unwrap();
    more.wait().unwrap();
    let texts = fake.batches().concat();
    assert_eq!(texts, ["gate", "kept", "more"]);
}

#[test]
fn a_deadline_holds_in_the_queue_and_in_a_batch() {
    let (fake, _service, handle) = start(config());
    let time = Duration::from_millis(30);
    let running = request("gate").with_deadline(time);
    let running = handle.submit(running).unwrap();
    fake.wait_for(1);
    let waiting = handle.submit(request("late").with_deadline(time)).unwrap();
    for (pending, which) in [(running, "running"), (waiting, "waiting")] {
        match pending.wait() {
            Err(ServiceError::DeadlineExceeded { waited }) => {
                assert!(waited >= time && waited < FOREVER, "{which}: {waited:?}");
            }
            other => panic!("{which}: {other:?}"),
        }
    }
    assert_eq!(handle.load().waiting, 0, "its place is free");
    fake.open();
    handle.tag_blocking("in time").unwrap();
    assert!(!fake.batches().concat().contains(&"late".to_owned()));
}

#[test]
fn a_panic_fails_its_request_alone() {
    let (fake, service, handle) = start(config());
    let first = stopped(&fake, &handle);
    let texts = ["a", "panic", "b"];
    let pending = handle.submit_all(texts.map(request).into()).unwrap();
    fake.open();
    first.wait().unwrap();
    let results: Vec<_> = pending
        .into_iter()
        .map(griot_serve::Pending::wait)
        .collect();
    assert!(results[0].is_ok() && results[2].is_ok());
    assert!(
        matches!(&results[1], Err(ServiceError::Panicked { message }) if message.contains("told to")),
        "{results:?}"
    );
    for _ in 0..3 {
        let alone = handle.tag_blocking("panic");
        assert!(matches!(alone, Err(ServiceError::Panicked { .. })));
    }
    handle.tag_blocking("alive").unwrap();
    service.shutdown();
    assert_eq!(handle.load(), Load::default());
}

#[test]
fn a_tagger_that_breaks_its_contract_is_an_error() {
    let (_fake, _service, handle) = start(config());
    let result = handle.tag_blocking("short");
    assert!(
        matches!(
            result,
            Err(ServiceError::Results {
                expected: 1,
                found: 0
            })
        ),
        "{result:?}"
    );
    handle.tag_blocking("alive").unwrap();
}

#[test]
fn shutdown_answers_what_was_accepted() {
    let (fake, service, handle) = start(config());
    let first = stopped(&fake, &handle);
    let texts = ["a", "b", "c"];
    let pending = handle.submit_all(texts.map(request).into()).unwrap();
    let stopping = thread::spawn(move || service.shutdown());
    while handle.is_open() {
        thread::yield_now();
    }
    let late = handle.tag_blocking("late");
    assert!(matches!(late, Err(ServiceError::ShuttingDown)));
    fake.open();
    stopping.join().unwrap();
    first.wait().unwrap();
    for (pending, text) in pending.into_iter().zip(texts) {
        assert_eq!(pending.wait().unwrap().document.text(), text);
    }
}

#[test]
fn a_dropped_service_answers_what_was_accepted() {
    let (fake, service, handle) = start(config());
    let first = stopped(&fake, &handle);
    let pending = handle.submit(request("a")).unwrap();
    drop(service);
    assert!(!handle.is_open());
    fake.open();
    first.wait().unwrap();
    pending.wait().unwrap();
}

#[test]
fn polling_never_blocks() {
    struct Counter(AtomicUsize);
    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (fake, _service, handle) = start(config());
    let counter = Arc::new(Counter(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&counter));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(handle.tag("gate"));
    for _ in 0..3 {
        assert!(future.as_mut().poll(&mut context).is_pending());
    }
    fake.wait_for(1);
    assert_eq!(counter.0.load(Ordering::SeqCst), 0);
    fake.open();
    let started = Instant::now();
    while counter.0.load(Ordering::SeqCst) == 0 {
        assert!(started.elapsed() < FOREVER);
        thread::yield_now();
    }
    let Poll::Ready(Ok(annotation)) = future.as_mut().poll(&mut context) else {
        panic!("it was woken");
    };
    assert_eq!(annotation.document.text(), "gate");
}

#[test]
fn no_request_is_lost_or_doubled() {
    let (fake, service, handle) = start(config().with_workers(3).with_queue_max(16));
    fake.open();
    let n_answered = AtomicUsize::new(0);
    thread::scope(|scope| {
        for client in 0..16 {
            let (handle, n_answered) = (handle.clone(), &n_answered);
            scope.spawn(move || {
                for number in 0..50 {
                    let text = format!("{client}/{number}");
                    match (number % 7, handle.submit(request(&text))) {
                        (_, Err(refused)) => {
                            assert!(matches!(refused.reason, ServiceError::Overloaded { .. }));
                        }
                        (0, Ok(pending)) => drop(pending),
                        (_, Ok(pending)) => {
                            assert_eq!(pending.wait().unwrap().document.text(), text);
                            n_answered.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                }
            });
        }
    });
    assert_eq!(handle.load().waiting, 0);
    service.shutdown();
    let mut run = fake.batches().concat();
    let n_run = run.len();
    run.sort();
    run.dedup();
    assert_eq!(run.len(), n_run, "a request ran twice");
    assert!(n_run >= n_answered.load(Ordering::SeqCst));
    assert!(n_answered.load(Ordering::SeqCst) > 0);
    assert_eq!(handle.load(), Load::default());
}

#[test]
fn settings_are_checked() {
    let default = ServiceConfig::default;
    let rows = [
        (default().with_workers(0), "workers"),
        (default().with_batch_max(0), "batch_max"),
        (default().with_queue_max(0), "queue_max"),
        (default().with_queue_bytes_max(0), "queue_bytes_max"),
    ];
    for (config, name) in rows {
        let result = Service::start_with(Fake::default(), config);
        let Err(ServiceError::Setting { field }) = result else {
            panic!("{name}: {result:?}");
        };
        assert_eq!(field, name);
    }
}

#[test]
fn links_need_a_linker_and_spans() {
    let (_fake, _service, handle) = start(config());
    let result = handle.link_blocking("Dakar");
    assert!(matches!(result, Err(ServiceError::NoLinker)), "{result:?}");

    let mention = |start, end| Mention {
        span: Span::new(start, end),
        label: "LOC".into(),
        score: 1.0,
    };
    let document = || Document::new("d", "é").unwrap();
    Request::link_given(document(), vec![mention(0, 2)]).unwrap();
    for (start, end) in [(0, 1), (0, 3), (9, 9)] {
        let result = Request::link_given(document(), vec![mention(start, end)]);
        assert!(
            matches!(result, Err(ServiceError::Span { .. })),
            "{start}..{end}"
        );
    }
}

#[test]
fn the_pipeline_gives_what_it_gives_alone() {
    let pipeline = Pipeline::embedded_with_linker().unwrap();
    let service = Service::start(pipeline.clone(), config()).unwrap();
    let handle = service.handle();
    let text = "Macky Sall est à Dakar. L'OMS aussi.";
    let document = || Document::new("d", text).unwrap();
    let alone = pipeline.annotate(document()).unwrap();
    assert!(alone.mentions.len() >= 2, "{alone:?}");

    let given = Request::link_given(document(), alone.mentions.clone()).unwrap();
    let requests = vec![
        Request::tag(document()),
        given,
        Request::link(document()),
        Request::link(document()).with_threshold(1.1),
    ];
    let pending = handle.submit_all(requests).unwrap();
    let [tagged, given, linked, none] = pending
        .into_iter()
        .map(|pending| pending.wait().unwrap())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let labels = |annotation: &griot::Annotation| -> Vec<(Span, String)> {
        let mentions = annotation.mentions.iter();
        mentions
            .map(|mention| (mention.span, mention.label.to_string()))
            .collect()
    };
    let targets = |annotation: &griot::Annotation| -> Vec<griot::Target> {
        let links = annotation.links.iter();
        links.map(|link| link.target.clone()).collect()
    };
    assert_eq!(labels(&tagged), labels(&alone));
    assert_eq!(tagged.links, []);
    assert_eq!(targets(&linked), targets(&alone));
    assert_eq!(targets(&given), targets(&alone));
    assert_eq!((none.mentions.len(), none.links.len()), (0, 0));
}
