//! Which database it is. URLs mean what they mean to sqlx, so that one can be shared with an application; what would be
//! taken for the path of another file than was meant is refused.

use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use reqwest::Url;

use crate::failure::{Exit, Failure};

const NOT_IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_');

/// A database.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// SQLite, in a file.
    File(PathBuf),
    /// SQLite, in a file that is there and stays as it is.
    ReadOnly(PathBuf),
    /// SQLite; it lives as long as this process.
    Memory,
    /// PostgreSQL.
    Postgres(Url),
}

impl Database {
    /// As the store reads it: whatever the path, it is taken for no more than a path.
    pub fn url(&self) -> String {
        let file = |path: &Path| {
            format!("sqlite://{}", percent_encode(path.as_os_str().as_encoded_bytes(), NOT_IN_PATHS))
        };
        match self {
            Self::File(path) => file(path),
            Self::ReadOnly(path) => format!("{}?mode=ro", file(path)),
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::Postgres(url) => url.to_string(),
        }
    }

    /// The name by which it is called where it is adopted.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::File(path) | Self::ReadOnly(path) => Some(path.file_name()?.to_str()?.to_owned()),
            Self::Memory => None,
            Self::Postgres(url) => {
                // As PostgreSQL's own clients read it: the parameter, the path, the user.
                let parameter =
                    url.query_pairs().find(|(key, _)| key == "dbname").map(|(_, name)| name.into_owned());
                let path = Some(url.path().trim_start_matches('/')).filter(|path| !path.is_empty());
                parameter.or_else(|| Some(path.unwrap_or(url.username()).to_owned()))
            }
        }
    }
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) | Self::ReadOnly(path) => path.display().fmt(f),
            Self::Memory => f.write_str("memory, until this process ends"),
            // The rest of the URL may hold a password.
            Self::Postgres(url) => {
                let host =
                    url.query_pairs().find(|(key, _)| key == "host").map(|(_, host)| host.into_owned());
                let host = host.or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default();
                write!(f, "PostgreSQL {} at {host}", self.name().unwrap_or_default())
            }
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// The database of a URL or a path; without either, the data directory's own.
pub fn read(url: Option<&str>, data_dir: &Path) -> Result<Database, Failure> {
    let Some(url) = url.filter(|url| !url.is_empty()) else {
        return Ok(Database::File(data_dir.join("insula.db")));
    };
    if url.trim() != url {
        return Err(refused("begins or ends with white space", "take it away"));
    }
    let Some((scheme, rest)) = url.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return path(url);
    };
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    match scheme.to_ascii_lowercase().as_str() {
        "postgres" | "postgresql" => postgres(url),
        "sqlite" => sqlite(rest),
        "file" => Err(refused("is a file: URL, which Insula does not read", format!("write sqlite:{rest}"))),
        _ => Err(refused(
            format!("names a {scheme} database, but only SQLite and PostgreSQL can be used"),
            "write one such as sqlite:tests.db or postgres://user:password@host/tests, or leave it out for the one in \
             the data directory; a file with a colon in its name is written as ./its:name",
        )),
    }
}

/// RFC 3986, section 3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.chars().all(|it| it.is_ascii_alphanumeric() || "+-.".contains(it))
}

fn path(path: &str) -> Result<Database, Failure> {
    match path {
        ":memory:" => Ok(Database::Memory),
        _ if path.contains('?') => Err(refused(
            format!("is {path:?}, and only a URL has what stands after a question mark"),
            format!(
                "write sqlite:{path}; where it is a part of the file's name, write sqlite: and %3F for it"
            ),
        )),
        _ => Ok(Database::File(path.into())),
    }
}

/// What stands after `sqlite:`.
fn sqlite(text: &str) -> Result<Database, Failure> {
    let (path, parameters) = text.split_once('?').unwrap_or((text, ""));
    let (mut mode, mut is_shared) = ("rwc", false);
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=').unwrap_or((parameter, "")) {
            ("mode", value @ ("ro" | "rw" | "rwc" | "memory")) => mode = value,
            ("cache", "shared") => is_shared = true,
            ("cache", "private") | ("immutable", "false" | "0") => {}
            _ => return Err(unknown(parameter)),
        }
    }
    if path == ":memory:" || mode == "memory" {
        return Ok(Database::Memory);
    }
    // With it, connections would refuse one another.
    if is_shared {
        return Err(unknown("cache=shared"));
    }
    let path = percent_decode_str(path).decode_utf8().map_err(|reason| {
        Failure::because(Exit::Usage, "--database (or DATABASE_URL) names no file", &reason)
            .mend("write % itself as %25")
    })?;
    match &*path {
        "" => return Err(refused("names no file", "write one such as sqlite:tests.db")),
        path if path.starts_with("file:") => {
            return Err(refused(
                "is a file: URL, which Insula does not read",
                "write the path after sqlite:",
            ));
        }
        _ => {}
    }
    let path = PathBuf::from(&*path);
    if mode != "rwc" && !path.exists() {
        let what = format!("there is no database {}, and mode={mode} makes none", path.display());
        return Err(Failure::new(Exit::Unavailable, what)
            .mend("write mode=rwc, or leave it out, and it is made; or name another file"));
    }
    Ok(if mode == "ro" { Database::ReadOnly(path) } else { Database::File(path) })
}

fn unknown(parameter: &str) -> Failure {
    refused(
        format!("has the parameter {parameter:?}, which Insula cannot heed"),
        "leave it out; of SQLite's there are mode=ro, mode=rw, mode=rwc and mode=memory",
    )
}

fn refused(why: impl std::fmt::Display, mend: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, format!("--database (or DATABASE_URL) {why}")).mend(mend)
}

fn postgres(url: &str) -> Result<Database, Failure> {
    Url::parse(url).map(Database::Postgres).map_err(|reason| {
        // Without the URL itself, which may hold a password.
        Failure::new(Exit::Usage, format!("--database (or DATABASE_URL) is no URL: {reason}")).mend(
            "write one such as postgres://user:password@host/tests; in a password write @ as %40, : as %3A, / as %2F",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_named_by_url_or_path() {
        let folder = Path::new("data");
        let file = |path: &str| Database::File(path.into());
        for (url, expected) in [
            (None, file("data/insula.db")),
            (Some(""), file("data/insula.db")),
            (Some("sqlite:tests.db"), file("tests.db")),
            (Some("sqlite:///tmp/tests.db"), file("/tmp/tests.db")),
            (Some("tests.db"), file("tests.db")),
            (Some("SQLite:tests.db"), file("tests.db")),
            (Some("sqlite:tests.db?mode=rwc&cache=private"), file("tests.db")),
            (Some("sqlite:tests%3Fmode=ro"), file("tests?mode=ro")),
            (Some("./C:tests.db"), file("./C:tests.db")),
            (Some("sqlite:C:tests.db"), file("C:tests.db")),
            (Some("sqlite::memory:"), Database::Memory),
            (Some("sqlite::memory:?cache=shared"), Database::Memory),
            (Some("sqlite:tests.db?mode=memory"), Database::Memory),
        ] {
            assert_eq!(read(url, folder).unwrap(), expected, "{url:?}");
        }
        for (wrong, said) in [
            ("mysql://localhost/app", "only SQLite and PostgreSQL"),
            ("jdbc:sqlite:tests.db", "sqlite:tests.db"),
            ("sqlite:", "names no file"),
            ("sqlite:?mode=rwc", "names no file"),
            ("sqlite:tests.db?mode=rx", "mode=rx"),
            ("sqlite:tests.db?cache=shared", "cache=shared"),
            ("sqlite:tests.db?vfs=unix", "vfs=unix"),
            ("sqlite:file:tests.db", "after sqlite:"),
            ("file:tests.db", "write sqlite:tests.db"),
            ("file:///tmp/tests.db", "write sqlite:/tmp/tests.db"),
            ("tests.db?mode=rwc", "write sqlite:tests.db?mode=rwc"),
            (" ", "white space"),
            ("tests.db\n", "white space"),
            ("postgres://user:p@ss:word@host:x/db", "is no URL"),
        ] {
            let failure = read(Some(wrong), folder).unwrap_err();
            assert!(failure.exit == Exit::Usage && failure.to_text().contains(said), "{}", failure.to_text());
        }
    }

    #[test]
    fn one_that_is_not_made_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tests.db");
        let of =
            |mode: &str| read(Some(&format!("sqlite:{}?mode={mode}", path.display())), Path::new("data"));
        for mode in ["ro", "rw"] {
            assert_eq!(of(mode).unwrap_err().exit, Exit::Unavailable, "{mode}");
        }
        std::fs::write(&path, "").unwrap();
        assert_eq!(of("ro").unwrap(), Database::ReadOnly(path.clone()));
        assert_eq!(of("rw").unwrap(), Database::File(path.clone()));
    }

    #[test]
    fn the_store_reads_the_path_alone() {
        let of = |path: &str| Database::File(path.into()).url();
        assert_eq!(of("a/b_c-1.db"), "sqlite://a/b_c-1.db");
        assert_eq!(of("/sqlite:a b?mode=ro%"), "sqlite:///sqlite%3Aa%20b%3Fmode%3Dro%25");
        assert_eq!(Database::ReadOnly("a.db".into()).url(), "sqlite://a.db?mode=ro");
    }

    #[test]
    fn a_postgres_is_shown_without_its_password() {
        for (url, name, shown) in [
            ("postgres://me:secret@db.test:5433/tests", "tests", "PostgreSQL tests at db.test"),
            ("POSTGRES://me@db.test/tests", "tests", "PostgreSQL tests at db.test"),
            ("postgresql://me@localhost/tests?host=/run/pg", "tests", "PostgreSQL tests at /run/pg"),
            ("postgres://me:secret@db.test", "me", "PostgreSQL me at db.test"),
        ] {
            let database = read(Some(url), Path::new("data")).unwrap();
            assert_eq!((database.name().as_deref(), database.to_string().as_str()), (Some(name), shown));
            assert!(!format!("{database:?}").contains("secret"));
        }
        let failure = read(Some("postgres://me:secret@host:x/db"), Path::new("data")).unwrap_err();
        assert!(!failure.to_text().contains("secret"));
    }
}
