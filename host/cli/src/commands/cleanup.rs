//! `insula verify cleanup`: prove that nothing was left behind.

use insula_engine::VerifyQuery;
use serde_json::Value;

use super::{Context, show};
use crate::args::CleanupArgs;
use crate::config::Scenarios;
use crate::failure::{Exit, Failure};
use crate::output::plain;

pub async fn run(args: CleanupArgs, context: Context<'_>) -> Result<(), Failure> {
    let progress = context.output.progress("scanning every table");
    let host = context.host(&args.place, Scenarios::None).await?;
    let answer = host.verify_cleanup(VerifyQuery { island: args.id }).await;
    host.close().await?;
    drop(progress);
    let answer = answer?;
    let left = answer.get("left").and_then(Value::as_object).into_iter().flatten();
    let scanned = left.clone().count();
    let found = left.filter(|(_, rows)| rows.as_u64() != Some(0));
    let found: Vec<String> = found
        .map(|(table, rows)| format!("left in table {table}: {}", show::number(Some(rows), "row")))
        .collect();
    let of = |member: &str, what: &str| -> Vec<String> {
        show::list(&answer, member).iter().map(|id| format!("island {} {what}", plain(Some(id)))).collect()
    };
    let forged = of("forged", "has a certificate that was changed");
    let lost = of("lost", "ended, and its certificate is gone");
    let stuck = of("stuck", "is stuck: end it again, which says why");
    context.output.answer(&answer, |page| {
        let certificates = show::text(&answer, "certificates");
        page.line(format_args!("Certificates checked: {certificates}; tables scanned: {scanned}."));
    })?;
    if answer.get("clean") == Some(&Value::Bool(true)) {
        context.output.note("Clean: nothing was left behind.");
        return Ok(());
    }
    let wrong = [found, forged, lost, stuck].concat();
    Err(Failure::new(Exit::Failed, "clean-up left something behind").mend(wrong.join("\n")))
}
