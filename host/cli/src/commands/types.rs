//! `insula types`: the types of what scenarios take and return, for those who write tests.

mod model;
mod python;
mod typescript;

use std::path::Path;

use insula_engine::{Answer, Engine};
use serde_json::{Map, Value, json};

use super::schema::answer;
use super::{Context, show};
use crate::args::{TypesArgs, TypesFile, TypesLanguage};
use crate::config::Scenarios;
use crate::failure::Failure;
use crate::generated;
use crate::host::Host;
use crate::output::Output;
use model::{Definition, definitions, pascal};

const WRITTEN: &str = "Written by `insula types` from the scenarios of a host; do not change it by hand.";

/// What is known of all scenarios.
struct Known {
    scenarios: Vec<Scenario>,
    /// The answer's types, and those of the scenarios.
    definitions: Vec<Definition>,
}

struct Scenario {
    name: String,
    pascal: String,
    title: String,
    /// The names of the definitions.
    params: String,
    outputs: String,
    needs_params: bool,
}

pub async fn run(args: TypesArgs, context: Context<'_>) -> Result<(), Failure> {
    let TypesArgs { lang, out, check, place } = args;
    let host = context.host(&place, Scenarios::All).await?;
    let types = types(&host, lang).await;
    host.close().await?;
    let (text, scenarios) = types?;
    let Some(path) = out else {
        return context.output.print(&text);
    };
    let is_current = !write(&path, text, check)?;
    let answer = json!({ "path": path, "scenarios": scenarios, "written": !is_current });
    context.output.answer(&answer, |page| {
        let state = if is_current { "is as it should be" } else { "was written" };
        page.line(format_args!("{} {state}: {scenarios} scenarios.", path.display()));
    })
}

/// Writes the types of all scenarios of an engine, and says so where the file was another.
pub async fn keep(engine: &Engine, file: &TypesFile, output: Output) {
    let written = async {
        let (text, scenarios) = types(&Host::Direct(engine.clone()), file.lang).await?;
        Ok((write(&file.path, text, false)?, scenarios))
    };
    match written.await {
        Ok((true, scenarios)) => {
            output.note(&format!("{} was written: {scenarios} scenarios.", file.path.display()));
        }
        Ok((false, _)) => {}
        Err(failure) => output.failure(&failure),
    }
}

/// The text of the file, and how many scenarios it is about.
async fn types(host: &Host, lang: TypesLanguage) -> Result<(String, usize), Failure> {
    let manifests = manifests(host).await?;
    let text = match lang {
        TypesLanguage::Typescript => typescript::write(&known(&manifests)),
        TypesLanguage::Python => python::write(&known(&manifests)),
        TypesLanguage::Json => format!("{:#}\n", schemas(&manifests)),
    };
    Ok((text, manifests.len()))
}

/// Writes a file, and says whether it was another before.
fn write(path: &Path, text: String, check: bool) -> Result<bool, Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(!generated::write(folder, &[(name, text)], check, "insula types")?.is_empty())
}

/// The manifests of all scenarios, in the order of their names.
async fn manifests(host: &Host) -> Result<Vec<Value>, Failure> {
    let mut manifests = Vec::new();
    for scenario in show::list(&host.scenarios().await?, "scenarios") {
        manifests.push(host.scenario(&show::text(scenario, "name"), None).await?);
    }
    Ok(manifests)
}

fn known(manifests: &[Value]) -> Known {
    let mut all = definitions("SeedAnswer", "", &answer::<Answer>());
    let mut scenarios = Vec::new();
    for manifest in manifests {
        let name = show::text(manifest, "name");
        let pascal = pascal(&name);
        let [params, outputs] = ["Params", "Outputs"].map(|what| format!("{pascal}{what}"));
        let schema = &manifest["params_schema"];
        all.extend(definitions(&params, &pascal, schema));
        all.extend(definitions(&outputs, &format!("{outputs}Of"), &manifest["outputs_schema"]));
        let needs_params = !show::list(schema, "required").is_empty();
        scenarios.push(Scenario {
            title: show::text(manifest, "title"),
            name,
            pascal,
            params,
            outputs,
            needs_params,
        });
    }
    Known { scenarios, definitions: all }
}

/// The JSON Schemas themselves, for tools that read them.
fn schemas(manifests: &[Value]) -> Value {
    let scenarios: Map<String, Value> = manifests
        .iter()
        .map(|manifest| {
            let [version, params, outputs] = ["version", "params_schema", "outputs_schema"]
                .map(|key| manifest.get(key).cloned().unwrap_or_default());
            (
                show::text(manifest, "name"),
                json!({ "version": version, "params": params, "outputs": outputs }),
            )
        })
        .collect();
    json!({ "scenarios": scenarios, "answer": answer::<Answer>() })
}
