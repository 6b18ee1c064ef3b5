//! `insula backups`: what backups there are, and how one goes that is not wanted any more.

use insula_engine::BackupName;
use serde_json::Value;

use super::{Context, show};
use crate::args::{BackupsArgs, PlaceArgs};
use crate::config::Scenarios;
use crate::failure::Failure;

pub async fn run(args: BackupsArgs, context: Context<'_>) -> Result<(), Failure> {
    match args.remove {
        Some(name) => remove(name, &args.place, context).await,
        None => list(&args.place, context).await,
    }
}

async fn remove(name: BackupName, place: &PlaceArgs, context: Context<'_>) -> Result<(), Failure> {
    let progress = context.output.progress("removing the backup");
    let host = context.host(place, Scenarios::None).await?;
    let answer = host.remove_backup(name).await;
    host.close().await?;
    drop(progress);
    let answer = answer?;
    context.output.answer(&answer, |page| {
        let size = if answer.get("bytes").is_some() { format!(": {}", size(&answer)) } else { String::new() };
        page.line(format_args!("Backup {} was removed{size}.", show::text(&answer, "name")));
    })
}

async fn list(place: &PlaceArgs, context: Context<'_>) -> Result<(), Failure> {
    let progress = context.output.progress("looking through the backups");
    let answer = context.keeper(place)?.backups().await?;
    drop(progress);
    context.output.answer(&answer, |page| {
        let backups = show::list(&answer, "backups");
        if backups.is_empty() {
            return page.line("There are no backups; `insula backup` takes one.");
        }
        let rows = backups.iter().map(|backup| {
            let state = match show::text(backup, "problem") {
                problem if problem.is_empty() => "good".to_owned(),
                problem => format!("damaged: {problem}"),
            };
            let mut row = vec![show::text(backup, "name"), show::instant(backup, "taken_at"), size(backup)];
            row.push(show::text(backup, "checksum").chars().take(12).collect());
            row.extend(["schema_version", "islands"].map(|name| show::text(backup, name)));
            row.extend([state, show::text(backup, "database")]);
            row
        });
        let headings = ["BACKUP", "TAKEN", "SIZE", "SHA-256", "SCHEMA", "ISLANDS", "STATE", "DATABASE"];
        page.table(&headings, rows.collect());
    })
}

/// Its size, as people read it.
pub fn size(backup: &Value) -> String {
    let bytes = backup.get("bytes").and_then(Value::as_u64).unwrap_or_default();
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
