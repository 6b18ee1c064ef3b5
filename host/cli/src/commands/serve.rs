//! `insula serve`: a server, until it is told to stop.

use std::net::SocketAddr;

use axum::Router;
use insula_engine::Engine;
use insula_server::{ApiKey, ServerConfig, ServerError};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Context;
use crate::args::{ListenArgs, ServeArgs};
use crate::config::{Environment, HostConfig, Scenarios};
use crate::failure::{Exit, Failure};
use crate::host;

pub async fn run(args: ServeArgs, context: Context<'_>) -> Result<(), Failure> {
    let mut server = Server::bind(&args.listen, context.environment, context.environment.test_mode).await?;
    let config = HostConfig::read(&args.host, context.environment, Scenarios::All)?;
    if !context.environment.test_mode {
        context.output.note("Test mode is off: /api/test is not served. E2E_TEST_MODE=true turns it on.");
    }
    tracing::info!(database = %config.database, plugins = config.plugins.len(), "starting");
    let engine = server.engine(config).await?;
    let clinic = server.clinic(&engine);
    server.run(engine, clinic, Stop::listen()?).await
}

/// A server that has its address and waits for an engine.
pub struct Server {
    /// Where it listens: the port is real, also where 0 was asked for.
    pub address: SocketAddr,
    listener: TcpListener,
    config: ServerConfig,
    /// Whether the clinic application is to be served beside the API.
    serves_clinic: bool,
}

impl Server {
    /// Takes the address first, so that a second server fails before it touches anything.
    pub async fn bind(
        args: &ListenArgs,
        environment: &Environment,
        test_mode: bool,
    ) -> Result<Self, Failure> {
        let config = ServerConfig {
            listen: args.listen,
            test_mode,
            api_key: environment.api_key.clone().and_then(ApiKey::new),
            hosts: args.allow_host.clone(),
            origins: args.allow_origin.clone(),
            ..ServerConfig::default()
        };
        config.check().map_err(|reason| Failure::new(Exit::Usage, reason.to_string()))?;
        let listener = match TcpListener::bind(args.listen).await {
            Ok(listener) => listener,
            Err(reason) => return Err(cannot_listen(args.listen, &reason).await),
        };
        let address = listener
            .local_addr()
            .map_err(|reason| Failure::because(Exit::Unavailable, "no address", &reason))?;
        Ok(Self { address, listener, config, serves_clinic: test_mode && !args.no_clinic })
    }

    /// Starts the engine of a server, and makes room for what its quotas allow.
    pub async fn engine(&mut self, config: HostConfig) -> Result<Engine, Failure> {
        self.config = std::mem::take(&mut self.config).with_room_for(&config.settings);
        let sandboxes = host::many(&config.settings);
        host::engine(config, sandboxes).await
    }

    /// The clinic application, where it is to be served and can tell whose a token is.
    pub fn clinic(&self, engine: &Engine) -> Option<Router> {
        if !self.serves_clinic {
            return None;
        }
        match engine.can_verify() {
            Ok(()) => Some(insula_clinic::router(engine.clone(), &self.config)),
            Err(reason) => {
                tracing::warn!(%reason, "the clinic application is not served");
                None
            }
        }
    }

    /// Serves, with an application beside it, until it is told to stop; and then finishes what runs.
    pub async fn run(self, engine: Engine, clinic: Option<Router>, stop: Stop) -> Result<(), Failure> {
        let Self { config, listener, .. } = self;
        insula_server::serve(engine, config, clinic, listener, stop.told()).await.map_err(|reason| {
            match reason {
                ServerError::Engine(reason) => host::failure(reason),
                reason => Failure::because(Exit::Failed, "the server stopped", &reason),
            }
        })
    }
}

/// SIGINT and SIGTERM, which from when this is made no longer end the process at once. So it is made before anybody is told that
/// there is a server, and not before there is one to finish what runs.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Listens from now on.
    pub fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind)
                .map_err(|reason| Failure::because(Exit::Failed, "cannot listen for signals", &reason))
        };
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Completes when the process is told to stop.
    async fn told(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        tracing::info!("told to stop: what runs is finished");
    }
}

async fn cannot_listen(address: SocketAddr, reason: &std::io::Error) -> Failure {
    use std::io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};

    let failure = Failure::because(Exit::Unavailable, format!("cannot listen on {address}"), reason);
    let other = SocketAddr::new(address.ip(), address.port().checked_add(1).unwrap_or(7357));
    match reason.kind() {
        AddrInUse if host::is_insula(address).await => {
            Failure::new(Exit::Unavailable, format!("an Insula is up at http://{address} already"))
                .mend(format!("use it, or start another beside it: --listen {other} --data-dir .insula-2"))
        }
        AddrInUse => failure.mend(format!("another program has that port; choose another: --listen {other}")),
        AddrNotAvailable => {
            failure.mend("this machine has no such address; --listen 127.0.0.1:7357 is always there")
        }
        PermissionDenied => failure
            .mend(format!("ports below 1024 are for root; choose another: --listen {}:7357", address.ip())),
        _ => failure,
    }
}
