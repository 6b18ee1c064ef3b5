//! `insula backup`: take a backup of the database.

use insula_engine::BackupRequest;

use super::{Context, backups, end, show};
use crate::args::BackupArgs;
use crate::config::Scenarios;
use crate::failure::Failure;

pub async fn run(args: BackupArgs, context: Context<'_>) -> Result<(), Failure> {
    let BackupArgs { name, keep, place } = args;
    let progress = context.output.progress("taking a backup, and restoring it on trial");
    let host = context.host(&place, Scenarios::None).await?;
    let answer = host.backup(BackupRequest { name, keep }).await;
    host.close().await?;
    drop(progress);
    let answer = answer?;
    context.output.answer(&answer, |page| {
        page.line(format_args!(
            "Backup {}: {}, {}, {}. It was restored on trial, and held the same.",
            show::text(&answer, "name"),
            show::number(answer.get("islands"), "island"),
            show::so_many(end::rows(&answer), "row"),
            backups::size(&answer),
        ));
    })
}
