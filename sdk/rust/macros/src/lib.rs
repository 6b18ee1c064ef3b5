//! The attributes of the Insula SDK. Authors use them as `insula::scenario` and `insula::params`.

mod params;
mod scenario;

use proc_macro::TokenStream;

/// Makes a scenario of a function. Title and description in the manifest are the function's doc comment:
/// its first line, and the rest.
///
/// - `name = "…"`: lower case letters, digits and underscores, beginning with a letter.
/// - `version = "1.0.0"`: Semantic Versioning; the package's version where it is left out.
/// - `aliases = ["…"]`: other names that callers may use.
/// - `examples = ["Title" => { "field": 1 }]`: params that must work; one with all defaults where it is
///   left out and every param has a default.
/// - `extends = "standard"`, or `"standard@^1"`: a scenario that is built first; `island.existing()` holds what it made.
/// - `with = |params| json!({ … })`: the params of that one, from a reference to one's own; none where it is left out.
///
/// The function takes `&mut Island` and, if it has params, a type marked with `#[insula::params]`. What it
/// returns is serialised as the answer's `outputs`; unless that is `impl Serialize`, its schema stands in the manifest. The
/// attribute adds a type `Scenario` beside the function,
/// for tests.
#[proc_macro_attribute]
pub fn scenario(attributes: TokenStream, item: TokenStream) -> TokenStream {
    scenario::expand(attributes.into(), item.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes a struct or an enum usable as a scenario's params, or as a part of them: it is read from JSON, and
/// its doc comments become the JSON Schema that callers see. Unknown fields are refused; an enum's variants are
/// written in snake case.
///
/// A field may say `#[param(default = 20, range(min = 1, max = 100))]`: a default makes it optional, and all
/// else is a rule of schemars, such as `range`, `length` or `regex`.
#[proc_macro_attribute]
pub fn params(attributes: TokenStream, item: TokenStream) -> TokenStream {
    params::expand(attributes.into(), item.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

/// Makes a struct or an enum usable as what a scenario returns, or as a part of it: it is written as JSON, and its
/// doc comments become the JSON Schema that callers see. An enum's variants are written in snake case.
#[proc_macro_attribute]
pub fn outputs(attributes: TokenStream, item: TokenStream) -> TokenStream {
    params::expand_outputs(attributes.into(), item.into())
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}
