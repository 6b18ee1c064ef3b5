//! JSON bodies.

use std::sync::Arc;
use std::time::Duration;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, ReferenceOr};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use insula_domain::Violation;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use crate::config::ServerConfig;
use crate::problem::{Members, Problem, ProblemKind};

/// A JSON body.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

/// A JSON body, or nothing at all, which is the type's default.
#[derive(Debug)]
pub struct JsonBodyOrDefault<T>(pub T);

impl<T, S> FromRequest<S> for JsonBody<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
    Arc<ServerConfig>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let detail = "send the body with \"Content-Type: application/json\"";
            return Err(Problem::new(ProblemKind::NotJson, detail));
        }
        let config = Arc::<ServerConfig>::from_ref(state);
        parse(&read(request, config.body_limit, config.body_timeout, MEND).await?).map(Self)
    }
}

impl<T, S> FromRequest<S> for JsonBodyOrDefault<T>
where
    T: DeserializeOwned + Default,
    S: Send + Sync,
    Arc<ServerConfig>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if request.headers().contains_key(header::CONTENT_TYPE) {
            return JsonBody::from_request(request, state).await.map(|JsonBody(body)| Self(body));
        }
        let config = Arc::<ServerConfig>::from_ref(state);
        let bytes = read(request, config.body_limit, config.body_timeout, MEND).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        Err(Problem::new(ProblemKind::NotJson, "send the body with \"Content-Type: application/json\""))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(essence) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = essence.split_once(';').map_or(essence, |(essence, _)| essence).trim();
    let structured = || {
        essence.len() > 5
            && essence.get(essence.len() - 5..).is_some_and(|end| end.eq_ignore_ascii_case("+json"))
    };
    essence.eq_ignore_ascii_case("application/json") || structured()
}

/// What to do about a body that is too large.
const MEND: &str =
    "send less, or raise the quota `params_bytes` in the host's configuration, which makes room for it";

/// Reads a body up to the limits of size and time; one that announces itself as too large is not read at all, and is told how
/// to mend that.
pub(super) async fn read(
    request: Request,
    limit: usize,
    timeout: Duration,
    mend: &str,
) -> Result<Bytes, Problem> {
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| usize::try_from(length).map_or(true, |length| length > limit)) {
        return Err(too_large(limit, mend));
    }
    let reading = Limited::new(request.into_body(), limit).collect();
    match tokio::time::timeout(timeout, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(reason)) if reason.is::<LengthLimitError>() => Err(too_large(limit, mend)),
        Ok(Err(reason)) => {
            Err(Problem::new(ProblemKind::InvalidBody, format!("the body did not arrive whole: {reason}")))
        }
        Err(_) => {
            let detail = format!("the body did not arrive within {timeout:?}; send it faster");
            Err(Problem::new(ProblemKind::SlowBody, detail))
        }
    }
}

fn too_large(limit: usize, mend: &str) -> Problem {
    Problem::new(ProblemKind::TooLarge, format!("a body has at most {limit} bytes; {mend}"))
}

/// The place of an error is looked for only when there is one, so that good requests do not pay for it.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let parsed = serde_json::from_slice(bytes).map_err(|reason| explain::<T>(bytes, &reason))?;
    // A list of a type's fields is a form that serde knows and nobody is told of.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        let message = "it is no object; send one, as in {\"ttl\": \"2h\"}".to_owned();
        return Err(misfit(Violation { pointer: String::new(), message }, Members::default()));
    }
    Ok(parsed)
}

fn misfit(violation: Violation, members: Members) -> Problem {
    let Violation { pointer, message } = &violation;
    let place = if pointer.is_empty() { "the body" } else { pointer };
    let detail = format!("{place} does not fit: {message}");
    Problem::with(ProblemKind::InvalidBody, detail, Members { violations: vec![violation], ..members })
}

fn explain<T: DeserializeOwned>(bytes: &[u8], reason: &serde_json::Error) -> Problem {
    let members = Members { line: Some(reason.line()), column: Some(reason.column()), ..Members::default() };
    if !reason.is_data() {
        return Problem::with(ProblemKind::InvalidJson, format!("the body is not JSON: {reason}"), members);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let pointer = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(traced) => pointer(traced.path()),
        Ok(_) => String::new(),
    };
    let position = format!(" at line {} column {}", reason.line(), reason.column());
    let message = reason.to_string().trim_end_matches(&position).to_owned();
    misfit(Violation { pointer, message }, members)
}

/// A path as a JSON Pointer (RFC 6901).
fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            // A variant is no step of its own in JSON, and what is not known leads nowhere.
            Segment::Enum { .. } | Segment::Unknown => String::new(),
        })
        .collect()
}

impl<T: JsonSchema> OperationInput for JsonBody<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Json::<T>::operation_input(ctx, operation);
    }
}

impl<T: JsonSchema> OperationInput for JsonBodyOrDefault<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Json::<T>::operation_input(ctx, operation);
        if let Some(ReferenceOr::Item(body)) = &mut operation.request_body {
            body.required = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use insula_engine::{PlanRequest, SeedRequest};
    use serde_json::json;

    use super::*;

    fn request(content_type: Option<&str>, body: impl Into<Body>) -> Request {
        let mut request = Request::new(body.into());
        if let Some(content_type) = content_type {
            request.headers_mut().insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        }
        request
    }

    async fn seed(content_type: Option<&str>, body: impl Into<Body>) -> Result<SeedRequest, Problem> {
        let config =
            ServerConfig { body_limit: 200, body_timeout: Duration::ZERO, ..ServerConfig::default() };
        JsonBody::from_request(request(content_type, body), &Arc::new(config))
            .await
            .map(|JsonBody(body)| body)
    }

    async fn refusal(body: &'static str) -> Problem {
        seed(Some("application/json"), body).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_good_body_is_taken() {
        for content_type in
            ["application/json", "APPLICATION/JSON; charset=utf-8", "application/vnd.insula+json"]
        {
            let request = seed(Some(content_type), r#"{"scenario":"standard"}"#).await.unwrap();
            assert_eq!(request, SeedRequest::of("standard"));
        }
    }

    #[tokio::test]
    async fn anything_but_json_is_refused() {
        for content_type in [None, Some("text/plain"), Some("json"), Some("")] {
            assert_eq!(
                seed(content_type, "{}").await.unwrap_err().kind(),
                ProblemKind::NotJson,
                "{content_type:?}"
            );
        }
    }

    #[tokio::test]
    async fn broken_json_is_told_by_line_and_column() {
        insta::assert_json_snapshot!(refusal("{\n  \"scenario\": standard }").await);
        insta::assert_json_snapshot!("no_body", refusal("").await);
    }

    #[tokio::test]
    async fn what_does_not_fit_is_told_by_its_pointer() {
        insta::assert_json_snapshot!("wrong_type", refusal(r#"{"scenario":"standard","seed":"x"}"#).await);
        insta::assert_json_snapshot!("unknown_field", refusal(r#"{"scenario":"standard","sede":1}"#).await);
        insta::assert_json_snapshot!("missing_field", refusal("{}").await);
        insta::assert_json_snapshot!("bad_value", refusal(r#"{"scenario":"standard","ttl":"25h"}"#).await);
    }

    #[tokio::test]
    async fn a_body_is_bounded_whether_it_announces_its_length_or_not() {
        let long = format!(r#"{{"scenario":"{}"}}"#, "x".repeat(200));
        let pieces: Vec<Result<_, std::io::Error>> =
            long.as_bytes().chunks(10).map(|piece| Ok(piece.to_vec())).collect();
        let streamed = Body::from_stream(futures::stream::iter(pieces));
        insta::assert_json_snapshot!(
            "too_large",
            seed(Some("application/json"), streamed).await.unwrap_err()
        );

        let mut announced = request(
            Some("application/json"),
            Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>()),
        );
        announced.headers_mut().insert(header::CONTENT_LENGTH, "1000000000".parse().unwrap());
        let refusal = JsonBody::<SeedRequest>::from_request(announced, &Arc::new(ServerConfig::default()))
            .await
            .unwrap_err();
        assert_eq!(refusal.kind(), ProblemKind::TooLarge);
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let never = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        insta::assert_json_snapshot!("slow_body", seed(Some("application/json"), never).await.unwrap_err());
    }

    #[tokio::test]
    async fn no_body_at_all_can_be_the_default() {
        let take = async |content_type, body| {
            let config = Arc::new(ServerConfig::default());
            let request = request(content_type, body);
            JsonBodyOrDefault::<PlanRequest>::from_request(request, &config)
                .await
                .map(|JsonBodyOrDefault(body)| body)
        };
        assert_eq!(take(None, Body::empty()).await.unwrap(), PlanRequest::default());
        let seeded =
            take(Some("application/json"), Body::from(json!({"seed": 1}).to_string())).await.unwrap();
        assert_eq!(seeded.seed, Some(1));
        assert_eq!(take(None, Body::from("{}")).await.unwrap_err().kind(), ProblemKind::NotJson);
    }
}
