//! PostgreSQL's error codes (its documentation, appendix A), by what the caller can do.

use sqlx::postgres::PgDatabaseError;

use crate::error::StoreError;

/// What an error of sqlx means for a caller.
pub(crate) fn store_error(database: &str, error: &sqlx::Error) -> StoreError {
    let (database, detail) = (database.to_owned(), in_words(error));
    if code(error) == Some(FORBIDDEN) {
        // What is missing most of all is the right to make tables.
        let grant =
            if detail.contains("for schema") { "GRANT CREATE ON SCHEMA public TO USER" } else { "GRANT" };
        let problem = format!("{detail}. Grant it to the URL's user ({grant}), or make it the owner");
        return StoreError::CannotOpen { database, problem };
    }
    match meaning(error) {
        Meaning::Conflict => StoreError::Conflict { detail },
        Meaning::Full => StoreError::Full { database, detail },
        Meaning::ReadOnly => StoreError::ReadOnly { database, detail },
        Meaning::Away | Meaning::Again => StoreError::Away { database, detail },
        Meaning::Locked => StoreError::Locked { database, detail },
        Meaning::Other if is_outdated(error) => StoreError::Outdated { database, detail },
        Meaning::Other => StoreError::Other { database, detail },
    }
}

/// Whether there is no database of that name (`invalid_catalog_name`).
pub(super) fn is_missing(error: &sqlx::Error) -> bool {
    code(error) == Some("3D000")
}

/// Whether others are connected to a database that has to be left alone (`object_in_use`).
pub(super) fn is_in_use(error: &sqlx::Error) -> bool {
    code(error) == Some("55006")
}

/// Whether the user has not the right to it.
pub(super) fn is_forbidden(error: &sqlx::Error) -> bool {
    code(error) == Some(FORBIDDEN)
}

/// The user has not the right (`insufficient_privilege`).
const FORBIDDEN: &str = "42501";

/// Why a database cannot be opened, and what to do about it.
pub(super) fn cannot_open(database: &str, user: &str, error: &sqlx::Error) -> StoreError {
    let said = in_words(error);
    let problem = match code(error) {
        Some("28P01") => format!(
            "{said}. Put the right password into the URL, as in postgres://{user}:PASSWORD@HOST/DATABASE, or into \
             PGPASSWORD or ~/.pgpass"
        ),
        Some("28000") => {
            format!(
                "{said}. Name another user in the URL, make this one (createuser {user}), or let it in (pg_hba.conf)"
            )
        }
        Some("3D000") => format!("{said}. Make it (createdb NAME), or name another in the URL"),
        Some(FORBIDDEN) => {
            format!(
                "{said}. Let {user} make tables there (GRANT CREATE ON SCHEMA public TO {user}), or make it the owner"
            )
        }
        Some("53300") => format!("{said}. Close some connections, or raise max_connections"),
        Some("57P03") => format!("{said}. Try again in a moment"),
        Some(_) => return store_error(database, error),
        None => match error {
            sqlx::Error::Tls(reason) => no_tls(reason),
            // So rustls tells what it does not trust or understand; nothing else of opening a connection is invalid data.
            sqlx::Error::Io(reason) if reason.kind() == std::io::ErrorKind::InvalidData => no_tls(reason),
            sqlx::Error::Io(reason) => {
                format!(
                    "no server answers there ({reason}). Start it, or name another host or port in the URL"
                )
            }
            _ => said,
        },
    };
    StoreError::CannotOpen { database: database.to_owned(), problem }
}

fn no_tls(reason: &dyn std::fmt::Display) -> String {
    format!(
        "TLS with the server failed ({reason}). Name the certificate of who vouches for it in the URL \
         (?sslmode=verify-full&sslrootcert=FILE), or connect to a server on this machine without TLS (?sslmode=disable)"
    )
}

/// What an error means for what is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The rows break a constraint.
    Conflict,
    Full,
    ReadOnly,
    /// The connection is of no use any more, or none could be made.
    Away,
    /// Somebody else was in the way: it may work when it is done again.
    Again,
    /// Somebody else was in the way for as long as that is waited for.
    Locked,
    Other,
}

pub(super) fn meaning(error: &sqlx::Error) -> Meaning {
    match code(error) {
        Some(code) => match code {
            "40001" | "40P01" => Meaning::Again,
            "55P03" => Meaning::Locked,
            "25006" => Meaning::ReadOnly,
            "53100" => Meaning::Full,
            "53300" => Meaning::Away,
            // A text that no column can hold: it has the character U+0000.
            "22021" => Meaning::Conflict,
            RAISED => Meaning::Conflict,
            _ if code.starts_with("23") => Meaning::Conflict,
            _ if code.starts_with("08") || code.starts_with("57P") => Meaning::Away,
            _ => Meaning::Other,
        },
        None => match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Meaning::Away,
            _ => Meaning::Other,
        },
    }
}

/// Whether rows were refused to go since others refer to them (from PostgreSQL 18 on with a code of its own where that is
/// `ON DELETE RESTRICT`), or had gone already by a trigger.
pub(super) fn is_referred_to(error: &sqlx::Error) -> bool {
    matches!(code(error), Some("23001" | "23503" | "27000"))
}

/// What a trigger says that forbids something (`raise_exception`).
const RAISED: &str = "P0001";

/// Whether a table or column is not there any more (`undefined_table`, `undefined_column`).
pub(super) fn is_outdated(error: &sqlx::Error) -> bool {
    matches!(code(error), Some("42P01" | "42703"))
}

/// The SQLSTATE.
fn code(error: &sqlx::Error) -> Option<&str> {
    Some(error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?.code())
}

/// What PostgreSQL said, without what the libraries in between say of themselves.
pub(super) fn in_words(error: &sqlx::Error) -> String {
    let said = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    match said {
        Some(said) => match said.detail() {
            Some(detail) => format!("{}: {detail}", said.message()),
            None => match said.r#where().and_then(|place| place.lines().next()) {
                Some(place) if said.code() == RAISED => format!("{} ({place})", said.message()),
                _ => said.message().to_owned(),
            },
        },
        None => error.to_string(),
    }
}
