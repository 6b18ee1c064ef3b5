//! `insula watch`: builds again whenever something changes.

use std::path::{Path, PathBuf};

use insula_engine::Engine;
use serde_json::Value;

use super::{Context, build, show, types};
use crate::args::{TypesFile, WatchArgs};
use crate::config;
use crate::failure::{Exit, Failure};
use crate::host;
use crate::project::Project;
use crate::watch::{Change, Watch};

/// Does not end by itself.
pub async fn run(args: WatchArgs, context: Context<'_>) -> Result<(), Failure> {
    let paths = if args.paths.is_empty() { vec![PathBuf::from(".")] } else { args.paths };
    // What is not there, or built already, is told before anything is waited for.
    build::projects(&paths)?;
    let mut watch = Watch::new(&paths)?;
    let types = match args.types.types {
        Some(file) => Some(Types { engine: host::trial(config::builtin_plugins()).await?, file }),
        None => None,
    };
    let mut changes = watch.first().await;
    loop {
        for change in &changes {
            if let Err(failure) = take(change, args.out.as_deref(), types.as_ref(), context).await {
                context.output.failure(&failure);
            }
        }
        if let Some(Types { engine, file }) = &types {
            types::keep(engine, file, context.output).await;
        }
        changes = watch.next().await;
    }
}

/// The types that are written: of the scenarios of this engine.
struct Types {
    engine: Engine,
    file: TypesFile,
}

async fn take(
    change: &Change,
    out: Option<&Path>,
    types: Option<&Types>,
    context: Context<'_>,
) -> Result<(), Failure> {
    match change {
        // What another program builds is not ours to write.
        Change::Made(Project::Plugin(_), ..) => {}
        Change::Made(project, made, took) => {
            say(context, &build::keep(project, made, out).await?, took.as_secs_f64())?;
        }
        Change::Failed(failure) => context.output.failure(failure),
        Change::Gone(project) => context.output.note(&format!("{} is gone.", project.path().display())),
    }
    let Some(Types { engine, file }) = types else { return Ok(()) };
    change.swap(engine).await.map(drop).map_err(|reason| {
        Failure::because(Exit::Failed, format!("{} leaves it out", file.path.display()), &reason)
    })
}

fn say(context: Context<'_>, built: &Value, seconds: f64) -> Result<(), Failure> {
    context.output.answer(built, |page| {
        let path = show::text(built, "path");
        page.line(format_args!("{} is built in {seconds:.2} s: {path}", show::scenario(built)));
    })
}
