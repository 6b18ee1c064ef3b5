//! Paths and queries.

use std::error::Error;

use aide::OperationInput;
use aide::generate::GenContext;
use aide::openapi::{Operation, Parameter, ParameterSchemaOrContent, ReferenceOr};
use axum::extract::{FromRequestParts, Path as PathOf, Query as QueryOf};
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Problem, ProblemKind};

/// The variable parts of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

/// The query.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // A part that cannot be read names nothing, as any other name that is not known.
        PathOf::from_request_parts(parts, state).await.map(|PathOf(path)| Self(path)).map_err(|refused| {
            let detail = format!("there is nothing at {}: {}", parts.uri.path(), reason(&refused));
            Problem::new(ProblemKind::UnknownPath, detail)
        })
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        QueryOf::try_from_uri(&parts.uri).map(|QueryOf(query)| Self(query)).map_err(|refused| {
            let detail = format!("the query does not fit: {}", reason(&refused));
            Problem::new(ProblemKind::InvalidQuery, detail)
        })
    }
}

/// What is wrong, without what axum says around it.
fn reason(refused: &dyn Error) -> String {
    refused.source().unwrap_or(refused).to_string()
}

impl<T: JsonSchema> OperationInput for Path<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        PathOf::<T>::operation_input(ctx, operation);
    }
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        QueryOf::<T>::operation_input(ctx, operation);
        operation.parameters.iter_mut().for_each(drop_null);
    }
}

/// What is left out is none; a query has no way to write the null that the types have for it.
fn drop_null(parameter: &mut ReferenceOr<Parameter>) {
    if let ReferenceOr::Item(parameter) = parameter
        && let ParameterSchemaOrContent::Schema(of) = &mut parameter.parameter_data_mut().format
        && of.json_schema.get("default").is_some_and(Value::is_null)
    {
        of.json_schema.remove("default");
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use insula_engine::IslandsQuery;

    use super::*;

    async fn islands(query: &str) -> Result<IslandsQuery, Problem> {
        let (mut parts, ()) =
            Request::get(format!("/api/test/islands{query}")).body(()).unwrap().into_parts();
        Query::from_request_parts(&mut parts, &()).await.map(|Query(query)| query)
    }

    #[tokio::test]
    async fn a_query_is_read_and_what_does_not_fit_is_named() {
        assert_eq!(islands("?limit=5").await.unwrap().limit, Some(5));
        assert_eq!(islands("").await.unwrap().limit, None);
        insta::assert_json_snapshot!("query_wrong_type", islands("?limit=many").await.unwrap_err());
        insta::assert_json_snapshot!("query_unknown_field", islands("?labell=x").await.unwrap_err());
    }
}
