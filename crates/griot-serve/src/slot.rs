//! Where a reply is put and fetched, once.

use std::mem;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use griot::Annotation;

use crate::ServiceError;

/// What a request comes to.
pub(crate) type Reply = Result<Annotation, ServiceError>;

/// A channel for one reply, which several may try to give: the worker that has run
/// the request, the clock when it is too late. The first one counts.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Waiting(Option<Waker>),
    Replied(Box<Reply>),
    /// The reply was fetched, or nobody waits for it any more.
    Closed,
}

/// What became of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Delivered,
    /// There was a reply already, or nobody waited.
    Unwanted,
}

impl Default for State {
    fn default() -> Self {
        Self::Waiting(None)
    }
}

impl Slot {
    /// Gives the reply. Wakes who waits, so call it without holding a lock.
    pub(crate) fn reply(&self, reply: Reply) -> Delivery {
        let mut state = self.lock();
        let State::Waiting(waker) = &mut *state else {
            return Delivery::Unwanted;
        };
        let waker = waker.take();
        *state = State::Replied(Box::new(reply));
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Delivery::Delivered
    }

    /// Whether a reply is still wanted.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(*self.lock(), State::Waiting(_))
    }

    /// Nobody will fetch the reply; tells whether there was one.
    pub(crate) fn close(&self) -> Delivery {
        // A waker or a reply is dropped at the end, outside the lock.
        let state = mem::replace(&mut *self.lock(), State::Closed);
        match state {
            State::Replied(_) => Delivery::Delivered,
            State::Waiting(_) | State::Closed => Delivery::Unwanted,
        }
    }

    /// Fetches the reply, or has `context` woken when it is there.
    ///
    /// # Panics
    ///
    /// If the reply was fetched before.
    pub(crate) fn poll(&self, context: &Context<'_>) -> Poll<Reply> {
        let mut state = self.lock();
        match &mut *state {
            State::Waiting(Some(waker)) if waker.will_wake(context.waker()) => Poll::Pending,
            State::Waiting(waker) => {
                *waker = Some(context.waker().clone());
                Poll::Pending
            }
            State::Replied(_) => match mem::replace(&mut *state, State::Closed) {
                State::Replied(reply) => Poll::Ready(*reply),
                State::Waiting(_) | State::Closed => unreachable!("the state was just matched"),
            },
            State::Closed => panic!("a reply was polled after it was fetched"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `future` on this thread, which sleeps while there is nothing to do.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
