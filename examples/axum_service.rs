//! Put griot into a web service of your own: its routes beside yours, and its handle
//! in a handler of yours.
//!
//! ```console
//! $ cargo run --release -p griot-examples --example axum_service
//! $ curl -d 'Macky Sall est à Dakar.' localhost:3000/names
//! $ curl -H 'content-type: application/json' -d '{"text": "Dakar"}' localhost:3000/griot/v1/link
//! ```

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use griot::Pipeline;
use griot_serve::{Handle, HttpConfig, Service, ServiceConfig, ServiceError, router};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let service = Service::start(Pipeline::embedded_with_linker()?, ServiceConfig::default())?;
    let app = app(service.handle());

    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:3000")).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            // Without Ctrl-C it runs until it is killed.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;

    // It waits, which a thread of the runtime must not.
    tokio::task::spawn_blocking(|| service.shutdown()).await?;
    Ok(())
}

fn app(handle: Handle) -> Router {
    // The routes of `griot serve`, under a path of your choice.
    let griot = router(handle.clone(), HttpConfig::default());
    Router::new()
        .route("/names", post(names))
        .with_state(handle)
        .nest("/griot", griot)
}

/// The names in the body, one a line.
///
/// Waiting for them does not block the runtime, and a client that hangs up frees its
/// place in the queue.
async fn names(State(handle): State<Handle>, text: String) -> Result<String, StatusCode> {
    let annotation = handle.tag(text).await.map_err(|error| match error {
        ServiceError::Overloaded { .. } => StatusCode::TOO_MANY_REQUESTS,
        ServiceError::DeadlineExceeded { .. } => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    })?;
    let names = annotation.mentions.iter();
    Ok(names
        .map(|mention| format!("{}\n", annotation.surface(mention)))
        .collect())
}
