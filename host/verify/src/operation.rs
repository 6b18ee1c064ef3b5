//! The calls that an application takes, as its OpenAPI document says.

use serde_json::Value;

use crate::report::VerifyError;

/// A call.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub id: String,
    /// In capitals.
    pub method: String,
    /// With its parameters in braces.
    pub path: String,
    pub parameters: Vec<Parameter>,
    /// The schema of the body, where it takes one.
    pub body: Option<Value>,
}

/// A part of the path, of the query or of the headers.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub name: String,
    pub place: Place,
    pub schema: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// All calls of a document.
pub(crate) fn operations(document: &Value) -> Result<Vec<Operation>, VerifyError> {
    let wrong = |what: &str| VerifyError::Document(what.to_owned());
    let paths = document["paths"].as_object().ok_or_else(|| wrong("it has no paths"))?;
    let mut operations = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            if !["get", "put", "post", "delete", "patch", "options", "head"].contains(&method.as_str()) {
                return Err(wrong(&format!("{path} has {method}, which is no method that the prover knows")));
            }
            let list = operation["parameters"].as_array().cloned().unwrap_or_default();
            let parameters =
                list.iter().map(|one| parameter(one).ok_or_else(|| wrong(&format!("a parameter of {path}"))));
            let id =
                operation["operationId"].as_str().map_or_else(|| format!("{method} {path}"), str::to_owned);
            operations.push(Operation {
                id,
                method: method.to_uppercase(),
                path: path.clone(),
                parameters: parameters.collect::<Result<_, _>>()?,
                body: operation["requestBody"]["content"]["application/json"].get("schema").cloned(),
            });
        }
    }
    if operations.is_empty() {
        return Err(wrong("it has no calls"));
    }
    Ok(operations)
}

fn parameter(parameter: &Value) -> Option<Parameter> {
    let place = match parameter["in"].as_str()? {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        _ => return None,
    };
    Some(Parameter {
        name: parameter["name"].as_str()?.to_owned(),
        place,
        schema: parameter.get("schema")?.clone(),
    })
}
