//! The use cases: seed, plan, reset, renew and end islands.
//!
//! The engine is where a request meets a scenario: it finds the scenario in its catalog, checks the params, lets
//! the sandbox build a draft and the store commit it, and issues the tokens. It knows neither HTTP nor SQL nor
//! Wasm: what it says to callers are plain types that can be sent as JSON, and [`EngineError`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
mod application;
mod backup;
mod bearer;
mod catalog;
mod config;
mod ending;
mod engine;
mod error;
mod events;
mod explain;
mod extends;
mod islands;
mod key;
mod listed;
mod reaper;
mod refusals;
mod request;
mod run;
mod scenarios;
mod seed;
mod session;
mod steps;
mod tokens;
mod traced;
mod trust;
mod turns;
mod verify;

pub use answer::{Answer, Plan, RunReport, Token};
pub use application::Drafts;
pub use backup::{BackupList, BackupRequest, RemovedBackup, RestoreQuery};
pub use bearer::{Bearer, BearerError};
pub use catalog::{CatalogChanges, CatalogError, PluginSource, ScenarioInfo, ScenarioSummary};
pub use config::{EndingSettings, EngineConfig, ScenarioSettings, Settings};
pub use ending::{EndQuery, Ended, EndedIslands, StuckIsland};
pub use engine::{Engine, StartError};
pub use error::EngineError;
pub use events::{EventList, EventsQuery, Listener};
pub use explain::{Explanation, Replay, ReplayOutcome};
pub use insula_sandbox::{Frame, HostCall, HostOutcome, Journal};
pub use insula_store::{
    Backup, BackupName, Certificate, Changes, Event, EventKind, Filter, Find, ListedBackup, Part, Restored,
    StoreError,
};
pub use islands::{
    EntitiesPage, IslandAnswer, IslandSummary, Islands, IslandsQuery, PageItems, Renewed, ResetAnswer,
    ResetQuery, RunSummary,
};
pub use listed::{AllListed, Listed, Named, Names, Users, entity_schema};
pub use request::{Isolation, PlanRequest, SeedRequest, Ttl};
pub use scenarios::{Added, Kept, Removed, RollbackRequest, RolledBack, ScenarioVersions, VersionInfo};
pub use session::{
    EndSessionQuery, EndedSession, Session, SessionEnd, SessionId, SessionIdError, SessionRequest,
};
pub use tokens::{Claims, SigningKey, TokenError, TokenIssuer, TokenSettings};
pub use trust::{KeyPair, TrustError, TrustedKeys, sign};
pub use verify::{Verified, VerifyQuery};
