//! Backups, and sessions that end with one.

use axum::extract::State;
use insula_engine::{
    Backup, BackupList, BackupName, BackupRequest, EndSessionQuery, EndedSession, Engine, RemovedBackup,
    RestoreQuery, Restored, Session, SessionId, SessionRequest,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::extract::{JsonBodyOrDefault, Path, Query};
use crate::problem::Problem;
use crate::reply::{Created, Done};

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct SessionPath {
    /// The session.
    id: SessionId,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct BackupPath {
    /// The backup.
    name: BackupName,
}

pub(crate) async fn backup(
    State(engine): State<Engine>,
    JsonBodyOrDefault(request): JsonBodyOrDefault<BackupRequest>,
) -> Result<Created<Backup>, Problem> {
    Ok(Created::from(engine.backup(request).await?))
}

pub(crate) async fn backups(State(engine): State<Engine>) -> Result<Done<BackupList>, Problem> {
    Ok(Done::from(engine.backups().await?))
}

pub(crate) async fn remove(
    State(engine): State<Engine>,
    Path(BackupPath { name }): Path<BackupPath>,
) -> Result<Done<RemovedBackup>, Problem> {
    Ok(Done::from(engine.remove_backup(name).await?))
}

pub(crate) async fn restore(
    State(engine): State<Engine>,
    Query(query): Query<RestoreQuery>,
) -> Result<Done<Restored>, Problem> {
    Ok(Done::from(engine.restore(query).await?))
}

pub(crate) async fn begin_session(
    State(engine): State<Engine>,
    JsonBodyOrDefault(request): JsonBodyOrDefault<SessionRequest>,
) -> Result<Created<Session>, Problem> {
    Ok(Created::from(engine.begin_session(request).await?))
}

pub(crate) async fn end_session(
    State(engine): State<Engine>,
    Path(SessionPath { id }): Path<SessionPath>,
    Query(query): Query<EndSessionQuery>,
) -> Result<Done<EndedSession>, Problem> {
    Ok(Done::from(engine.end_session(id, query).await?))
}
