//! `insula sweep`: remove the islands of a label, a scenario or an age.

use insula_engine::{EndQuery, IslandsQuery};
use serde_json::{Value, json};

use super::{Context, end, islands, show};
use crate::args::{FilterArgs, SweepArgs};
use crate::config::Scenarios;
use crate::failure::{Exit, Failure};
use crate::host::Host;

/// The largest page of a list.
const PAGE: u32 = 1_000;

pub async fn run(args: SweepArgs, context: Context<'_>) -> Result<(), Failure> {
    let SweepArgs { filter: FilterArgs { label, scenario, older_than }, yes, place } = args;
    let host = context.host(&place, Scenarios::named(scenario.as_deref())).await?;
    if !yes {
        let query = IslandsQuery { label, scenario, older_than, limit: Some(PAGE), after: None };
        let found = all(&host, query).await;
        host.close().await?;
        let found = found?;
        let answer = json!({ "would_remove": found });
        return context.output.answer(&answer, |page| {
            islands::table(page, &found);
            page.line(format_args!("Islands that would be removed: {}. --yes removes them.", found.len()));
        });
    }
    let progress = context.output.progress("removing islands");
    let answer = host.end_all(EndQuery { label, scenario, older_than }).await;
    host.close().await?;
    drop(progress);
    let answer = answer?;
    let stuck = show::list(&answer, "stuck");
    context.output.answer(&answer, |page| {
        let ended = show::list(&answer, "islands");
        let rows: u64 = ended.iter().filter_map(|ended| ended.get("certificate")).map(end::rows).sum();
        page.line(format_args!(
            "Islands removed: {}, with {}; nothing is left of them.",
            ended.len(),
            show::so_many(rows, "row"),
        ));
    })?;
    if stuck.is_empty() {
        return Ok(());
    }
    let reasons = stuck.iter().flat_map(|island| {
        let id = show::text(island, "island_id");
        show::list(island, "reasons")
            .iter()
            .map(move |reason| format!("{id}: {}", crate::output::plain(Some(reason))))
    });
    let failure = Failure::new(Exit::Failed, format!("islands that cannot be removed: {}", stuck.len()));
    Err(failure.mend(reasons.collect::<Vec<_>>().join("\n")))
}

async fn all(host: &Host, mut query: IslandsQuery) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    loop {
        let page = host.islands(query.clone()).await?;
        all.extend_from_slice(show::list(&page, "islands"));
        query.after = page.get("next").and_then(Value::as_str).and_then(|next| next.parse().ok());
        if query.after.is_none() {
            return Ok(all);
        }
    }
}
