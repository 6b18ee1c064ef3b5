//! `insula watch`: builds again whenever something changes.

use std::path::PathBuf;

use serde_json::Value;

use super::{Context, build, show};
use crate::args::WatchArgs;
use crate::failure::Failure;
use crate::project::Project;
use crate::watch::{Change, Watch};

/// Does not end by itself.
pub async fn run(args: WatchArgs, context: Context<'_>) -> Result<(), Failure> {
    let paths = if args.paths.is_empty() { vec![PathBuf::from(".")] } else { args.paths };
    // What is not there, or built already, is told before anything is waited for.
    build::projects(&paths)?;
    let mut watch = Watch::new(&paths)?;
    let mut changes = watch.first().await;
    loop {
        for change in changes {
            match change {
                // What another program builds is not ours to write.
                Change::Made(Project::Plugin(_), ..) => {}
                Change::Made(project, made, took) => {
                    match build::keep(&project, *made, args.out.as_deref()).await {
                        Ok(built) => say(context, &built, took.as_secs_f64())?,
                        Err(failure) => context.output.failure(&failure),
                    }
                }
                Change::Failed(failure) => context.output.failure(&failure),
                Change::Gone(project) => {
                    context.output.note(&format!("{} is gone.", project.path().display()));
                }
            }
        }
        changes = watch.next().await;
    }
}

fn say(context: Context<'_>, built: &Value, seconds: f64) -> Result<(), Failure> {
    context.output.answer(built, |page| {
        let path = show::text(built, "path");
        page.line(format_args!("{} is built in {seconds:.2} s: {path}", show::scenario(built)));
    })
}
