//! Serving: from a listener to connections, and to a stop that loses nothing.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use insula_engine::Engine;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutWriter;

use crate::config::{ServerConfig, ServerError};
use crate::measure;
use crate::router::{Closing, assemble};

/// How long to wait when the process has no file descriptor left for another connection.
const BREATH: Duration = Duration::from_millis(100);

/// Serves the API, and `beside` it the routes of an application, until `shutdown` comes; then takes no more connections,
/// lets what runs finish within the grace period,
/// and closes the engine.
///
/// HTTP/1.1 only: a connection then carries one request at a time, so that bounding connections bounds all.
///
/// # Errors
/// When the listener is open to the network and there is no key, and when the engine does not close in order.
pub async fn serve(
    engine: Engine,
    mut config: ServerConfig,
    beside: Option<Router>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServerError> {
    config.listen = listener.local_addr()?;
    config.check()?;

    let (close, closing) = watch::channel(false);
    let service = TowerToHyperService::new(assemble(
        engine.acting_for("server"),
        config.clone(),
        beside,
        Closing(closing),
    ));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(config.header_timeout);
    let slots = Arc::new(Semaphore::new(config.max_connections));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut upkeep = tokio::time::interval(measure::UPKEEP);
    let mut shutdown = std::pin::pin!(shutdown);

    // They have nothing to lose: what they asked the store for is done, or not at all.
    let mut chores = JoinSet::new();
    chores.spawn(engine.acting_for("reaper").reap());
    chores.spawn(engine.clone().follow());
    tracing::info!(listen = %config.listen, test_mode = config.test_mode, key = config.api_key.is_some(), "serving");
    loop {
        let (stream, slot) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &slots) => accepted,
            Some(_) = connections.join_next() => continue,
            _ = upkeep.tick() => {
                measure::handle().run_upkeep();
                continue;
            }
        };
        // Without it, who asks and never reads would keep a connection for ever.
        let mut stream = TimeoutWriter::new(stream);
        stream.set_timeout(Some(config.write_timeout));
        let stream = TokioIo::new(Box::pin(stream));
        let connection = graceful.watch(http.serve_connection(stream, service.clone()));
        connections.spawn(async move {
            if let Err(reason) = connection.await {
                tracing::debug!(%reason, "a connection broke");
            }
            drop(slot);
        });
    }

    drop(listener);
    close.send_replace(true);
    tracing::info!(open = connections.len(), grace = ?config.grace, "shutting down");
    if tokio::time::timeout(config.grace, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            open = connections.len(),
            "requests still ran after the grace period; their runs are dropped"
        );
    }
    connections.shutdown().await;
    chores.shutdown().await;
    Ok(engine.close().await?)
}

/// The next connection, once there is room for it.
async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed, so there is always a permit.
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Without it, small answers wait for the client's acknowledgement.
                if let Err(reason) = stream.set_nodelay(true) {
                    tracing::debug!(%reason, "a connection was gone before it was served");
                }
                return (stream, slot);
            }
            Err(reason) => {
                tracing::warn!(%reason, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}
