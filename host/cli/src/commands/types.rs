//! `insula types`: the types of what scenarios take and return, for those who write tests.

mod model;
mod python;
mod typescript;

use std::path::Path;

use insula_engine::Answer;
use serde_json::{Map, Value, json};

use super::schema::answer;
use super::{Context, show};
use crate::args::{TypesArgs, TypesLanguage};
use crate::config::Scenarios;
use crate::failure::Failure;
use crate::generated;
use crate::host::Host;
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
    let host = context.host(&args.place, Scenarios::All).await?;
    let manifests = manifests(&host).await;
    host.close().await?;
    let manifests = manifests?;
    let text = match args.lang {
        TypesLanguage::Typescript => typescript::write(&known(&manifests)),
        TypesLanguage::Python => python::write(&known(&manifests)),
        TypesLanguage::Json => format!("{:#}\n", schemas(&manifests)),
    };
    let Some(path) = &args.out else {
        return context.output.print(&text);
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().unwrap_or(Path::new(""));
    let files = [(name, text)];
    let is_current = generated::write(folder, &files, args.check, "insula types")?.is_empty();
    let answer = json!({ "path": path, "scenarios": manifests.len(), "written": !is_current });
    context.output.answer(&answer, |page| {
        let state = if is_current { "is as it should be" } else { "was written" };
        page.line(format_args!("{} {state}: {} scenarios.", path.display(), manifests.len()));
    })
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
