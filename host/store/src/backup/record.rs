//! What is known of a backup. It is kept beside it, as JSON, so that it can be read when no database can.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};

use crate::ending::RowCounts;

/// The name of a backup, and of its files: letters, digits, `.`, `-` and `_`, at most 80 of them, the first a letter or
/// digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BackupName(String);

/// A text that is no name of a backup.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no name of a backup; use letters, digits, '.', '-' and '_', at most 80, beginning with a letter or digit, \
     and not the word latest"
)]
pub struct BackupNameError(String);

impl BackupName {
    const LONGEST: usize = 80;
    const PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$";

    /// The word for the last good backup, which none can be called.
    pub const LATEST: &str = "latest";

    /// A name that says what the backup is for, and when it was taken.
    pub fn at(reason: Reason, at: Timestamp) -> Self {
        Self(format!("{}-{}", reason.word(), at.strftime("%Y%m%dT%H%M%S%.6fZ")))
    }

    /// When a backup was taken that is called after that, and for what.
    pub fn taken_at(&self, reason: Reason) -> Option<Timestamp> {
        let time = self.0.strip_prefix(reason.word())?.strip_prefix('-')?;
        let time = jiff::fmt::strtime::parse("%Y%m%dT%H%M%S%.fZ", time).ok()?.to_datetime().ok()?;
        time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|time| time.timestamp())
    }

    /// The name as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BackupName {
    type Err = BackupNameError;

    fn from_str(text: &str) -> Result<Self, BackupNameError> {
        let usual = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if first && text.len() <= Self::LONGEST && text.bytes().all(usual) && text != Self::LATEST {
            Ok(Self(text.to_owned()))
        } else {
            Err(BackupNameError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for BackupName {
    type Error = BackupNameError;

    fn try_from(text: String) -> Result<Self, BackupNameError> {
        text.parse()
    }
}

impl From<BackupName> for String {
    fn from(name: BackupName) -> Self {
        name.0
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for BackupName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "BackupName".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": Self::PATTERN })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// Why a backup was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Somebody asked for it.
    Backup,
    /// A session began.
    Session,
    /// Another backup was about to be restored: this is what was there before.
    Before,
}

impl Reason {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Session => "session",
            Self::Before => "before",
        }
    }
}

/// What a backup is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "form")]
pub enum Form {
    /// An SQLite database: a file in the folder of backups.
    Sqlite {
        /// Its file.
        file: String,
    },
    /// What `pg_dump` wrote: a file in the folder of backups.
    Dump {
        /// Its file.
        file: String,
        /// How a database for it has to be made.
        locale: Locale,
    },
    /// A database on the same PostgreSQL.
    Template {
        /// Its name.
        template: String,
    },
}

impl Form {
    /// Its file, where it is one.
    pub(crate) fn file(&self) -> Option<&str> {
        match self {
            Self::Sqlite { file } | Self::Dump { file, .. } => Some(file),
            Self::Template { .. } => None,
        }
    }
}

/// In which encoding and order a PostgreSQL database keeps texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Locale {
    /// Its encoding.
    pub encoding: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// Who says in which order texts are: `libc`, `icu` or `builtin`. Nothing where it is not known: before PostgreSQL 15, or
    /// in the record of an older Insula.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The locale of `icu` or `builtin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// What `icu` is told besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
}

/// What a database holds: by this a restored one is compared with what was backed up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contents {
    /// The version of Insula's schema; 0 where it has none.
    pub schema_version: i64,
    /// How many islands are there.
    pub islands: u64,
    /// How many rows each table has that has any.
    pub rows: RowCounts,
}

impl Contents {
    /// How the other differs from this.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        if self.schema_version != other.schema_version {
            let (wanted, found) = (self.schema_version, other.schema_version);
            return Some(format!("its schema should be version {wanted} and is {found}"));
        }
        let of = |contents: &Self, table: &str| contents.rows.get(table).copied().unwrap_or_default();
        let differs =
            self.rows.keys().chain(other.rows.keys()).find(|table| of(self, table) != of(other, table));
        differs.map(|table| {
            format!("table {table} should hold {} rows and holds {}", of(self, table), of(other, table))
        })
    }
}

/// A copy of a whole database as it stood at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Backup {
    /// Its name.
    pub name: BackupName,
    /// When it was taken.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub taken_at: Timestamp,
    /// Of which database.
    pub database: String,
    /// Why.
    pub reason: Reason,
    /// What it is made of.
    #[serde(flatten)]
    pub form: Form,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 of its file, in hexadecimal; nothing where it is a database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// What it holds.
    #[serde(flatten)]
    pub contents: Contents,
    /// The Insula that took it.
    pub insula: String,
    /// Of a session: when it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub ended_at: Option<Timestamp>,
}

/// A backup in a list.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
pub struct ListedBackup {
    /// Its name.
    pub name: BackupName,
    /// Whether it can be restored: its record can be read, and what it is made of is there and as it was written.
    pub good: bool,
    /// What is wrong with it, where it is damaged.
    pub problem: Option<String>,
    /// What is known of it.
    #[schemars(flatten)]
    pub backup: Option<Backup>,
}

impl Serialize for ListedBackup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            /// What is known of it begins with it.
            #[serde(skip_serializing_if = "Option::is_none")]
            name: Option<&'a BackupName>,
            good: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            problem: Option<&'a str>,
            #[serde(flatten)]
            backup: Option<&'a Backup>,
        }
        let Self { name, good, problem, backup } = self;
        let name = backup.is_none().then_some(name);
        Shown { name, good: *good, problem: problem.as_deref(), backup: backup.as_ref() }
            .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_path() {
        for good in ["a", "before-20260105T090000.000001Z", "1_2.3"] {
            assert_eq!(good.parse::<BackupName>().unwrap().as_str(), good);
        }
        let long = "a".repeat(81);
        for bad in ["", "..", ".a", "a/b", "../a", "a b", "latest", "-a", "ä", long.as_str()] {
            assert!(bad.parse::<BackupName>().is_err(), "{bad:?}");
            assert!(serde_json::from_value::<BackupName>(bad.into()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_name_says_when() {
        let at: Timestamp = "2026-01-05T09:00:00.000001Z".parse().unwrap();
        let name = BackupName::at(Reason::Session, at);
        assert_eq!(name.as_str(), "session-20260105T090000.000001Z");
        assert_eq!(name.taken_at(Reason::Session), Some(at));
        assert_eq!(name.taken_at(Reason::Backup), None);
    }
}
