//! What changing the catalog takes: a key, and a component.

use std::sync::Arc;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, ReferenceOr, RequestBody, SchemaObject};
use aide::operation::add_parameters;
use axum::body::Bytes;
use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use schemars::json_schema;

use super::body::read;
use super::header::optional_header;
use crate::config::ServerConfig;
use crate::problem::{Problem, ProblemKind};

/// The caller sent the host's key: what the guard has checked, where the host has one. A host without one lets in
/// whoever reaches it, so it takes no code.
#[derive(Debug)]
pub(crate) struct Keyed;

impl<S: Send + Sync> FromRequestParts<S> for Keyed
where
    Arc<ServerConfig>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Problem> {
        if Arc::<ServerConfig>::from_ref(state).api_key.is_some() {
            return Ok(Self);
        }
        let detail = "whoever reaches this host may use it, but not change what it runs: start it with INSULA_API_KEY \
                      and send that as \"Authorization: Bearer …\", or use `insula add`, `remove` and `rollback` on its \
                      database";
        Err(Problem::new(ProblemKind::KeyNeeded, detail))
    }
}

impl OperationInput for Keyed {}

/// A component as the body, with the signature that came with it.
#[derive(Debug)]
pub(crate) struct WasmBody {
    pub(crate) wasm: Bytes,
    pub(crate) signature: Option<String>,
}

const MEDIA_TYPE: &str = "application/wasm";
/// The line that `insula sign` writes.
pub(crate) const SIGNATURE: &str = "insula-signature";

impl<S> FromRequest<S> for WasmBody
where
    S: Send + Sync,
    Arc<ServerConfig>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let text = |headers: &HeaderMap, name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let media_type = text(request.headers(), header::CONTENT_TYPE.as_str()).unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case(MEDIA_TYPE) {
            let detail = format!("send the component itself with \"Content-Type: {MEDIA_TYPE}\"");
            return Err(Problem::new(ProblemKind::NotWasm, detail));
        }
        let signature = text(request.headers(), SIGNATURE);
        let config = Arc::<ServerConfig>::from_ref(state);
        let wasm =
            read(request, config.plugin_limit, config.plugin_timeout, "build the plugin for size").await?;
        Ok(Self { wasm, signature })
    }
}

impl OperationInput for WasmBody {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let json_schema = json_schema!({ "type": "string", "format": "binary" });
        let schema = Some(SchemaObject { json_schema, example: None, external_docs: None });
        let media = MediaType { schema, ..MediaType::default() };
        operation.request_body = Some(ReferenceOr::Item(RequestBody {
            description: Some("The component, as `insula build` writes it.".to_owned()),
            content: [(MEDIA_TYPE.to_owned(), media)].into_iter().collect(),
            required: true,
            ..RequestBody::default()
        }));
        let signature = optional_header(
            "Insula-Signature",
            "The line that `insula sign` wrote, for hosts that ask for signatures.",
            json_schema!({ "type": "string" }),
        );
        add_parameters(ctx, operation, [signature]);
    }
}
