//! The one door through which every request passes: a single layer, so that the way in stays short.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;

use crate::config::ServerConfig;
use crate::problem::{Problem, ProblemKind};
use crate::request_id::{self, RequestId};
use crate::{guard, measure};

/// Lets a request in or refuses it; then counts and logs it, and gives its answer the request's id.
pub(crate) async fn door(State(config): State<Arc<ServerConfig>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId::of(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let route = request.extensions().get::<MatchedPath>().cloned();

    let span = tracing::debug_span!("request", id = id.as_str());
    let mut response = match guard::check(&config, &uri, request.headers()) {
        Ok(()) => run(&config, request, next).instrument(span).await,
        Err(problem) => problem.into_response(),
    };
    let mut why = None;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        why = Some(problem.detail().to_owned());
        let headers = std::mem::take(response.headers_mut());
        response = problem.of_request(uri.path(), id.as_str()).into_response();
        response.headers_mut().extend(headers);
    }

    let (status, took) = (response.status(), began.elapsed());
    measure::request(route.as_ref().map_or("none", MatchedPath::as_str), status, took);
    log(&method, uri.path(), status.as_u16(), took.as_micros(), id.as_str(), why.as_deref());
    response.headers_mut().insert(request_id::HEADER, id.into_header());
    response
}

/// What copies the whole database.
const COPIES: [&str; 4] =
    ["/api/test/backups", "/api/test/restore", "/api/test/sessions", "/api/test/sessions/{id}"];

async fn run(config: &ServerConfig, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let copies = route.is_some_and(|route| COPIES.contains(&route));
    let limit = if copies { config.copy_timeout } else { config.request_timeout };
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(limit, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            tracing::error!(panic = message(&*panic), "a handler panicked");
            let detail = "the host made a mistake; its log says more under this request's id";
            Problem::new(ProblemKind::Internal, detail).into_response()
        }
        Err(_) => {
            let detail = format!(
                "the request was given up after {limit:?}, and may be done all the same; a seed with an \
                 Idempotency-Key can be sent again safely"
            );
            Problem::new(ProblemKind::TimedOut, detail).into_response()
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

/// One line a request: what is the host's fault is a warning, all else for those who ask for it.
fn log(method: &Method, path: &str, status: u16, micros: u128, id: &str, why: Option<&str>) {
    if status >= 500 {
        tracing::warn!(%method, path, status, micros, id, why, "answered");
    } else {
        tracing::debug!(%method, path, status, micros, id, why, "answered");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn answer(path: &str) -> (Response<()>, String) {
        let config =
            Arc::new(ServerConfig { request_timeout: Duration::from_millis(1), ..ServerConfig::default() });
        let router: Router = Router::new()
            .route("/fine", get(async || "fine"))
            .route("/panics", get(async || -> String { panic!("oh no") }))
            .route("/never", get(std::future::pending::<String>))
            .route("/refuses", get(async || Problem::new(ProblemKind::Unauthorized, "no key")))
            .layer(from_fn_with_state(config, door));
        let request = Request::get(path).header("x-request-id", "r1").body(Body::empty()).unwrap();
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (Response::from_parts(parts, ()), String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn an_answer_carries_the_request_id() {
        let (response, body) = answer("/fine").await;
        assert_eq!(response.headers()["x-request-id"], "r1");
        assert_eq!(body, "fine");
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_document() {
        let (response, body) = answer("/panics").await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        insta::assert_snapshot!(body);
    }

    #[tokio::test]
    async fn a_request_without_end_is_given_up() {
        let (response, body) = answer("/never").await;
        assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
        insta::assert_snapshot!(body);
    }

    #[tokio::test]
    async fn a_refusal_keeps_its_headers_and_names_its_request() {
        let (response, body) = answer("/refuses").await;
        assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"insula\"");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert!(
            !response.headers().contains_key("content-length")
                || response.headers()["content-length"] == body.len().to_string()
        );
        insta::assert_snapshot!(body);
    }
}
