//! `insula restore`: put a backup in the place of the database.

use clap::parser::ValueSource;
use insula_engine::RestoreQuery;
use serde_json::{Value, json};

use super::{Context, backups, end, show};
use crate::args::RestoreArgs;
use crate::failure::{Exit, Failure};
use crate::output::{Page, plain};

pub async fn run(args: RestoreArgs, context: Context<'_>) -> Result<(), Failure> {
    let RestoreArgs { backup, yes, force, emergency, mut place } = args;
    let name = backup.name();
    if emergency {
        if context.matches.value_source("server") == Some(ValueSource::CommandLine) {
            let what = "--emergency works on the database itself, and not by a server";
            return Err(
                Failure::new(Exit::Usage, what).mend("leave out --server, and stop the server before")
            );
        }
        place.server = None;
    }
    let keeper = context.keeper(&place)?;
    if !yes && !emergency {
        let backup = keeper.backup(name).await?;
        let answer = json!({ "would_restore": backup });
        return context.output.answer(&answer, |page| {
            page.line(format_args!("Would restore the backup {}.", described(&backup)));
            page.line("What is there now would be kept as a backup. --yes restores it.");
        });
    }
    let progress = context.output.progress("restoring");
    let answer = keeper.restore(RestoreQuery { name, force }, emergency).await?;
    drop(progress);
    context.output.answer(&answer, |page| show_restored(page, &answer))
}

/// What was restored, and what became of what was there.
pub fn show_restored(page: &mut Page, restored: &Value) {
    match restored.get("backup") {
        Some(backup) if backup.is_object() => {
            page.line(format_args!("Restored the backup {}.", described(backup)));
        }
        _ => page.line("There was no backup that could be restored: the database is new and empty."),
    }
    let before = show::text(restored, "before");
    if !before.is_empty() {
        page.line(format_args!("What was there before is the backup {before}."));
    }
    for (number, file) in show::list(restored, "aside").iter().enumerate() {
        if number == 0 {
            page.line(format_args!(
                "The database was damaged ({}); it is kept:",
                show::text(restored, "found")
            ));
        }
        page.line(format_args!("  {}", plain(Some(file))));
    }
    for passed in show::list(restored, "passed_over") {
        let (name, problem) = (show::text(passed, "name"), show::text(passed, "problem"));
        if passed.get("good") == Some(&Value::Bool(true)) {
            page.line(format_args!(
                "The backup {name} is good, but {problem}; to restore it here, with the options of this command: \
                 insula restore {name} --yes"
            ));
        } else {
            page.line(format_args!("The backup {name} is damaged: {problem}"));
        }
    }
}

fn described(backup: &Value) -> String {
    format!(
        "{}, taken at {}: {}, {}, {}",
        show::text(backup, "name"),
        show::instant(backup, "taken_at"),
        show::number(backup.get("islands"), "island"),
        show::so_many(end::rows(backup), "row"),
        backups::size(backup),
    )
}
