//! The OpenAPI 3.1 document, generated from the types that the handlers take and give.

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::generate::{self, GenContext, in_context};
use aide::openapi::{
    Info, License, MediaType, OpenApi, Operation, ReferenceOr, Response, Responses, SchemaObject,
    SecurityScheme, StatusCode, Tag,
};
use aide::transform::TransformOperation;
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::{MethodRouter, get};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use crate::problem::{self, Problem, ProblemKind};

/// The tags: what a call is about.
pub(crate) const ISLANDS: &str = "islands";
pub(crate) const CATALOG: &str = "catalog";
pub(crate) const HOST: &str = "host";

const KEY: &str = "key";

/// Documents an operation: its id, its tag, what it does, and what it may be refused for.
pub fn says(
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    refusals: &'static [ProblemKind],
) -> impl FnOnce(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| {
        let mut operation = operation.id(id).tag(tag).summary(summary);
        let responses = operation.inner_mut().responses.get_or_insert_with(Responses::default);
        responses.default.get_or_insert_with(|| ReferenceOr::Item(in_context(any)));
        for kind in refusals {
            let refused = in_context(refusal);
            let slot = responses.responses.entry(StatusCode::Code(kind.status().as_u16()));
            if let ReferenceOr::Item(response) = slot.or_insert(ReferenceOr::Item(refused)) {
                let and = if response.description.is_empty() { "" } else { "; " };
                response.description.push_str(&format!("{and}{} (`{}`)", kind.title(), kind.uri()));
            }
        }
        operation
    }
}

/// Shows what a body looks like.
pub fn body_example(mut operation: TransformOperation<'_>, example: Value) -> TransformOperation<'_> {
    if let Some(ReferenceOr::Item(body)) = &mut operation.inner_mut().request_body {
        for media in body.content.values_mut() {
            media.example = Some(example.clone());
        }
    }
    operation
}

/// Answers with a document.
pub fn sent<S: Clone + Send + Sync + 'static>(document: &OpenApi) -> MethodRouter<S> {
    let document = Bytes::from(serde_json::to_vec(document).unwrap_or_default());
    get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document) })
}

/// The routes of Insula's own API, and the document that describes them.
pub(crate) fn finish<S: Clone + Send + Sync + 'static>(
    routes: impl FnOnce() -> ApiRouter<S>,
) -> (Router<S>, OpenApi) {
    let (router, mut document) =
        described(info(), tags(), (KEY, "The host's INSULA_API_KEY, where it has one."), routes);
    // Where the host has no key, none is needed.
    document.security.push(Default::default());
    (router, document)
}

/// Routes, and the document that describes them. `bearer` names what is sent as a bearer token, and says what it is.
pub fn described<S: Clone + Send + Sync + 'static>(
    info: Info,
    tags: Vec<Tag>,
    bearer: (&str, &str),
    routes: impl FnOnce() -> ApiRouter<S>,
) -> (Router<S>, OpenApi) {
    // aide collects schemas in the thread; OpenAPI 3.1 takes them as they are in JSON Schema's draft 2020-12.
    generate::reset_context();
    in_context(|ctx| {
        let settings = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into());
        ctx.schema = SchemaGenerator::new(settings);
    });
    let mut document = OpenApi { info, tags, ..OpenApi::default() };
    let router = routes().finish_api_with(&mut document, |document| {
        let scheme = SecurityScheme::Http {
            scheme: "bearer".to_owned(),
            bearer_format: None,
            description: Some(bearer.1.to_owned()),
            extensions: Default::default(),
        };
        document.security_scheme(bearer.0, scheme).security_requirement(bearer.0)
    });
    (router, document)
}

fn info() -> Info {
    Info {
        title: "Insula".to_owned(),
        summary: Some("Every end-to-end test on its own island of data.".to_owned()),
        description: Some(
            "Runs scenarios, each a WebAssembly component, and commits what they build as islands. Everything under \
             `/api/test` is served only in test mode. Whatever is refused is answered with a problem document \
             (RFC 9457) that says what to do."
                .to_owned(),
        ),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        license: Some(License { name: "MIT OR Apache-2.0".to_owned(), identifier: Some("MIT OR Apache-2.0".to_owned()), ..License::default() }),
        ..Info::default()
    }
}

fn tags() -> Vec<Tag> {
    let tag = |name: &str, description: &str| Tag {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        ..Tag::default()
    };
    vec![
        tag(ISLANDS, "What tests ask for, use and remove."),
        tag(CATALOG, "The scenarios, and what they would build."),
        tag(HOST, "The host itself."),
    ]
}

/// What an answer holds, by its type.
pub(crate) fn media<T: JsonSchema>(ctx: &mut GenContext) -> MediaType {
    let json_schema = ctx.schema.subschema_for::<T>();
    let schema = SchemaObject { json_schema, example: None, external_docs: None };
    MediaType { schema: Some(schema), ..MediaType::default() }
}

fn refusal(ctx: &mut GenContext) -> Response {
    Response {
        content: [(problem::MEDIA_TYPE.to_owned(), media::<Problem>(ctx))].into_iter().collect(),
        ..Response::default()
    }
}

/// Any refusal: whoever may not come in, and what nobody foresaw.
fn any(ctx: &mut GenContext) -> Response {
    Response { description: "Why not, and what to do.".to_owned(), ..refusal(ctx) }
}

impl OperationOutput for Problem {
    type Inner = Self;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Response> {
        Some(any(ctx))
    }
}
