//! Problem documents (RFC 9457): the one form of everything that is refused.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use insula_domain::{IslandId, Violation};
use insula_engine::{Frame, RunReport};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// The media type of problem documents.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! problems {
    ($($kind:ident, $status:ident, $uri:literal, $title:literal;)*) => {
        /// What is wrong, by the URI reference in `type`. It is part of the contract with callers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProblemKind { $(#[doc = $title] $kind,)* }

        impl ProblemKind {
            /// All there are.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The `type`.
            pub const fn uri(self) -> &'static str {
                match self { $(Self::$kind => concat!("/problems/", $uri),)* }
            }
            /// The `title`.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }
            /// The status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::$status,)* }
            }
        }
    };
}

problems! {
    InvalidJson, BAD_REQUEST, "invalid-json", "The body is not JSON";
    InvalidBody, BAD_REQUEST, "invalid-body", "The body does not have the shape that this call takes";
    InvalidQuery, BAD_REQUEST, "invalid-query", "The query does not have the shape that this call takes";
    Unauthorized, UNAUTHORIZED, "unauthorized", "The key is missing or wrong";
    BadToken, UNAUTHORIZED, "bad-token", "The token is missing or does not hold";
    ForeignOrigin, FORBIDDEN, "foreign-origin", "A page of another origin may not call this API";
    KeyNeeded, FORBIDDEN, "key-needed", "The host takes this only where it has a key";
    RoleMissing, FORBIDDEN, "role-missing", "No role of the user allows this";
    TestModeOff, NOT_FOUND, "test-mode-off", "Test mode is off";
    UnknownPath, NOT_FOUND, "unknown-path", "There is nothing at this path";
    UnknownScenario, NOT_FOUND, "unknown-scenario", "There is no such scenario";
    UnknownVersion, NOT_FOUND, "unknown-version", "The scenario has no such version";
    UnknownIsland, NOT_FOUND, "unknown-island", "There is no such island";
    UnknownEvent, NOT_FOUND, "unknown-event", "There is no such event";
    UnknownBackup, NOT_FOUND, "unknown-backup", "There is no such backup";
    NotFound, NOT_FOUND, "not-found", "The clinic has no such thing";
    MethodNotAllowed, METHOD_NOT_ALLOWED, "method-not-allowed", "This path does not take this method";
    SlowBody, REQUEST_TIMEOUT, "slow-body", "The body took too long to arrive";
    KeyReused, CONFLICT, "key-reused", "The Idempotency-Key belongs to another request";
    InUse, CONFLICT, "in-use", "Something else refers to it";
    Database, CONFLICT, "unexpected-database", "The database is not what the host expects";
    VersionTaken, CONFLICT, "version-taken", "Another plugin has this version";
    NotKept, CONFLICT, "not-kept", "The version is not in the database";
    NothingBefore, CONFLICT, "nothing-before", "There is no version to roll back to";
    Stuck, CONFLICT, "island-stuck", "The island cannot be removed";
    Running, CONFLICT, "runs-under-way", "Runs are under way";
    Unclean, CONFLICT, "session-unclean", "The session left something behind";
    Held, CONFLICT, "database-in-use", "Another host uses the database";
    BackupFailed, CONFLICT, "backup-failed", "The backup cannot be taken, restored or removed";
    BackupDamaged, CONFLICT, "backup-damaged", "The backup is damaged";
    Gone, GONE, "island-gone", "The island is no more";
    TooLarge, PAYLOAD_TOO_LARGE, "request-too-large", "The request is too large";
    Quota, PAYLOAD_TOO_LARGE, "quota-exceeded", "The run needs more than its quota";
    NotWasm, UNSUPPORTED_MEDIA_TYPE, "not-wasm", "The body must be sent as WebAssembly";
    NotJson, UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body must be sent as JSON";
    ForeignHost, MISDIRECTED_REQUEST, "foreign-host", "The request was meant for another host";
    InvalidRequest, UNPROCESSABLE_ENTITY, "invalid-request", "A field cannot be used";
    PluginRefused, UNPROCESSABLE_ENTITY, "plugin-refused", "The plugin is not taken";
    InvalidParams, UNPROCESSABLE_ENTITY, "invalid-params", "The params do not fit the scenario's schema";
    Rejected, UNPROCESSABLE_ENTITY, "rejected", "The island cannot be built";
    RuleBroken, UNPROCESSABLE_ENTITY, "rule-broken", "A rule of the clinic forbids it";
    Busy, TOO_MANY_REQUESTS, "busy", "Too much is going on";
    Internal, INTERNAL_SERVER_ERROR, "internal-error", "The host failed";
    ScenarioFailed, INTERNAL_SERVER_ERROR, "scenario-failed", "The scenario failed";
    Unavailable, SERVICE_UNAVAILABLE, "unavailable", "The database is away";
    ShuttingDown, SERVICE_UNAVAILABLE, "shutting-down", "The host is shutting down";
    OutOfTime, GATEWAY_TIMEOUT, "out-of-time", "The scenario ran out of time";
    TimedOut, GATEWAY_TIMEOUT, "timed-out", "The request took too long";
}

impl Serialize for ProblemKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.uri().serialize(serializer)
    }
}

impl JsonSchema for ProblemKind {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ProblemType".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let uris: Vec<_> = Self::ALL.iter().map(|kind| kind.uri()).collect();
        json_schema!({ "type": "string", "format": "uri-reference", "enum": uris })
    }
}

/// A problem document.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Problem(Box<Document>);

/// What is wrong, where, and what to do (RFC 9457).
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Document {
    /// What is wrong, for programs.
    #[serde(rename = "type")]
    kind: ProblemKind,
    /// What is wrong, in a few words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong here, and what to do.
    detail: String,
    /// The path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The request's id, as in the logs and the header `x-request-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(flatten)]
    members: Members,
}

/// What more there is to say, by the type of the problem.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(default)]
pub struct Members {
    /// Where the body does not fit, as JSON Pointers (RFC 6901).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// The line of the body, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column of the line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The field that cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The rule that it breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// In a list: which element, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Why it was refused, in the rule's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// The scenario whose plugin is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// The scenario's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Why an island cannot be removed, or a scenario is not taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The scenarios, versions or kinds that exist.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<String>,
    /// How the scenario failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trap: Option<String>,
    /// The Wasm backtrace, innermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backtrace: Vec<Frame>,
    /// The quota that was exceeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<&'static str>,
    /// How much the quota allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// The island.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub island_id: Option<IslandId>,
    /// After how many seconds to try again; also in the header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// What the run cost and said, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Box<RunReport>>,
}

impl Problem {
    /// A problem of a kind; `detail` says what is wrong here, and what to do.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self::with(kind, detail, Members::default())
    }

    /// The same, with what more there is to say.
    pub fn with(kind: ProblemKind, detail: impl Into<String>, members: Members) -> Self {
        Self(Box::new(Document {
            kind,
            title: kind.title(),
            status: kind.status().as_u16(),
            detail: detail.into(),
            instance: None,
            request_id: None,
            members,
        }))
    }

    /// A field of a request, or a header, that cannot be used.
    pub(crate) fn of_field(field: &str, detail: impl Into<String>) -> Self {
        let members = Members { field: Some(field.to_owned()), ..Members::default() };
        Self::with(ProblemKind::InvalidRequest, detail, members)
    }

    /// What is wrong.
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    /// What is wrong here, and what to do.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Says to which request it belongs.
    pub(crate) fn of_request(mut self, path: &str, id: &str) -> Self {
        self.0.instance = Some(path.to_owned());
        self.0.request_id = Some(id.to_owned());
        self
    }
}

impl JsonSchema for Problem {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Problem".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Document::json_schema(generator)
    }
}

impl IntoResponse for Problem {
    /// The document itself stays with the response, so that the door can add the request to it.
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.0.kind.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        match self.0.kind {
            ProblemKind::Unauthorized | ProblemKind::BadToken => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"insula\""));
            }
            // What the client still sends is not read, so the connection is of no more use.
            ProblemKind::TooLarge | ProblemKind::SlowBody => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            _ => {}
        }
        if let Some(seconds) = self.0.members.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_kind_has_its_own_type_and_an_error_status() {
        let uris: HashSet<_> = ProblemKind::ALL.iter().map(|kind| kind.uri()).collect();
        assert_eq!(uris.len(), ProblemKind::ALL.len());
        assert!(ProblemKind::ALL.iter().all(|kind| kind.status().as_u16() >= 400));
    }

    #[test]
    fn a_plain_problem_has_the_five_members_and_no_more() {
        let problem = Problem::new(ProblemKind::UnknownPath, "there is nothing at /x").of_request("/x", "1");
        insta::assert_json_snapshot!(problem, @r#"
        {
          "type": "/problems/unknown-path",
          "title": "There is nothing at this path",
          "status": 404,
          "detail": "there is nothing at /x",
          "instance": "/x",
          "request_id": "1"
        }
        "#);
    }
}
