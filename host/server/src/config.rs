//! What a server is told at its start.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::http::Uri;
use insula_engine::{EngineError, Settings};
use subtle::ConstantTimeEq;

/// How much longer params may be as they are sent: who writes all but ASCII as `\u…` takes twice the bytes for it.
const ESCAPED: usize = 2;
/// Bytes of a body besides the params.
const BESIDE_PARAMS: usize = 64 << 10;
/// How many times the longest wall time a request may take: what a scenario extends has as much again, and there are waits for
/// a sandbox and for the database.
const WALLS: u32 = 6;

/// How a server listens and what it lets in. Reading it from flags and the environment is for floor 5.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The address that it listens on.
    pub listen: SocketAddr,
    /// Whether `/api/test` exists: `E2E_TEST_MODE`.
    pub test_mode: bool,
    /// The bearer key that `/api/test` asks for: `INSULA_API_KEY`.
    pub api_key: Option<ApiKey>,
    /// Names, besides those of loopback, by which a server on loopback may be called.
    pub hosts: Vec<String>,
    /// Origins, such as `http://localhost:3000`, whose pages may call the API from a browser.
    pub origins: Vec<String>,
    /// How large a body may be, in bytes.
    pub body_limit: usize,
    /// How long a client may take to send a body.
    pub body_timeout: Duration,
    /// How large a plugin may be that is added, in bytes.
    pub plugin_limit: usize,
    /// How long a client may take to send one.
    pub plugin_timeout: Duration,
    /// How long a client may take to send a request's head; also how long an idle connection is kept.
    pub header_timeout: Duration,
    /// How long a request may take, its body included.
    pub request_timeout: Duration,
    /// … and one that copies the whole database: a backup, a restore, the begin and end of a session.
    pub copy_timeout: Duration,
    /// How long a client may take nothing of what it is sent, before its connection is closed.
    pub write_timeout: Duration,
    /// How many connections are open at most; more wait in the kernel's queue.
    pub max_connections: usize,
    /// How long what runs may go on after the server was told to stop.
    pub grace: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7357)),
            test_mode: false,
            api_key: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            // The params of 10,000 hand-written entities fit.
            body_limit: 1 << 20,
            body_timeout: Duration::from_secs(10),
            // As much as a sandbox loads.
            plugin_limit: 64 << 20,
            // Within the time of a whole request.
            plugin_timeout: Duration::from_secs(40),
            // Longer than test runners keep idle connections, so that it is they who close them.
            header_timeout: Duration::from_secs(30),
            // Beyond the wall time of the built-in quotas, so that a run's own limit speaks first.
            request_timeout: Duration::from_secs(60),
            copy_timeout: Duration::from_secs(15 * 60),
            // A debugger that holds a test for a while does not stop its client's operating system.
            write_timeout: Duration::from_secs(30),
            // A thousand parallel tests, and room under the usual limit of open files.
            max_connections: 1_000,
            // Under the ten seconds after which containers are killed.
            grace: Duration::from_secs(8),
        }
    }
}

impl ServerConfig {
    /// With room for all that the quotas of a host and of its scenarios allow, so that it is they who refuse a run, by name.
    #[must_use]
    pub fn with_room_for(self, settings: &Settings) -> Self {
        let own = settings.scenarios.values().map(|scenario| &scenario.quotas);
        let (mut body, mut time) = (self.body_limit, self.request_timeout);
        for quotas in own.chain([&settings.quotas]) {
            if let Some(params) = quotas.params_bytes {
                let params = usize::try_from(params).unwrap_or(usize::MAX);
                body = body.max(params.saturating_mul(ESCAPED).saturating_add(BESIDE_PARAMS));
            }
            if let Some(wall) = quotas.wall_ms {
                time = time.max(Duration::from_millis(wall).saturating_mul(WALLS));
            }
        }
        Self { body_limit: body, request_timeout: time, ..self }
    }

    /// Refuses what would open the database to a network.
    ///
    /// # Errors
    /// When it would listen beyond loopback without a key, or an origin is none.
    pub fn check(&self) -> Result<(), ServerError> {
        if !self.on_loopback() && self.api_key.is_none() {
            return Err(ServerError::Exposed { listen: self.listen });
        }
        if let Some(origin) = self.origins.iter().find(|origin| !is_origin(origin)) {
            return Err(ServerError::Origin { origin: origin.clone() });
        }
        Ok(())
    }

    pub(crate) fn on_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }
}

/// Whether a browser sends it so (RFC 6454, section 6.2).
fn is_origin(text: &str) -> bool {
    let uri: Option<Uri> = text.parse().ok();
    uri.is_some_and(|uri| match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => {
            !authority.as_str().contains('@') && text.eq_ignore_ascii_case(&format!("{scheme}://{authority}"))
        }
        _ => false,
    })
}

/// A bearer key. It is compared in constant time and never printed.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key; one that is empty is none.
    pub fn new(key: impl Into<String>) -> Option<Self> {
        Some(key.into()).filter(|key| !key.is_empty()).map(Self)
    }

    pub(crate) fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// A server could not start, or could not stop in order.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// It would listen beyond loopback without a key.
    #[error("{listen} can be reached from other machines: set INSULA_API_KEY, or listen on 127.0.0.1")]
    Exposed {
        /// Where it would listen.
        listen: SocketAddr,
    },
    /// Pages could never come from there.
    #[error(
        "{origin:?} is no origin of pages: write the scheme, the host and the port as the browser does, such as \
         http://localhost:3000, without a path; each by itself, since * is none"
    )]
    Origin {
        /// What was named.
        origin: String,
    },
    /// The listener cannot be used.
    #[error("the listener cannot be used: {0}")]
    Listener(#[from] std::io::Error),
    /// The engine did not close in order.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send() {
        let check = |origin: &str| {
            ServerConfig { origins: vec![origin.to_owned()], ..ServerConfig::default() }.check()
        };
        for origin in ["http://localhost:3000", "https://app.example", "http://[::1]:5173"] {
            check(origin).unwrap();
        }
        for wrong in
            ["*", "x", "localhost:3000", "http://localhost:3000/", "http://me@host", "http://a b", ""]
        {
            assert!(matches!(check(wrong), Err(ServerError::Origin { .. })), "{wrong:?}");
        }
    }

    #[test]
    fn a_request_has_room_for_the_largest_quota_of_all_and_never_less_than_without() {
        let room = |settings: serde_json::Value| {
            let settings = serde_json::from_value(settings).unwrap();
            let config = ServerConfig::default().with_room_for(&settings);
            (config.body_limit, config.request_timeout)
        };
        let usual = (1 << 20, Duration::from_secs(60));
        assert_eq!(room(json!({})), usual);
        assert_eq!(room(json!({ "quotas": { "params_bytes": 10, "wall_ms": 10 } })), usual);
        let of = |bytes, millis| json!({ "quotas": { "params_bytes": bytes, "wall_ms": millis } });
        let large = ((6 << 20) + (64 << 10), Duration::from_secs(120));
        assert_eq!(room(of(3 << 20, 20_000)), large);
        let scenarios = json!({ "small": of(10, 10), "large": of(3 << 20, 20_000), "other": {} });
        assert_eq!(room(json!({ "scenarios": scenarios })), large);
        let quotas = json!({ "params_bytes": 2 << 20, "wall_ms": 600_000 });
        let both = room(json!({ "quotas": quotas, "scenarios": scenarios }));
        assert_eq!(both, (large.0, Duration::from_secs(3600)));
        assert_eq!(room(of(u64::MAX, 0)).0, usize::MAX);
        assert!(room(of(0, u64::MAX)).1 > Duration::from_millis(u64::MAX));
    }

    #[test]
    fn beyond_loopback_a_key_is_needed() {
        let at = |listen: &str, key: Option<&str>| {
            let config = ServerConfig {
                listen: listen.parse().unwrap(),
                api_key: key.and_then(ApiKey::new),
                ..ServerConfig::default()
            };
            config.check().is_ok()
        };
        assert!(at("127.0.0.1:0", None));
        assert!(at("127.8.8.8:0", None));
        assert!(at("[::1]:0", None));
        assert!(at("[::ffff:127.0.0.1]:0", None));
        assert!(!at("0.0.0.0:0", None));
        assert!(!at("[::]:0", None));
        assert!(!at("10.0.0.1:0", Some("")));
        assert!(at("0.0.0.0:0", Some("secret")));
    }

    #[test]
    fn a_key_is_whole_or_wrong_and_never_shown() {
        let key = ApiKey::new("secret").unwrap();
        assert!(key.is(b"secret"));
        assert!(!key.is(b"secre"));
        assert!(!key.is(b"secret "));
        assert!(!key.is(b""));
        assert!(!format!("{key:?}").contains("secret"));
    }
}
