//! Connections: their limits, and their end.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::{Either, select};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;

use super::HttpConfig;
use super::routes::{Phase, router_in};
use crate::Handle;

/// Most bytes of the head of a request; beyond it 431.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// Serves [`router`](super::router) on `listener` until `shutdown` is ready, and
/// then until what was accepted is answered, at most
/// [`drain_timeout`](HttpConfig::drain_timeout).
///
/// HTTP/1.1 with connections that are kept open. A client that hangs up, or closes
/// its half of a connection, cancels its request. The service behind `handle` goes
/// on; shut it down afterwards.
///
/// # Errors
///
/// None that ends it: a connection that cannot be accepted is reported to
/// [`tracing`] and tried again.
pub async fn serve(
    listener: TcpListener,
    handle: Handle,
    config: HttpConfig,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (phase, receiver) = watch::channel(Phase::Serving);
    let router = router_in(handle, config.clone(), receiver);
    let permits = Arc::new(Semaphore::new(config.connections_max.max(1)));
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = pin!(accept(&listener, &permits));
        let (stream, permit) = match select(shutdown.as_mut(), accepted).await {
            Either::Left(_) => break,
            Either::Right((Ok(accepted), _)) => accepted,
            Either::Right((Err(error), _)) => {
                // Mostly too many open files: some will be closed.
                tracing::warn!(%error, "cannot accept a connection");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let connection = connection(stream, router.clone(), &config, graceful.watcher());
        tokio::spawn(async move {
            connection.await;
            drop(permit);
        });
    }
    drop(listener);
    // Nobody listens if there is no stream.
    let _ = phase.send(Phase::Draining);
    if timeout(config.drain_timeout, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were cut off at shutdown");
    }
    Ok(())
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(permits).acquire_owned().await;
    let permit = permit.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}

/// All requests of one connection.
fn connection(
    stream: TcpStream,
    router: Router,
    config: &HttpConfig,
    watcher: Watcher,
) -> impl Future<Output = ()> + Send + use<> {
    // Responses are small and waited for.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(config.write_timeout));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(config.head_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(
            TokioIo::new(Box::pin(stream)),
            TowerToHyperService::new(router),
        );
    let connection = watcher.watch(connection);
    async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended");
        }
    }
}
