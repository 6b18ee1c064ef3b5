//! `insula islands`: what exists.

use insula_engine::IslandsQuery;
use serde_json::Value;

use super::{Context, show};
use crate::args::{FilterArgs, IslandsArgs};
use crate::config::Scenarios;
use crate::failure::Failure;
use crate::output::{Page, plain};

pub async fn run(args: IslandsArgs, context: Context<'_>) -> Result<(), Failure> {
    let IslandsArgs { id, filter, limit, after, place } = args;
    let FilterArgs { label, scenario, older_than } = filter;
    let host = context.host(&place, Scenarios::named(scenario.as_deref())).await?;
    let answer = match id {
        Some(id) => host.island(id).await,
        None => host.islands(IslandsQuery { label, scenario, older_than, limit, after }).await,
    };
    host.close().await?;
    let answer = answer?;
    context.output.answer(&answer, |page| match id {
        Some(_) => one(page, &answer),
        None => all(page, &answer),
    })
}

fn all(page: &mut Page, answer: &Value) {
    let islands = show::list(answer, "islands");
    let total = answer.get("total").and_then(Value::as_u64).unwrap_or_default();
    if total == 0 {
        return page.line("There are no islands.");
    }
    table(page, islands);
    if let Some(next) = answer.get("next").and_then(Value::as_str) {
        page.line(format_args!("{} of {total}; the next ones: --after {next}", islands.len()));
    }
}

/// Islands, one a row.
pub fn table(page: &mut Page, islands: &[Value]) {
    let rows = islands.iter().map(|island| {
        let texts = ["island_id", "scenario", "label", "state"].map(|name| show::text(island, name));
        let instants = ["created_at", "expires_at"].map(|name| show::instant(island, name));
        texts.into_iter().chain(instants).collect()
    });
    page.table(&["ISLAND", "SCENARIO", "LABEL", "STATE", "CREATED", "EXPIRES"], rows.collect());
}

fn one(page: &mut Page, island: &Value) {
    page.heading(format_args!("Island {}", show::text(island, "island_id")));
    page.fields(&[
        ("scenario", show::text(island, "scenario")),
        ("label", show::text(island, "label")),
        ("state", show::text(island, "state")),
        ("holds", show::counts(island)),
        ("created", show::instant(island, "created_at")),
        ("expires", show::instant(island, "expires_at")),
    ]);
    show::names(page, island);
    let rows = show::list(island, "runs").iter().map(|run| {
        vec![show::scenario(run), show::text(run, "seed"), show::text(run, "clock"), plain(run.get("params"))]
    });
    page.table(&["RUN", "SEED", "CLOCK", "PARAMS"], rows.collect());
}
