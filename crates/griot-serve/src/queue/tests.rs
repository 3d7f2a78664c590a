use std::time::Duration;

use griot::Document;

use super::*;

const WAIT: Duration = Duration::from_millis(10);

fn config() -> ServiceConfig {
    ServiceConfig::default()
        .with_wait_max(WAIT)
        .with_batch_max(3)
        .with_batch_bytes_max(100)
        .with_queue_max(5)
        .with_queue_bytes_max(200)
        .with_deadline(None)
}

fn request(n_bytes: usize) -> Request {
    Request::tag(Document::new("d", "a".repeat(n_bytes)).unwrap())
}

/// Takes requests of these sizes one by one; the last one's refusal counts.
fn push(queue: &mut Queue, sizes: &[usize], now: Instant) -> Result<Vec<Ticket>, ServiceError> {
    let mut tickets = Vec::new();
    for &size in sizes {
        let pushed = queue.push(vec![request(size)], now);
        tickets.extend(pushed.map_err(|(_, reason)| reason)?);
    }
    Ok(tickets)
}

/// Sizes of the batches that the queue gives, until it gives none.
fn batches(queue: &mut Queue, now: Instant) -> Vec<Vec<usize>> {
    let mut batches = Vec::new();
    while let Next::Run(batch) = queue.next(now) {
        batches.push(batch.iter().map(|job| job.request.n_bytes()).collect());
    }
    batches
}

#[test]
fn a_batch_has_limits() {
    let rows: [(&[usize], &[&[usize]]); 6] = [
        (&[], &[]),
        (&[1], &[&[1]]),
        (&[1, 1, 1, 1, 1], &[&[1, 1, 1], &[1, 1]]),
        (&[60, 40, 1], &[&[60, 40], &[1]]),
        (&[60, 41], &[&[60], &[41]]),
        // Over the limit by itself, and still run.
        (&[150, 1], &[&[150], &[1]]),
    ];
    for (sizes, expected) in rows {
        let mut queue = Queue::new(config());
        let now = Instant::now();
        push(&mut queue, sizes, now).unwrap();
        // Late enough that nothing is waited for.
        assert_eq!(batches(&mut queue, now + WAIT), expected, "{sizes:?}");
        assert_eq!(queue.load().waiting_bytes, 0, "{sizes:?}");
        assert_eq!(queue.load().running, sizes.len(), "{sizes:?}");
    }
}

#[test]
fn only_company_is_waited_for() {
    let mut queue = Queue::new(config());
    let now = Instant::now();
    push(&mut queue, &[1], now).unwrap();
    assert_eq!(batches(&mut queue, now), [[1]], "the first does not wait");
    push(&mut queue, &[1], now).unwrap();
    assert_eq!(batches(&mut queue, now), [[1]], "nor one that came alone");
    push(&mut queue, &[1, 1], now).unwrap();
    assert_eq!(batches(&mut queue, now), [[1, 1]]);

    push(&mut queue, &[1], now).unwrap();
    let Next::WaitUntil(until) = queue.next(now) else {
        panic!("the last batch had two");
    };
    assert_eq!(until, now + WAIT);
    // As long as the oldest waits, not the latest.
    push(&mut queue, &[1], now + WAIT / 2).unwrap();
    assert_eq!(batches(&mut queue, until), [[1, 1]]);

    push(&mut queue, &[1, 1, 1], now).unwrap();
    assert_eq!(batches(&mut queue, now), [[1, 1, 1]], "full by number");
    push(&mut queue, &[99, 1], now).unwrap();
    assert_eq!(batches(&mut queue, now), [[99, 1]], "full by size");
}

#[test]
fn refuses_what_does_not_fit() {
    let now = Instant::now();
    // What waits, what comes, and whether it is Ok, Overloaded or TooLarge.
    let rows: [(&[usize], &[usize], &str); 8] = [
        (&[], &[200], "ok"),
        (&[], &[201], "too large"),
        (&[], &[1, 1, 1, 1, 1], "ok"),
        (&[], &[1, 1, 1, 1, 1, 1], "too large"),
        (&[1, 1, 1, 1], &[1], "ok"),
        (&[1, 1, 1, 1], &[1, 1], "overloaded"),
        (&[150], &[50], "ok"),
        (&[150], &[51], "overloaded"),
    ];
    for (waiting, coming, expected) in rows {
        let mut queue = Queue::new(config());
        push(&mut queue, waiting, now).unwrap();
        let before = queue.load();
        let coming: Vec<Request> = coming.iter().map(|&size| request(size)).collect();
        let n_coming = coming.len();
        let found = match queue.push(coming, now) {
            Ok(tickets) => {
                assert_eq!(tickets.len(), n_coming);
                "ok"
            }
            Err((requests, reason)) => {
                assert_eq!(requests.len(), n_coming, "all come back");
                assert_eq!(queue.load(), before, "none was taken");
                match reason {
                    ServiceError::Overloaded { .. } => "overloaded",
                    ServiceError::TooLarge { .. } => "too large",
                    other => panic!("{other}"),
                }
            }
        };
        assert_eq!(found, expected, "{waiting:?} then {n_coming}");
    }
}

#[test]
fn a_cancelled_request_leaves_its_place() {
    let mut queue = Queue::new(config().with_deadline(Some(WAIT)));
    let now = Instant::now();
    let tickets = push(&mut queue, &[50, 60, 70], now).unwrap();
    queue.cancel(&tickets[1]);
    queue.cancel(&tickets[1]);
    assert_eq!(queue.load().waiting_bytes, 120);
    push(&mut queue, &[80], now).unwrap();
    assert_eq!(
        batches(&mut queue, now + WAIT),
        [vec![50], vec![70], vec![80]]
    );
    // Those that run can be cancelled too, and still finish.
    queue.cancel(&tickets[0]);
    queue.finish([&tickets[0], &tickets[2]]);
    assert_eq!(queue.load().running, 1);
}

#[test]
fn time_runs_out_for_those_who_wait_and_those_who_run() {
    let mut queue = Queue::new(config());
    let now = Instant::now();
    let seconds = Duration::from_secs;
    for time in [3, 1, 2] {
        let request = request(10).with_deadline(seconds(time));
        queue.push(vec![request], now).unwrap();
    }
    let unlimited = request(10).with_deadline(Duration::MAX);
    queue.push(vec![unlimited], now).unwrap();

    assert_eq!(queue.first_deadline(), Some(now + seconds(1)));
    assert!(queue.expire(now).is_empty());
    assert_eq!(queue.expire(now + seconds(1)).len(), 1);
    assert_eq!(queue.load().waiting, 3);
    assert_eq!(batches(&mut queue, now + WAIT), [[10, 10, 10]]);
    assert_eq!(queue.expire(now + seconds(2)).len(), 1);
    assert_eq!(queue.load().running, 3, "until the batch ends");
    assert_eq!(queue.expire(now + seconds(9)).len(), 1);
    assert_eq!(queue.first_deadline(), None);
}

#[test]
fn a_closed_queue_is_emptied() {
    let mut queue = Queue::new(config());
    let now = Instant::now();
    assert!(matches!(queue.next(now), Next::Idle));
    push(&mut queue, &[1, 1, 1, 1], now).unwrap();
    queue.close();
    let refused = push(&mut queue, &[1], now);
    assert!(matches!(refused, Err(ServiceError::ShuttingDown)));
    assert_eq!(batches(&mut queue, now), [vec![1, 1, 1], vec![1]]);
    assert!(matches!(queue.next(now), Next::End));
}
