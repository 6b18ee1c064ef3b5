//! PostgreSQL's own programs: what they are told, and that no password stands on their command line.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

use crate::error::StoreError;

/// How the programs reach a server: as everything else does, by the same name, password and TLS. Variables that are read by
/// libpq (postgresql.org/docs/current/libpq-envars.html); without a password it looks where every client does.
#[derive(Clone)]
pub(super) struct Access(Vec<(&'static str, OsString)>);

impl Access {
    /// That of a URL, and of what was read from it.
    pub(super) fn new(options: &PgConnectOptions, url: &str) -> Self {
        let host = options
            .get_socket()
            .map_or_else(|| options.get_host().into(), |path| path.as_os_str().to_owned());
        let mut variables = vec![
            ("PGHOST", host),
            ("PGPORT", options.get_port().to_string().into()),
            ("PGUSER", options.get_username().into()),
            ("PGSSLMODE", ssl_mode(options.get_ssl_mode()).into()),
        ];
        let Ok(url) = Url::parse(url) else { return Self(variables) };
        if let Some(password) = url.password() {
            let password = percent_encoding::percent_decode_str(password).decode_utf8_lossy();
            variables.push(("PGPASSWORD", password.into_owned().into()));
        }
        for (key, value) in url.query_pairs() {
            let variable = match &*key {
                "password" => "PGPASSWORD",
                "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "PGSSLROOTCERT",
                "sslcert" | "ssl-cert" => "PGSSLCERT",
                "sslkey" | "ssl-key" => "PGSSLKEY",
                _ => continue,
            };
            variables.push((variable, value.into_owned().into()));
        }
        Self(variables)
    }
}

fn ssl_mode(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

/// Whether `pg_dump` and `pg_restore` are installed, and new enough for a server of this major version.
pub(super) fn fit(server: u32) -> bool {
    ["pg_dump", "pg_restore"].into_iter().all(|program| version(program).is_some_and(|own| own >= server))
}

/// The major version of a program, such as 15 of `pg_dump (PostgreSQL) 15.6 (Debian 15.6-1)`.
fn version(program: &str) -> Option<u32> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    said.split_once(") ")?.1.split(['.', ' ', 'b', 'r', '\n']).next()?.parse().ok()
}

/// Writes what a database held in a snapshot of one of its transactions.
pub(super) fn dump(access: &Access, database: &str, snapshot: &str, file: &Path) -> Result<(), StoreError> {
    let mut command = program("pg_dump", access);
    command.env("PGDATABASE", database).arg("--format=custom").arg("--snapshot").arg(snapshot);
    command.arg("--file").arg(file);
    run(command).map_err(|said| StoreError::Backup { problem: format!("pg_dump failed: {said}") })
}

/// Fills an empty database with what [`dump`] wrote.
///
/// # Errors
/// What the program said.
pub(super) fn restore(access: &Access, database: &str, file: &Path) -> Result<(), String> {
    let mut command = program("pg_restore", access);
    // A name with = in it would be read as more than a name.
    let database = database.replace('\\', "\\\\").replace('\'', "\\'");
    command.arg("--exit-on-error").arg("--dbname").arg(format!("dbname='{database}'")).arg(file);
    // Nothing counts before all of it is there, and is on the disk then.
    command.env("PGOPTIONS", "-c synchronous_commit=off");
    run(command)
}

fn program(name: &str, access: &Access) -> Command {
    let mut command = Command::new(name);
    command.arg("--no-password").env("PGAPPNAME", "insula").env_remove("PGOPTIONS");
    command.envs(access.0.iter().map(|(name, value)| (name, value)));
    command
}

fn run(mut command: Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|reason: io::Error| {
        let name = command.get_program().to_string_lossy();
        format!("{name} cannot be started ({reason}); install PostgreSQL's client programs")
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    Err(if said.is_empty() { output.status.to_string() } else { said })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_all_that_a_url_says() {
        let told = |url: &str, name: &str| {
            let Access(variables) = Access::new(&url.parse().unwrap(), url);
            variables.into_iter().rev().find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let is = |url: &str, name: &str, value: Option<&str>| {
            assert_eq!(told(url, name), value.map(OsString::from), "{name} of {url}");
        };
        is("postgres://me:a%40b@host/db", "PGPASSWORD", Some("a@b"));
        is("postgres://me@host/db?password=s%26t", "PGPASSWORD", Some("s&t"));
        is("postgres://me@host/db", "PGPASSWORD", None);
        is("postgres://me@host:5433/db", "PGPORT", Some("5433"));
        is("postgres://me@%2Frun%2Fpg/db", "PGHOST", Some("/run/pg"));
        let secure =
            "postgres://me@host/db?sslmode=verify-full&sslrootcert=ca.pem&sslcert=me.pem&sslkey=me.key";
        is(secure, "PGSSLMODE", Some("verify-full"));
        is(secure, "PGSSLROOTCERT", Some("ca.pem"));
        is(secure, "PGSSLCERT", Some("me.pem"));
        is(secure, "PGSSLKEY", Some("me.key"));
    }
}
