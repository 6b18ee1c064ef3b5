//! `insula events`: what happened.

use insula_engine::EventsQuery;

use super::{Context, show};
use crate::args::EventsArgs;
use crate::config::Scenarios;
use crate::failure::Failure;
use crate::output::plain;

pub async fn run(args: EventsArgs, context: Context<'_>) -> Result<(), Failure> {
    let EventsArgs { id, after, limit, place } = args;
    let host = context.host(&place, Scenarios::None).await?;
    let answer = host.events(id, EventsQuery { after, limit }).await;
    host.close().await?;
    let answer = answer?;
    context.output.answer(&answer, |page| {
        let events = show::list(&answer, "events");
        if events.is_empty() {
            return page.line("Nothing happened.");
        }
        let rows = events.iter().map(|event| {
            let mut row: Vec<String> = vec![show::text(event, "id"), show::instant(event, "at")];
            row.extend(["kind", "island_id", "actor", "outcome"].map(|name| show::text(event, name)));
            row.push(plain(event.get("details")));
            row
        });
        page.table(&["EVENT", "AT", "WHAT", "ISLAND", "BY", "OUTCOME", "DETAILS"], rows.collect());
    })
}
