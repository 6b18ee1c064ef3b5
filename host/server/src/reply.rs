//! Answers: JSON, written once, straight to bytes.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Described, StatusCode as Code};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::problem::{Problem, ProblemKind};

/// An answer with a status.
#[derive(Debug)]
pub struct Reply<const STATUS: u16, T>(T);

/// What was asked for.
pub type Done<T> = Reply<200, T>;
/// What was made.
pub type Created<T> = Reply<201, T>;
pub(crate) type MultiStatus<T> = Reply<207, T>;

impl<const STATUS: u16, T> From<T> for Reply<STATUS, T> {
    fn from(answer: T) -> Self {
        Self(answer)
    }
}

/// The answer of the standard scenario is about this long.
const USUAL_SIZE: usize = 4 * 1024;

impl<const STATUS: u16, T: Serialize> IntoResponse for Reply<STATUS, T> {
    fn into_response(self) -> Response {
        let mut body = Vec::with_capacity(USUAL_SIZE);
        if let Err(reason) = serde_json::to_writer(&mut body, &self.0) {
            return Problem::new(
                ProblemKind::Internal,
                format!("the answer cannot be written as JSON: {reason}"),
            )
            .into_response();
        }
        let mut response = Response::new(body.into());
        *response.status_mut() = StatusCode::from_u16(STATUS).unwrap_or(StatusCode::OK);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

impl<const STATUS: u16, T: JsonSchema> OperationOutput for Reply<STATUS, T> {
    type Inner = T;

    fn operation_response(ctx: &mut GenContext, operation: &mut Operation) -> Option<Described> {
        Json::<T>::operation_response(ctx, operation)
    }

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<Code>, Described)> {
        Self::operation_response(ctx, operation)
            .map(|described| (Some(Code::Code(STATUS)), described))
            .into_iter()
            .collect()
    }
}
