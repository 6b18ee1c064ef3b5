//! The API's table of contents.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with, put_with};
use axum::Router;
use axum::extract::FromRef;
use axum::http::{Method, Uri};
use axum::middleware::from_fn_with_state;
use insula_engine::Engine;
use serde_json::json;
use tokio::sync::watch;
use tower_http::cors::CorsLayer;

use crate::config::ServerConfig;
use crate::door::door;
use crate::guard::API;
use crate::openapi::{self, CATALOG, HOST, ISLANDS, body_example, says};
use crate::problem::Problem;
use crate::problem::ProblemKind::{self as Kind, *};
use crate::routes::{backups, batch, events, explain, host, islands, scenarios, seed, versions};

/// The whole API, ready to serve, and beside it the routes of an application.
pub fn router(engine: Engine, config: ServerConfig, beside: Option<Router>) -> Router {
    // The sender is gone at once: a router on its own is never told to close.
    let (_, closing) = watch::channel(false);
    assemble(engine, config, beside, Closing(closing))
}

pub(crate) fn assemble(
    engine: Engine,
    config: ServerConfig,
    beside: Option<Router>,
    closing: Closing,
) -> Router {
    crate::measure::handle();
    let cors = cors(&config);
    let config = Arc::new(config);
    let (routes, document) = openapi::finish(routes);
    let has_application = beside.is_some();
    let router = routes
        .route("/openapi.json", openapi::sent(&document))
        .with_state(App { engine, config: Arc::clone(&config), closing })
        .merge(beside.unwrap_or_default())
        // After the application's routes: these two are for what is there already.
        .fallback(move |uri: Uri| unknown_path(uri, has_application))
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(config, door));
    match cors {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

/// What a run may be refused for, whether its draft is committed or not.
const RUNNING: &[Kind] = &[
    InvalidJson,
    InvalidBody,
    UnknownScenario,
    UnknownVersion,
    UnknownIsland,
    SlowBody,
    Gone,
    TooLarge,
    Quota,
    NotJson,
    InvalidRequest,
    InvalidParams,
    Rejected,
    Busy,
    ScenarioFailed,
    Unavailable,
    OutOfTime,
];
const SEEDING: &[Kind] = &[
    InvalidJson,
    InvalidBody,
    UnknownScenario,
    UnknownVersion,
    UnknownIsland,
    SlowBody,
    KeyReused,
    Database,
    Gone,
    TooLarge,
    Quota,
    NotJson,
    InvalidRequest,
    InvalidParams,
    Rejected,
    Busy,
    ScenarioFailed,
    Unavailable,
    OutOfTime,
];

#[rustfmt::skip] // one route, one line
fn routes() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/api/test/seed", post_with(seed::seed, |op| body_example(
            says("seed", ISLANDS, "Runs a scenario and commits its island", SEEDING)(op),
            json!({ "scenario": "standard", "seed": 42, "clock": "2026-01-05T09:00:00Z", "ttl": "2h", "label": "booking.spec.ts › edits an appointment" }),
        )))
        .api_route("/api/test/seed/batch", post_with(batch::seed_batch, |op| body_example(
            says("seedBatch", ISLANDS, "Seeds many islands at once, each with its own outcome", &[InvalidJson, InvalidBody, SlowBody, TooLarge, NotJson, InvalidRequest])(op),
            json!({ "items": [{ "scenario": "minimal" }, { "scenario": "busy_calendar", "params": { "appointments": 100 } }] }),
        )))
        .api_route("/api/test/scenarios/{name}/plan", post_with(seed::plan, |op| body_example(
            says("plan", CATALOG, "Runs a scenario without the commit", RUNNING)(op),
            json!({ "seed": 42 }),
        )))
        .api_route("/api/test/scenarios", get_with(scenarios::scenarios, says("listScenarios", CATALOG, "The scenarios that this host has loaded", &[])))
        .api_route("/api/test/scenarios/{name}", get_with(scenarios::scenario, says("getScenario", CATALOG, "One scenario, with its params schema and examples", &[InvalidQuery, UnknownScenario, UnknownVersion, InvalidRequest])))
        .api_route("/api/test/scenarios/{name}/versions", get_with(versions::versions, says("listVersions", CATALOG, "The versions of a scenario, and which of them is the default", &[UnknownScenario, Unavailable])))
        .api_route("/api/test/scenarios/{name}/versions/{version}", put_with(versions::add, says("addVersion", CATALOG, "Adds a version of a scenario, for all hosts that share the database; asks for a key", &[InvalidQuery, KeyNeeded, SlowBody, VersionTaken, TooLarge, NotWasm, InvalidRequest, PluginRefused, Busy, Unavailable]))
            .delete_with(versions::remove, says("removeVersion", CATALOG, "Removes a version of a scenario from the database; asks for a key", &[KeyNeeded, UnknownScenario, UnknownVersion, NotKept, Unavailable])))
        .api_route("/api/test/scenarios/{name}/rollback", post_with(versions::roll_back, |op| body_example(
            says("rollBack", CATALOG, "Makes the version before the default one the default, or the one that is named; asks for a key", &[InvalidJson, InvalidBody, KeyNeeded, UnknownScenario, UnknownVersion, SlowBody, NothingBefore, TooLarge, NotJson, Unavailable])(op),
            json!({}),
        )))
        .api_route("/api/test/islands", get_with(islands::islands, says("listIslands", ISLANDS, "The islands that exist, by pages", &[InvalidQuery, InvalidRequest, Unavailable]))
            .delete_with(islands::end_some, says("endIslands", ISLANDS, "Removes the islands of a label, a scenario or an age", &[InvalidQuery, InvalidRequest, Unavailable])))
        .api_route("/api/test/islands/{id}", get_with(islands::island, says("getIsland", ISLANDS, "One island, whole", &[UnknownIsland, Gone, Unavailable]))
            .delete_with(islands::end, says("endIsland", ISLANDS, "Removes an island; once or again", &[UnknownIsland, Stuck, Unavailable])))
        .api_route("/api/test/islands/{id}/{entity}", get_with(islands::entities, says("listEntities", ISLANDS, "An island's entities of one kind, by pages", &[InvalidQuery, UnknownIsland, Gone, InvalidRequest, Unavailable])))
        .api_route("/api/test/islands/{id}/certificate", get_with(islands::certificate, says("getCertificate", ISLANDS, "The cleanup certificate of an island that has ended, or why it is stuck", &[UnknownIsland, Unavailable])))
        .api_route("/api/test/islands/{id}/events", get_with(events::of_island, says("listIslandEvents", ISLANDS, "What happened to an island, also when it is gone", &[InvalidQuery, UnknownIsland, InvalidRequest, Unavailable])))
        .api_route("/api/test/islands/{id}/explain", get_with(explain::island, says("explainIsland", ISLANDS, "Runs an island's runs once more, writes nothing, and tells what each did", &[UnknownIsland, UnknownScenario, UnknownVersion, Gone, Busy, Unavailable])))
        .api_route("/api/test/islands/{id}/export", get_with(explain::export, says("exportIsland", ISLANDS, "An island as plain statements that load it into another database, or as JSON", &[InvalidQuery, UnknownIsland, Gone, Unavailable])))
        .api_route("/api/test/islands/{id}/renew", post_with(islands::renew, |op| body_example(
            says("renewIsland", ISLANDS, "Moves an island's expiry", &[InvalidJson, InvalidBody, UnknownIsland, SlowBody, Gone, TooLarge, NotJson, Unavailable])(op),
            json!({ "ttl": "2h" }),
        )))
        .api_route("/api/test/reset", post_with(islands::reset, says("reset", HOST, "Migrates, and empties every table that holds rows of islands", &[InvalidQuery, Database, Running, Unavailable])))
        .api_route("/api/test/backups", get_with(backups::backups, says("listBackups", HOST, "The backups that there are", &[BackupFailed, Unavailable]))
            .post_with(backups::backup, |op| body_example(
                says("backup", HOST, "Takes a backup of the database, while it is used", &[InvalidJson, InvalidBody, SlowBody, BackupFailed, BackupDamaged, TooLarge, NotJson, InvalidRequest, Unavailable])(op),
                json!({ "name": "before-the-upgrade" }),
            )))
        .api_route("/api/test/backups/{name}", delete_with(backups::remove, says("removeBackup", HOST, "Removes a backup", &[UnknownBackup, BackupFailed, InvalidRequest, Unavailable])))
        .api_route("/api/test/restore", post_with(backups::restore, says("restore", HOST, "Puts a backup in the place of the database", &[InvalidQuery, UnknownBackup, Database, Running, Held, BackupFailed, BackupDamaged, Unavailable])))
        .api_route("/api/test/sessions", post_with(backups::begin_session, |op| body_example(
            says("beginSession", HOST, "Begins a session: takes the backup that its end restores", &[InvalidJson, InvalidBody, SlowBody, BackupFailed, BackupDamaged, TooLarge, NotJson, InvalidRequest, Unavailable])(op),
            json!({ "keep": 5 }),
        )))
        .api_route("/api/test/sessions/{id}", delete_with(backups::end_session, says("endSession", HOST, "Ends a session: the database is as it was before", &[InvalidQuery, UnknownBackup, Database, Running, Held, Unclean, BackupFailed, BackupDamaged, Unavailable])))
        .api_route("/api/test/verify/cleanup", get_with(islands::verify_cleanup, says("verifyCleanup", HOST, "Checks cleanup certificates, and scans again for what was left", &[InvalidQuery, UnknownIsland, Unavailable])))
        .api_route("/api/test/events", get_with(events::events, says("listen", HOST, "What happens, as server-sent events", &[InvalidQuery, UnknownIsland, InvalidRequest, Unavailable])))
        .api_route("/api/test/events/past", get_with(events::past, says("listEvents", HOST, "What happened, by pages", &[InvalidQuery, InvalidRequest, Unavailable])))
        .api_route("/api/test/events/{id}/explain", get_with(explain::refusal, says("explainRefusal", HOST, "Runs once more what was refused, writes nothing, and tells what it did", &[InvalidRequest, UnknownEvent, UnknownScenario, UnknownVersion, InvalidParams, Busy, Unavailable])))
        .api_route("/healthz", get_with(host::healthz, says("healthz", HOST, "Whether the host runs", &[])))
        .api_route("/readyz", get_with(host::readyz, says("readyz", HOST, "Whether the database answers", &[Unavailable])))
        .api_route("/metrics", get_with(host::metrics, says("metrics", HOST, "What was measured, for Prometheus", &[])))
}

async fn unknown_path(uri: Uri, has_application: bool) -> Problem {
    let path = uri.path();
    let is_under =
        |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let is_application = has_application && is_under("/api") && !is_under(API);
    let document = if is_application { "/api/openapi.json" } else { "/openapi.json" };
    Problem::new(UnknownPath, format!("there is nothing at {path}; {document} lists what there is"))
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} does not take {method}; the header Allow says what it takes", uri.path());
    Problem::new(MethodNotAllowed, detail)
}

/// Lets the pages of the configured origins call; without any, no page needs to be told.
fn cors(config: &ServerConfig) -> Option<CorsLayer> {
    let origins: Vec<_> = config.origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    let headers = ["authorization", "content-type", "idempotency-key", "insula-signature", "x-request-id"];
    (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers(headers.map(axum::http::HeaderName::from_static))
    })
}

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App {
    engine: Engine,
    config: Arc<ServerConfig>,
    closing: Closing,
}

/// Whether the server is closing, for answers that would not end by themselves.
#[derive(Clone)]
pub(crate) struct Closing(pub(crate) watch::Receiver<bool>);

impl Closing {
    /// Comes when the server closes.
    pub(crate) async fn closed(mut self) {
        if self.0.wait_for(|closing| *closing).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl FromRef<App> for Engine {
    fn from_ref(app: &App) -> Self {
        app.engine.clone()
    }
}
impl FromRef<App> for Arc<ServerConfig> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.config)
    }
}
impl FromRef<App> for Closing {
    fn from_ref(app: &App) -> Self {
        app.closing.clone()
    }
}
