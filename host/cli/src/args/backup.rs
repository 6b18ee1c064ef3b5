//! The arguments of backups and sessions.

use std::str::FromStr;

use clap::{Args, Subcommand};
use insula_engine::{BackupName, SessionId};
use insula_store::BackupNameError;

use super::PlaceArgs;

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// What to call it [default: after the time]
    #[arg(long, value_name = "NAME")]
    pub name: Option<BackupName>,
    /// How many backups to keep that nobody named, this one included; the last good one is always kept [default: 5]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct BackupsArgs {
    /// Remove this one, also if it has a name or is damaged
    #[arg(long, value_name = "BACKUP")]
    pub remove: Option<BackupName>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup, or latest: the last good one of this database
    #[arg(value_name = "BACKUP", default_value = BackupName::LATEST)]
    pub backup: Which,
    /// Restore it, rather than show which
    #[arg(long)]
    pub yes: bool,
    /// Also while runs are under way, or another host uses the database; what they write meanwhile may be lost
    #[arg(long)]
    pub force: bool,
    /// At once, and whatever state the database is in: where there is no backup, a new empty one takes the place of one
    /// that is damaged or gone. What was there before is kept
    #[arg(long)]
    pub emergency: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}

/// Which backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    Latest,
    Named(BackupName),
}

impl FromStr for Which {
    type Err = BackupNameError;

    fn from_str(text: &str) -> Result<Self, BackupNameError> {
        if text == BackupName::LATEST { Ok(Self::Latest) } else { text.parse().map(Self::Named) }
    }
}

impl Which {
    /// Its name, unless it is the last good one.
    pub fn name(self) -> Option<BackupName> {
        if let Self::Named(name) = self { Some(name) } else { None }
    }
}

#[derive(Debug, Args)]
pub struct SessionArgs {
    #[command(subcommand)]
    pub what: SessionCommand,
}

#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// Take the backup that the session's end restores, and print the session's name
    Begin(BeginArgs),
    /// Restore the session's backup; or remove its islands
    End(EndSessionArgs),
}

#[derive(Debug, Args)]
pub struct BeginArgs {
    /// How many backups to keep that nobody named, this one included; the last good one is always kept [default: 5]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
pub struct EndSessionArgs {
    /// The session [default: the last one that has not ended]
    #[arg(value_name = "SESSION")]
    pub id: Option<SessionId>,
    /// Remove its islands, and restore its backup only when that does not leave the database clean
    #[arg(long)]
    pub hybrid: bool,
    /// Also while runs are under way, or another host uses the database; what they write meanwhile may be lost
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub place: PlaceArgs,
}
