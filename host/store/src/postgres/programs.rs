//! PostgreSQL's own programs: what they are told, and that no password stands on their command line.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use sqlx::postgres::PgConnectOptions;

use crate::error::StoreError;

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
pub(super) fn dump(
    options: &PgConnectOptions,
    password: Option<&str>,
    database: &str,
    snapshot: &str,
    file: &Path,
) -> Result<(), StoreError> {
    let mut command = program("pg_dump", options, password);
    command.env("PGDATABASE", database).arg("--format=custom").arg("--snapshot").arg(snapshot);
    command.arg("--file").arg(file);
    run(command).map_err(|said| StoreError::Backup { problem: format!("pg_dump failed: {said}") })
}

/// Fills an empty database with what [`dump`] wrote.
///
/// # Errors
/// What the program said.
pub(super) fn restore(
    options: &PgConnectOptions,
    password: Option<&str>,
    database: &str,
    file: &Path,
) -> Result<(), String> {
    let mut command = program("pg_restore", options, password);
    // A name with = in it would be read as more than a name.
    let database = database.replace('\\', "\\\\").replace('\'', "\\'");
    command.arg("--exit-on-error").arg("--dbname").arg(format!("dbname='{database}'")).arg(file);
    // Nothing counts before all of it is there, and is on the disk then.
    command.env("PGOPTIONS", "-c synchronous_commit=off");
    run(command)
}

fn program(name: &str, options: &PgConnectOptions, password: Option<&str>) -> Command {
    let mut command = Command::new(name);
    let host =
        options.get_socket().map_or_else(|| options.get_host().into(), |path| path.as_os_str().to_owned());
    command.arg("--no-password").env("PGHOST", host).env("PGPORT", options.get_port().to_string());
    command.env("PGUSER", options.get_username()).env("PGAPPNAME", "insula").env_remove("PGOPTIONS");
    // Without one the program looks where every client does: PGPASSWORD, ~/.pgpass.
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
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
