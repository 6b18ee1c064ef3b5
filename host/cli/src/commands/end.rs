//! `insula end`: remove islands.

use serde_json::Value;

use super::{Context, show};
use crate::args::EndArgs;
use crate::config::Scenarios;
use crate::failure::Failure;
use crate::output::Page;

/// One that cannot be removed does not keep the others.
pub async fn run(args: EndArgs, context: Context<'_>) -> Result<(), Failure> {
    let progress = context.output.progress("removing islands");
    let host = context.host(&args.place, Scenarios::None).await?;
    let (mut ended, mut failure) = (Vec::new(), None);
    for id in args.ids {
        match host.end(id).await {
            Ok(answer) => ended.push(answer),
            Err(reason) => failure = failure.or(Some(reason)),
        }
    }
    host.close().await?;
    drop(progress);
    let ended = Value::Array(ended);
    context.output.answer(&ended, |page| show(page, &ended))?;
    failure.map_or(Ok(()), Err)
}

fn show(page: &mut Page, ended: &Value) {
    for ended in ended.as_array().into_iter().flatten() {
        let id = show::text(ended, "island_id");
        if ended.get("removed") == Some(&Value::Bool(true)) {
            let certificate = ended.get("certificate").unwrap_or(&Value::Null);
            let rows = show::so_many(rows(certificate), "row");
            page.line(format_args!("Island {id} is removed: {rows}; nothing is left."));
            show::found(page, certificate);
        } else {
            page.line(format_args!("Island {id} had been removed before."));
        }
    }
}

/// How many rows were removed in all.
pub fn rows(answer: &Value) -> u64 {
    answer
        .get("rows")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(_, rows)| rows.as_u64())
        .sum()
}
