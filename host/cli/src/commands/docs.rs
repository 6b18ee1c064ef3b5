//! `insula docs`: a page about each scenario, from its manifest and from what it builds.

use std::fmt::Write as _;

use insula_engine::PlanRequest;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::scenarios::kind;
use super::{Context, show};
use crate::args::DocsArgs;
use crate::config::Scenarios;
use crate::failure::Failure;
use crate::generated;
use crate::host::Host;
use crate::output::plain;

/// A Monday morning: pages must not change by themselves.
const CLOCK: i64 = 1_767_603_600;
const SEED: u64 = 42;

pub async fn run(args: DocsArgs, context: Context<'_>) -> Result<(), Failure> {
    let host = context.host(&args.place, Scenarios::All).await?;
    let pages = pages(&host).await;
    host.close().await?;
    let pages = pages?;
    let names = generated::write(&args.dir, &pages, args.check, "insula docs")?;
    let answer = json!({ "directory": args.dir, "pages": pages.len(), "written": names });
    context.output.answer(&answer, |page| {
        let (all, written) = (pages.len(), names.len());
        page.line(format_args!("{all} pages in {}, {written} of them written.", args.dir.display()));
    })
}

/// Every page: its file's name, and its text. The first lists the others.
async fn pages(host: &Host) -> Result<Vec<(String, String)>, Failure> {
    let mut list = "# Scenarios\n\n| scenario | version | builds |\n| --- | --- | --- |\n".to_owned();
    let mut pages = Vec::new();
    for scenario in show::list(&host.scenarios().await?, "scenarios") {
        let name = show::text(scenario, "name");
        let manifest = host.scenario(&name, None).await?;
        let version = show::text(&manifest, "version");
        let title = cell(&show::text(&manifest, "title"));
        line(&mut list, format_args!("| [{name}]({name}.md) | {version} | {title} |"));
        pages.push((format!("{name}.md"), page(host, &manifest).await));
    }
    pages.insert(0, ("README.md".to_owned(), list));
    Ok(pages)
}

async fn page(host: &Host, manifest: &Value) -> String {
    let text = |key| show::text(manifest, key);
    let mut page =
        format!("# {} {}\n\n{}.\n", text("name"), text("version"), text("title").trim_end_matches('.'));
    if !text("description").is_empty() {
        line(&mut page, format_args!("\n{}", text("description")));
    }
    let aliases = show::list(manifest, "aliases").iter().map(|alias| format!("`{}`", plain(Some(alias))));
    let aliases: Vec<String> = aliases.collect();
    if !aliases.is_empty() {
        line(&mut page, format_args!("\nIt also answers to {}.", aliases.join(", ")));
    }
    if let Some(base) = manifest.get("extends") {
        let (base, version) = (show::text(base, "scenario"), show::text(base, "version"));
        line(&mut page, format!("\nIt extends [{base}]({base}.md) {version}").trim_end());
    }
    properties(&mut page, "Params", &manifest["params_schema"], "It takes no params.");
    properties(&mut page, "Outputs", &manifest["outputs_schema"], "");
    for example in show::list(manifest, "examples") {
        self::example(&mut page, host, manifest, example).await;
    }
    page
}

fn properties(page: &mut String, title: &str, schema: &Value, none: &str) {
    let properties = schema.get("properties").and_then(Value::as_object);
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
        if !none.is_empty() {
            line(page, format_args!("\n## {title}\n\n{none}"));
        }
        return;
    };
    let required = show::list(schema, "required");
    line(
        page,
        format_args!("\n## {title}\n\n| name | type | default | meaning |\n| --- | --- | --- | --- |"),
    );
    for (name, property) in properties {
        let default = match property.get("default") {
            Some(default) => format!("`{default}`"),
            None if title == "Params" && required.iter().any(|it| it == name) => "required".to_owned(),
            None => String::new(),
        };
        let (kind, about) = (cell(&kind(property)), cell(&show::text(property, "description")));
        line(page, format_args!("| `{name}` | {kind} | {default} | {about} |"));
    }
}

/// The request, and the island that it makes.
async fn example(page: &mut String, host: &Host, manifest: &Value, example: &Value) {
    let name = show::text(manifest, "name");
    line(page, format_args!("\n## {}\n", show::text(example, "title")));
    let params = example.get("params").cloned().unwrap_or_else(|| json!({}));
    let mut request = Map::from_iter([("scenario".to_owned(), json!(name))]);
    if params.as_object().is_some_and(|params| !params.is_empty()) {
        request.insert("params".to_owned(), params.clone());
    }
    line(page, format_args!("```json\n{}\n```\n", Value::Object(request)));
    let plan = PlanRequest {
        params: params.as_object().cloned().unwrap_or_default(),
        seed: Some(SEED),
        clock: Timestamp::from_second(CLOCK).ok(),
        ..PlanRequest::default()
    };
    match host.plan(&name, plan).await {
        Ok(plan) => island(page, &plan),
        Err(failure) => line(page, format_args!("It does not build: {}", failure.in_words().0)),
    }
}

fn island(page: &mut String, plan: &Value) {
    line(page, format_args!("It makes {}.", show::counts(plan)));
    let named = plan["named"].as_object().into_iter().flatten();
    let named: Vec<String> = named
        .map(|(name, thing)| format!("`{name}` ({})", show::text(thing, "kind").replace('_', " ")))
        .collect();
    if !named.is_empty() {
        line(page, format_args!("\nUnder `named` the answer has {}.", named.join(", ")));
    }
    if plan["outputs"].as_object().is_some_and(|outputs| !outputs.is_empty()) {
        line(page, format_args!("\nIts `outputs`: `{}`", plan["outputs"]));
    }
}

/// A text in a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn line(page: &mut String, text: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    writeln!(page, "{text}").unwrap_or_default();
}
