//! Headers in the OpenAPI document.

use aide::openapi::{HeaderStyle, Parameter, ParameterData, ParameterSchemaOrContent, SchemaObject};
use schemars::Schema;

/// A header that may be left out.
pub(crate) fn optional_header(name: &str, description: &str, schema: Schema) -> Parameter {
    let schema = SchemaObject { json_schema: schema, example: None, external_docs: None };
    let parameter_data = ParameterData {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: false,
        format: ParameterSchemaOrContent::Schema(schema),
        extensions: Default::default(),
        deprecated: None,
        example: None,
        examples: Default::default(),
        explode: None,
    };
    Parameter::Header { parameter_data, style: HeaderStyle::Simple }
}
