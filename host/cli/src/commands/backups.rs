//! `insula backups`: what backups there are.

use serde_json::Value;

use super::{Context, show};
use crate::args::BackupsArgs;
use crate::failure::Failure;

pub async fn run(args: BackupsArgs, context: Context<'_>) -> Result<(), Failure> {
    let progress = context.output.progress("looking through the backups");
    let answer = context.keeper(&args.place)?.backups().await?;
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
