//! Sessions: one run of a test suite, from its set-up to its tear-down, after which the database is as it was before.

use std::fmt;
use std::str::FromStr;

use insula_store::{Backup, BackupName, EventKind, Reason, Restored, RowCounts, StoreError};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::backup::{BackupList, RestoreQuery, on_its_own};
use crate::ending::StuckIsland;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::islands::{IslandSummary, IslandsQuery};
use crate::refusals::Asked;

/// The name of a session: when it began, and whether with a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SessionId {
    name: BackupName,
    began_at: Timestamp,
}

/// A text that is no name of a session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no session; use the name that it got when it began")]
pub struct SessionIdError(String);

impl SessionId {
    /// How a session is called that began without a backup.
    const WITHOUT: &str = "-without-backup";
    const PATTERN: &str = "^session-[0-9]{8}T[0-9]{6}\\.[0-9]{6}Z(-without-backup)?$";

    fn of(backup: &Backup) -> Self {
        Self { name: backup.name.clone(), began_at: backup.taken_at }
    }

    /// When it began.
    pub fn began_at(&self) -> Timestamp {
        self.began_at
    }

    /// Its backup's name; nothing where it began without one.
    fn backup(&self) -> Option<&BackupName> {
        (!self.name.as_str().ends_with(Self::WITHOUT)).then_some(&self.name)
    }
}

impl FromStr for SessionId {
    type Err = SessionIdError;

    fn from_str(text: &str) -> Result<Self, SessionIdError> {
        let wrong = || SessionIdError(text.to_owned());
        let name: BackupName = text.parse().map_err(|_| wrong())?;
        let plain = text.strip_suffix(Self::WITHOUT).unwrap_or(text);
        let began_at = plain.parse().ok().and_then(|name: BackupName| name.taken_at(Reason::Session));
        Ok(Self { name, began_at: began_at.ok_or_else(wrong)? })
    }
}

impl TryFrom<String> for SessionId {
    type Error = SessionIdError;

    fn try_from(text: String) -> Result<Self, SessionIdError> {
        text.parse()
    }
}

impl From<SessionId> for String {
    fn from(id: SessionId) -> Self {
        id.name.into()
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

impl JsonSchema for SessionId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SessionId".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": Self::PATTERN })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// Begin a session. Nothing is needed.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SessionRequest {
    /// How many backups to keep that nobody named, its own included; 5 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub keep: Option<u32>,
}

/// A session that began.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Session {
    /// Its name, by which it ends.
    pub session_id: SessionId,
    /// The backup that its end restores; nothing where backups are off.
    pub backup: Option<Backup>,
    /// Sessions that began before and have not ended: their backups hold what was there before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfinished: Vec<SessionId>,
}

/// How to end a session.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct EndSessionQuery {
    /// Remove its islands, and restore its backup only when that does not leave the database clean.
    pub hybrid: bool,
    /// Also while runs are under way, or another host uses the database.
    pub force: bool,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Its islands were removed, each with a clean certificate, and a scan found nothing left.
    Cleaned,
    /// Its backup was restored.
    Restored,
    /// It had ended before; nothing was done.
    Already,
}

/// A session that ended.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EndedSession {
    /// The session.
    pub session_id: SessionId,
    /// How it ended.
    pub how: SessionEnd,
    /// How many islands were removed one by one.
    pub islands: u64,
    /// Those that could not be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stuck: Vec<StuckIsland>,
    /// Rows that a scan found left, by table.
    #[serde(default, skip_serializing_if = "RowCounts::is_empty")]
    pub left: RowCounts,
    /// What was restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<Restored>,
}

/// What cleaning up came to.
#[derive(Debug, Default)]
struct Cleaned {
    islands: u64,
    stuck: Vec<StuckIsland>,
    left: RowCounts,
}

impl Cleaned {
    fn is_clean(&self) -> bool {
        self.stuck.is_empty() && self.left.is_empty()
    }

    fn reasons(&self) -> Vec<String> {
        let stuck = self.stuck.iter().flat_map(|stuck| {
            stuck.reasons.iter().map(move |reason| format!("island {}: {reason}", stuck.island_id))
        });
        let left = self.left.iter().map(|(table, rows)| format!("{rows} rows are left in table {table}"));
        stuck.chain(left).collect()
    }
}

/// The largest page of a list.
const PAGE: u32 = 1_000;

impl Engine {
    /// Begins a session: takes a backup, unless backups are off.
    ///
    /// # Errors
    /// When the backup cannot be taken.
    pub async fn begin_session(&self, request: SessionRequest) -> Result<Session, EngineError> {
        let begun = self.begin_now(request).await;
        self.told(Asked::new("begin_session", request), begun).await
    }

    async fn begin_now(&self, request: SessionRequest) -> Result<Session, EngineError> {
        let mut unfinished = Vec::new();
        let (session_id, backup) = if self.inner.store.has_backups() {
            let BackupList { database, backups, .. } = self.backups().await?;
            for listed in backups {
                let Some(backup) = listed.backup.filter(|backup| backup.database == database) else {
                    continue;
                };
                if backup.reason == Reason::Session && backup.ended_at.is_none() && listed.good {
                    unfinished.push(SessionId::of(&backup));
                }
            }
            let backup = self.take(None, Reason::Session, request.keep).await?;
            (SessionId::of(&backup), Some(backup))
        } else {
            let name = BackupName::at(Reason::Session, self.inner.store.now());
            let name = format!("{name}{}", SessionId::WITHOUT);
            let id = name.parse().map_err(|reason: SessionIdError| EngineError::Request {
                field: "session",
                problem: reason.to_string(),
            })?;
            (id, None)
        };
        let details = json!({ "session": session_id });
        match &backup {
            Some(_) => self.note(EventKind::SessionBegan, details).await,
            // Nothing else says that there is such a session.
            None => self.tell(EventKind::SessionBegan, details).await?,
        }
        Ok(Session { session_id, backup, unfinished })
    }

    /// Ends a session: restores its backup; or removes its islands where it has none, or as a first try. Ending one that
    /// was not ended to its end ends it; ending it again changes nothing.
    ///
    /// # Errors
    /// When runs are under way, unless it is forced; when its backup is lost or damaged; when it has none, and its islands
    /// cannot all be removed.
    pub async fn end_session(
        &self,
        id: SessionId,
        query: EndSessionQuery,
    ) -> Result<EndedSession, EngineError> {
        let EndSessionQuery { hybrid, force } = query;
        let asked = Asked::new("end_session", json!({ "session": id, "hybrid": hybrid, "force": force }));
        let ended = match self.refuse_while_running(force) {
            Ok(()) => {
                let engine = self.clone();
                on_its_own(async move { engine.end_session_now(id, query).await }).await
            }
            Err(running) => Err(running),
        };
        self.told(asked, ended).await
    }

    async fn end_session_now(
        &self,
        id: SessionId,
        query: EndSessionQuery,
    ) -> Result<EndedSession, EngineError> {
        let EndSessionQuery { hybrid, force } = query;
        let backup = match id.backup() {
            None => None,
            Some(name) => match self.backup_of_session(name).await {
                Ok(backup) if backup.ended_at.is_some() => {
                    return Ok(ended(id, SessionEnd::Already, Cleaned::default(), None));
                }
                Ok(backup) => Some(backup),
                // Without it a session can be cleaned up all the same, where that was asked for.
                Err(StoreError::NoBackup { .. } | StoreError::DamagedBackup { .. }) if hybrid => None,
                Err(error) => return Err(error.into()),
            },
        };
        if backup.is_none() {
            // What was made since a time that is only said is not a session's.
            let told = self.inner.store.told_of_session(&id.to_string()).await?;
            if told.contains(&EventKind::SessionEnded) {
                return Ok(ended(id, SessionEnd::Already, Cleaned::default(), None));
            }
            if !told.contains(&EventKind::SessionBegan) {
                return Err(EngineError::UnknownSession { session: id.to_string() });
            }
        }
        let cleaned = if hybrid || backup.is_none() { self.clean_up(&id).await? } else { Cleaned::default() };
        let (how, restored) = match &backup {
            None if !cleaned.is_clean() => {
                return Err(EngineError::Unclean { session: id.to_string(), reasons: cleaned.reasons() });
            }
            Some(backup) if !hybrid || !cleaned.is_clean() => {
                if hybrid {
                    tracing::warn!(session = %id, reasons = ?cleaned.reasons(), "not clean: its backup is restored");
                }
                let query = RestoreQuery { name: Some(backup.name.clone()), force };
                (SessionEnd::Restored, Some(self.restore_now(query).await?))
            }
            _ => (SessionEnd::Cleaned, None),
        };
        let details = json!({
            "session": id, "how": how, "islands": cleaned.islands, "reasons": cleaned.reasons(),
        });
        match backup {
            Some(backup) => {
                self.inner.store.backups()?.end_session(backup).await?;
                self.note(EventKind::SessionEnded, details).await;
            }
            // Nothing else says that it has ended.
            None => self.tell(EventKind::SessionEnded, details).await?,
        }
        Ok(ended(id, how, cleaned, restored))
    }

    /// The backup with which a session of this database began: the folder may hold those of others.
    async fn backup_of_session(&self, name: &BackupName) -> Result<Backup, StoreError> {
        let backups = self.inner.store.backups()?;
        let backup = backups.find(name).await?;
        if backup.database == backups.database() {
            return Ok(backup);
        }
        let problem = format!(
            "{name} is a session of the database {}, and this is {}: end it there",
            backup.database,
            backups.database()
        );
        Err(StoreError::Backup { problem })
    }

    /// Removes the islands that were made since a session began, and scans for what is left.
    async fn clean_up(&self, id: &SessionId) -> Result<Cleaned, EngineError> {
        let mut islands = Vec::new();
        let mut query = IslandsQuery { limit: Some(PAGE), ..IslandsQuery::default() };
        loop {
            // The newest come first.
            let page = self.islands(query.clone()).await?;
            let since = |island: &&IslandSummary| island.created_at >= id.began_at;
            islands.extend(page.islands.iter().filter(since).map(|island| island.island_id));
            query.after = page.next;
            if query.after.is_none() || !page.islands.iter().all(|island| since(&island)) {
                break;
            }
        }
        let ended = self.end_these(islands).await?;
        let mut left = self.inner.store.strays(None).await?;
        left.retain(|_, rows| *rows > 0);
        Ok(Cleaned { islands: ended.islands.len() as u64, stuck: ended.stuck, left })
    }
}

fn ended(
    session_id: SessionId,
    how: SessionEnd,
    cleaned: Cleaned,
    restored: Option<Restored>,
) -> EndedSession {
    let Cleaned { islands, stuck, left } = cleaned;
    EndedSession { session_id, how, islands, stuck, left, restored }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_name_says_when_it_began() {
        let id: SessionId = "session-20260105T090000.000001Z".parse().unwrap();
        assert_eq!(id.began_at(), "2026-01-05T09:00:00.000001Z".parse().unwrap());
        assert_eq!(id.backup().map(BackupName::as_str), Some("session-20260105T090000.000001Z"));
        let without: SessionId = "session-20260105T090000.000001Z-without-backup".parse().unwrap();
        assert_eq!((without.began_at(), without.backup()), (id.began_at(), None));
        for wrong in ["session", "backup-20260105T090000.000001Z", "session-20260105", "session-../x", ""] {
            assert!(wrong.parse::<SessionId>().is_err(), "{wrong:?}");
        }
    }
}
