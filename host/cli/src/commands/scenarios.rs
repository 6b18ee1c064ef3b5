//! `insula scenarios`: the catalog.

use serde_json::Value;

use super::{Context, show};
use crate::args::ScenariosArgs;
use crate::config::Scenarios;
use crate::failure::Failure;
use crate::output::{Page, plain};

pub async fn run(args: ScenariosArgs, context: Context<'_>) -> Result<(), Failure> {
    let needed = args.name.as_deref().map_or(Scenarios::All, Scenarios::One);
    let host = context.host(&args.place, needed).await?;
    let answer = match &args.name {
        Some(name) => host.scenario(name, args.version.as_deref()).await,
        None => host.scenarios().await,
    };
    host.close().await?;
    let answer = answer?;
    context.output.answer(&answer, |page| match args.name {
        Some(_) => one(page, &answer),
        None => all(page, &answer),
    })
}

fn all(page: &mut Page, answer: &Value) {
    let rows = show::list(answer, "scenarios").iter().map(|scenario| {
        vec![
            show::text(scenario, "name"),
            words(show::list(scenario, "versions")),
            show::text(scenario, "title"),
            words(show::list(scenario, "aliases")),
        ]
    });
    page.table(&["SCENARIO", "VERSIONS", "TITLE", "ALSO"], rows.collect());
}

fn one(page: &mut Page, scenario: &Value) {
    page.heading(format_args!(
        "{} {}: {}",
        show::text(scenario, "name"),
        show::text(scenario, "version"),
        show::text(scenario, "title")
    ));
    page.line(show::text(scenario, "description"));
    page.fields(&[
        ("also", words(show::list(scenario, "aliases"))),
        ("from", show::text(scenario, "origin")),
        ("digest", show::text(scenario, "digest")),
    ]);
    params(page, scenario.get("params_schema").unwrap_or(&Value::Null));
    for example in show::list(scenario, "examples") {
        page.line(format_args!("{}: {}", show::text(example, "title"), plain(example.get("params"))));
    }
}

/// The params by their schema: enough to write them; `--json` has the schema whole.
fn params(page: &mut Page, schema: &Value) {
    let required = show::list(schema, "required");
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let rows: Vec<Vec<String>> = properties
        .map(|(name, property)| {
            let default = match property.get("default") {
                _ if required.iter().any(|required| required == name) => "required".to_owned(),
                default => plain(default),
            };
            vec![name.clone(), kind(property), default, show::text(property, "description")]
        })
        .collect();
    if rows.is_empty() {
        page.line("It takes no params.");
    } else {
        page.table(&["PARAM", "TYPE", "DEFAULT", "MEANING"], rows);
    }
}

/// The type with its bounds, such as `integer 1 to 100000`.
pub(super) fn kind(property: &Value) -> String {
    let kind = match property.get("type") {
        Some(Value::Array(kinds)) => words(kinds),
        kind => plain(kind),
    };
    let bound = |name: &str| plain(property.get(name));
    match (bound("minimum").as_str(), bound("maximum").as_str()) {
        ("", "") => kind,
        (least, "") => format!("{kind} from {least}"),
        ("", most) => format!("{kind} to {most}"),
        (least, most) => format!("{kind} {least} to {most}"),
    }
}

fn words(values: &[Value]) -> String {
    values.iter().map(|value| plain(Some(value))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn params_are_shown_with_type_bounds_and_default() {
        let mut page = Page::blank(false);
        let schema = json!({
            "required": ["appointments"],
            "properties": {
                "appointments": { "type": "integer", "minimum": 1, "maximum": 100_000, "description": "How many." },
                "name": { "type": ["string", "null"], "default": null },
                "days": { "type": "integer", "minimum": 1, "default": 14 },
            },
        });
        params(&mut page, &schema);
        let shown = page.text().replace('\t', " | ").replace(" \n", "\n");
        insta::assert_snapshot!(shown, @r"
        PARAM | TYPE | DEFAULT | MEANING
        appointments | integer 1 to 100000 | required | How many.
        name | string, null |  |
        days | integer from 1 | 14 |
        ");
    }

    #[test]
    fn no_params_are_said() {
        let mut page = Page::blank(false);
        params(&mut page, &json!({ "type": "object" }));
        assert_eq!(page.text(), "It takes no params.\n");
    }
}
