//! `insula inspect`: what a plugin is, and what it can touch.

use insula_domain::Digest;
use insula_sandbox::{Inspected, LoadError};
use serde_json::{Value, json};

use super::{Context, show};
use crate::args::InspectArgs;
use crate::config::files;
use crate::failure::{Exit, Failure};
use crate::loader::Loader;
use crate::output::Page;

/// Nothing of the plugin is run where its manifest stands in it.
pub async fn run(args: InspectArgs, context: Context<'_>) -> Result<(), Failure> {
    let source = files::plugin(&args.file)?;
    let Inspected { contract, imports, manifest } =
        insula_sandbox::inspect(&source.wasm).map_err(|reason: LoadError| {
            Failure::because(Exit::Failed, format!("{} is no plugin", source.origin), &reason)
        })?;
    let mut answer = json!({
        "origin": source.origin,
        "bytes": source.wasm.len(),
        "digest": Digest::of(&source.wasm),
        "contract": contract,
        "imports": imports,
        "signature": source.signature,
        "ran": manifest.is_none(),
    });
    answer["manifest"] = match manifest {
        Some(manifest) => manifest,
        None => serde_json::from_slice(&Loader::default().manifest(&source).await?)
            .map_err(|reason| Failure::because(Exit::Failed, "the manifest is not JSON", &reason))?,
    };
    context.output.answer(&answer, |page| show(page, &answer))
}

fn show(page: &mut Page, answer: &Value) {
    let manifest = &answer["manifest"];
    let words = |list: &[Value]| {
        list.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>().join(", ")
    };
    page.heading(format_args!("{} {}", show::text(manifest, "name"), show::text(manifest, "version")));
    page.line(show::text(manifest, "title"));
    page.line(show::text(manifest, "description"));
    page.fields(&[
        ("also called", words(show::list(manifest, "aliases"))),
        ("file", show::text(answer, "origin")),
        ("bytes", show::text(answer, "bytes")),
        ("digest", show::text(answer, "digest")),
        ("contract", show::text(answer, "contract")),
        ("imports", words(show::list(answer, "imports"))),
        ("signature", show::text(answer, "signature")),
    ]);
    for example in show::list(manifest, "examples") {
        page.line(format_args!("  example {:?}: {}", show::text(example, "title"), example["params"]));
    }
    page.heading("Params");
    page.line(format_args!("{:#}", manifest["params_schema"]));
}
