//! Who may come in.
//!
//! A server on loopback is reached by every web page that the developer opens, so two doors that browsers leave
//! open are shut. A page whose own name was pointed at 127.0.0.1 (DNS rebinding) is known by its `Host`: on
//! loopback only names of loopback are served, and those in the configuration. A page of another origin is known
//! by its `Origin`: only the server's own origin is served, and those in the configuration. Other programs send
//! neither header falsely and notice nothing.

use axum::http::{HeaderMap, Uri, header};

use crate::config::ServerConfig;
use crate::problem::{Problem, ProblemKind};

/// Where the API is.
pub(crate) const API: &str = "/api/test";

/// Refuses whoever may not come in.
pub(crate) fn check(config: &ServerConfig, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let host =
        uri.authority().map_or_else(|| text(headers, header::HOST), |authority| Some(authority.as_str()));
    check_host(config, host)?;
    check_origin(config, host, headers)?;
    if !is_api(uri.path()) {
        return Ok(());
    }
    if !config.test_mode {
        let detail = format!("{API} is served only in test mode; start the host with E2E_TEST_MODE=true");
        return Err(Problem::new(ProblemKind::TestModeOff, detail));
    }
    check_key(config, headers)
}

fn is_api(path: &str) -> bool {
    path.strip_prefix(API).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn check_host(config: &ServerConfig, host: Option<&str>) -> Result<(), Problem> {
    // A request without a host is of no browser. Beyond loopback the key keeps pages out.
    let Some(host) = host.filter(|_| config.on_loopback()) else { return Ok(()) };
    let name = without_port(host);
    if is_loopback(name) || config.hosts.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let detail =
        format!("this host listens on loopback and is not called {name:?}; call it localhost or 127.0.0.1");
    Err(Problem::new(ProblemKind::ForeignHost, detail))
}

fn check_origin(config: &ServerConfig, host: Option<&str>, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or("null");
    let same =
        origin.split_once("://").zip(host).is_some_and(|((_, own), host)| own.eq_ignore_ascii_case(host));
    if same || config.origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)) {
        return Ok(());
    }
    let detail = format!(
        "{origin} is not this host's origin; allow it in the host's configuration, or call from outside the page"
    );
    Err(Problem::new(ProblemKind::ForeignOrigin, detail))
}

fn check_key(config: &ServerConfig, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(key) = &config.api_key else { return Ok(()) };
    let given = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes()).and_then(bearer);
    match given {
        Some(given) if key.is(given) => Ok(()),
        Some(_) => {
            Err(Problem::new(ProblemKind::Unauthorized, "the bearer key is not this host's INSULA_API_KEY"))
        }
        None => {
            let detail = "this host asks for a key; send \"Authorization: Bearer …\" with its INSULA_API_KEY";
            Err(Problem::new(ProblemKind::Unauthorized, detail))
        }
    }
}

/// The key in `Bearer <key>` (RFC 6750); the scheme's case does not matter (RFC 9110, section 11.1).
fn bearer(authorization: &[u8]) -> Option<&[u8]> {
    let (scheme, key) = authorization.split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| key.trim_ascii())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn without_port(host: &str) -> &str {
    let end_of_name = host.rfind(']').map_or(0, |end| end + 1);
    host.get(end_of_name..)
        .and_then(|rest| rest.rfind(':'))
        .map_or(host, |colon| &host[..end_of_name + colon])
}

fn is_loopback(name: &str) -> bool {
    let is_localhost = |name: &str| name.eq_ignore_ascii_case("localhost");
    if is_localhost(name) || name.rsplit_once('.').is_some_and(|(_, last)| is_localhost(last)) {
        return true;
    }
    let address = name.trim_start_matches('[').trim_end_matches(']');
    address.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;
    use crate::config::ApiKey;

    fn config() -> ServerConfig {
        ServerConfig { test_mode: true, ..ServerConfig::default() }
    }

    fn refused(
        config: &ServerConfig,
        path: &'static str,
        sent: &[(HeaderName, &'static str)],
    ) -> Option<ProblemKind> {
        let headers =
            sent.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        check(config, &Uri::from_static(path), &headers).err().map(|problem| problem.kind())
    }

    #[test]
    fn on_loopback_only_names_of_loopback_are_served() {
        let own = ServerConfig { hosts: vec!["host.docker.internal".to_owned()], ..config() };
        for name in [
            "localhost",
            "LOCALHOST:7357",
            "app.localhost:1",
            "127.0.0.1:7357",
            "127.1.2.3",
            "[::1]:7357",
            "[::1]",
            "Host.docker.internal:7357",
        ] {
            assert_eq!(refused(&own, "/api/test/seed", &[(header::HOST, name)]), None, "{name}");
        }
        for name in [
            "evil.example",
            "evil.example:7357",
            "localhost.evil.example",
            "10.0.0.1",
            "127.0.0.1.evil.example",
        ] {
            let refused = refused(&own, "/healthz", &[(header::HOST, name)]);
            assert_eq!(refused, Some(ProblemKind::ForeignHost), "{name}");
        }
        let beyond = ServerConfig { listen: "0.0.0.0:7357".parse().unwrap(), ..config() };
        assert_eq!(refused(&beyond, "/healthz", &[(header::HOST, "tests.internal")]), None);
    }

    #[test]
    fn pages_of_other_origins_are_kept_out() {
        let own = ServerConfig { origins: vec!["http://localhost:3000".to_owned()], ..config() };
        let with = |origin| {
            refused(&own, "/api/test/seed", &[(header::HOST, "localhost:7357"), (header::ORIGIN, origin)])
        };
        assert_eq!(with("http://localhost:7357"), None);
        assert_eq!(with("http://localhost:3000"), None);
        for foreign in ["http://localhost:3001", "https://evil.example", "null", ""] {
            assert_eq!(with(foreign), Some(ProblemKind::ForeignOrigin), "{foreign}");
        }
    }

    #[test]
    fn without_test_mode_the_api_is_not_there() {
        let off = ServerConfig::default();
        for path in ["/api/test", "/api/test/", "/api/test/seed", "/api/test/nothing"] {
            assert_eq!(refused(&off, path, &[]), Some(ProblemKind::TestModeOff), "{path}");
        }
        assert_eq!(refused(&off, "/healthz", &[]), None);
        assert_eq!(refused(&off, "/api/testing", &[]), None);
    }

    #[test]
    fn a_key_is_asked_for_where_there_is_one() {
        let keyed = ServerConfig { api_key: ApiKey::new("secret"), ..config() };
        let with = |sent: &[_]| refused(&keyed, "/api/test/seed", sent);
        assert_eq!(with(&[(header::AUTHORIZATION, "Bearer secret")]), None);
        assert_eq!(with(&[(header::AUTHORIZATION, "bearer secret")]), None);
        for wrong in ["Bearer", "Bearer ", "Bearer wrong", "Basic secret", "secret", "Bearer secret2"] {
            assert_eq!(with(&[(header::AUTHORIZATION, wrong)]), Some(ProblemKind::Unauthorized), "{wrong}");
        }
        assert_eq!(with(&[]), Some(ProblemKind::Unauthorized));
        assert_eq!(refused(&keyed, "/readyz", &[]), None);
    }
}
