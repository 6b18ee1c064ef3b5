//! The host under test.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use insula_engine::{Engine, EngineConfig, PluginSource, Settings, SigningKey, TrustedKeys};
use insula_sandbox::SandboxConfig;
use insula_server::{ServerConfig, ServerError, serve};
use insula_store::StoreConfig;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::Client;

/// Longer than anything that a test waits for takes on the slowest machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// Where compiled plugins are kept from one test to the next.
const CACHE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tests/plugins");

/// A host with a database of its own, gone when it is dropped.
pub struct TestHost {
    address: SocketAddr,
    engine: Engine,
    key: Option<String>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), ServerError>>,
    _place: Place,
    _backups: TempDir,
}

/// Where the database of a host under test is; it goes away with this.
#[derive(Debug)]
pub enum Place {
    /// SQLite, in a file.
    Sqlite(TempDir),
    /// PostgreSQL, which all tests share.
    Postgres(insula_test_postgres::Database),
    /// Somewhere that the test itself looks after.
    Elsewhere(String),
}

/// Makes the application that is served beside the host's API.
type Beside = Box<dyn FnOnce(Engine, &Builder) -> axum::Router + Send>;

/// What a host under test is to be like.
pub struct Builder {
    beside: Option<Beside>,
    server: ServerConfig,
    sandbox: SandboxConfig,
    settings: Settings,
    plugins: Vec<PluginSource>,
    trusted: Option<TrustedKeys>,
    key: Option<String>,
    place: Option<Place>,
}

impl TestHost {
    /// A host in test mode with the built-in scenarios.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A host that differs from the usual one.
    pub fn builder() -> Builder {
        let builtins = insula_plugins::BUILTINS.iter();
        let plugins = builtins.map(|builtin| PluginSource::built_in(builtin.name, builtin.wasm));
        Builder {
            beside: None,
            server: ServerConfig { test_mode: true, ..ServerConfig::default() },
            // Tests start many hosts: a pool for each would cost more than it gives, and all share what one compiled.
            sandbox: SandboxConfig {
                pooling: false,
                slots: 16,
                cache: Some(CACHE.into()),
                ..SandboxConfig::default()
            },
            settings: Settings::default(),
            plugins: plugins.collect(),
            trusted: None,
            key: None,
            place: None,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its engine, for what is to be done beside HTTP.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A client that sends the host's key, where it has one.
    pub fn client(&self) -> Client {
        Client::new(self.address, self.key.clone())
    }

    /// How many islands there are, as the host says.
    pub async fn islands(&self) -> u64 {
        let islands = self.client().get("/api/test/islands").await;
        assert_eq!(islands.status, 200, "{}", islands.text);
        islands.json()["total"].as_u64().expect("a list of islands says how many there are")
    }

    /// Stops it, as SIGTERM would, and waits until it has closed its database.
    pub async fn stop(self) {
        self.stop.send(()).expect("the host still runs");
        let served = tokio::time::timeout(DEADLINE, self.served).await.expect("the host stops in time");
        served.expect("the host does not panic").expect("the host stops in order");
    }
}

impl Builder {
    /// With other settings of the server.
    pub fn server(mut self, change: impl FnOnce(&mut ServerConfig)) -> Self {
        change(&mut self.server);
        self
    }

    /// With other settings of the sandbox.
    pub fn sandbox(mut self, change: impl FnOnce(&mut SandboxConfig)) -> Self {
        change(&mut self.sandbox);
        self
    }

    /// With another configuration file.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// With a key, which its clients send.
    pub fn key(mut self, key: &str) -> Self {
        self.server.api_key = insula_server::ApiKey::new(key);
        self.key = Some(key.to_owned());
        self
    }

    /// With these plugins besides the built-in ones.
    pub fn plugin(mut self, origin: &str, wasm: impl Into<Cow<'static, [u8]>>) -> Self {
        self.plugins.push(PluginSource::new(origin, wasm));
        self
    }

    /// With plugins of these public keys alone.
    pub fn trusts(mut self, keys: &[&str]) -> Self {
        let texts: Vec<_> = keys.iter().map(|key| ("a key".to_owned(), (*key).to_owned())).collect();
        self.trusted = Some(TrustedKeys::read(&texts).expect("public keys"));
        self
    }

    /// On this database.
    pub fn place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// With another application than the clinic beside its API.
    pub fn beside(mut self, make: impl FnOnce(Engine, &Self) -> axum::Router + Send + 'static) -> Self {
        self.beside = Some(Box::new(make));
        self
    }

    /// The settings of the server.
    pub fn server_config(&self) -> &ServerConfig {
        &self.server
    }

    /// Starts it.
    pub async fn start(mut self) -> TestHost {
        let place = self.place.take().unwrap_or_else(Place::usual);
        let backups = tempfile::tempdir().expect("a folder for backups");
        let engine = Engine::start(EngineConfig {
            store: StoreConfig { backups: Some(backups.path().to_owned()), ..StoreConfig::new(place.url()) },
            sandbox: self.sandbox.clone(),
            plugins: std::mem::take(&mut self.plugins),
            trusted: self.trusted.clone(),
            kept: true,
            schemas: Vec::new(),
            settings: self.settings.clone(),
            signing_key: SigningKey::Hs256(b"a secret of at least 32 bytes, for tests".to_vec()),
        });
        let engine = engine.await.expect("the engine starts");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("the port that was given");
        let (stop, stopped) = oneshot::channel();
        // A dropped sender stops the host, too: a test that fails leaves none behind.
        let shutdown = async { stopped.await.unwrap_or_default() };
        let beside = match self.beside.take() {
            Some(make) => make(engine.clone(), &self),
            None => insula_clinic::router(engine.clone(), &self.server),
        };
        let served = tokio::spawn(serve(engine.clone(), self.server, Some(beside), listener, shutdown));
        TestHost { address, engine, key: self.key, stop, served, _place: place, _backups: backups }
    }
}

impl Place {
    /// SQLite; PostgreSQL where the environment says `INSULA_TEST_DATABASE=postgres`. `tests/run` says both, one after the
    /// other: so a test that names no place of its own runs on both.
    pub fn usual() -> Self {
        if std::env::var("INSULA_TEST_DATABASE").is_ok_and(|database| database == "postgres") {
            Self::postgres()
        } else {
            Self::Sqlite(tempfile::tempdir().expect("a folder for the database"))
        }
    }

    /// An empty PostgreSQL.
    pub fn postgres() -> Self {
        Self::Postgres(insula_test_postgres::Database::fresh())
    }

    /// How a host names it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => folder.path().join("insula.db").to_string_lossy().into_owned(),
            Self::Postgres(database) => database.url(),
            Self::Elsewhere(url) => url.clone(),
        }
    }
}

/// Asks again and again until the answer is there; for what happens on its own.
pub async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(began.elapsed() < DEADLINE, "{what} did not happen within {DEADLINE:?}");
        tokio::task::yield_now().await;
    }
}
