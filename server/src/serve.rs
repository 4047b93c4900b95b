//! Serves HTTP and runs the jobs, until it is told to stop; then lets what has begun come to its end.

use crate::jobs;
use axum::serve::ListenerExt;
use std::io;
use std::time::Duration;
use tepai_app::App;
use tepai_http;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How long requests that have begun may take to end.
const DRAIN: Duration = Duration::from_secs(25);

/// Serves `app` on `listener` until `stop` is cancelled.
pub async fn serve(listener: TcpListener, app: App, stop: CancellationToken) -> io::Result<()> {
    let (router, _document) = tepai_http::router(app.clone());
    let jobs = jobs::start(jobs::JOBS, &app, &stop);
    let (live, office_live) = (app.live.clone(), app.office_live.clone());
    let stopped = stop.clone();
    // Connections of live updates would else hold the server up.
    tokio::spawn(async move {
        stopped.cancelled().await;
        live.close();
        office_live.close();
    });
    // An answer is one small write: it must not wait for another to travel with.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(error = error.to_string(), "a connection keeps its delay");
        }
    });
    let serving =
        axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    let served = tokio::select! {
        served = serving.into_future() => served,
        () = too_long_after(&stop) => {
            tracing::warn!("some requests did not end in time; their phones will ask again");
            Ok(())
        }
    };
    // Whoever ends by an error stops the jobs, too.
    stop.cancel();
    jobs.wait().await;
    served
}

async fn too_long_after(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(DRAIN).await;
}

/// Waits for ctrl-c, or for the signal by which a service manager ends a process.
pub async fn stop_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}
