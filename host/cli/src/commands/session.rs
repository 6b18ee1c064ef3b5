//! `insula session`: begin and end a run of a test suite.

use insula_engine::{EndSessionQuery, SessionId, SessionRequest};
use serde_json::Value;

use super::{Context, restore, show};
use crate::args::{BeginArgs, EndSessionArgs, SessionArgs, SessionCommand};
use crate::config::Scenarios;
use crate::failure::{Exit, Failure};
use crate::host::Host;
use crate::output::plain;

pub async fn run(args: SessionArgs, context: Context<'_>) -> Result<(), Failure> {
    // The place stands in the arguments of what is to be done.
    let matches = context.matches.subcommand().map_or(context.matches, |(_, matches)| matches);
    let context = Context { matches, ..context };
    match args.what {
        SessionCommand::Begin(args) => begin(args, context).await,
        SessionCommand::End(args) => end(args, context).await,
    }
}

async fn begin(args: BeginArgs, context: Context<'_>) -> Result<(), Failure> {
    let progress = context.output.progress("taking a backup, and restoring it on trial");
    let host = context.host(&args.place, Scenarios::None).await?;
    let answer = host.begin_session(SessionRequest { keep: args.keep }).await;
    host.close().await?;
    drop(progress);
    let answer = answer?;
    context.output.answer(&answer, |page| page.line(show::text(&answer, "session_id")))?;
    for unfinished in show::list(&answer, "unfinished") {
        context.output.note(&format!("The session {} has not ended.", plain(Some(unfinished))));
    }
    if answer.get("backup").is_none_or(Value::is_null) {
        context.output.note("Backups are off: at its end what it made is removed, and that is all.");
    }
    Ok(())
}

async fn end(args: EndSessionArgs, context: Context<'_>) -> Result<(), Failure> {
    let EndSessionArgs { id, hybrid, force, place } = args;
    let progress = context.output.progress("ending the session");
    let host = context.host(&place, Scenarios::None).await?;
    let ended = async {
        let id = match id {
            Some(id) => id,
            None => last(&host).await?,
        };
        host.end_session(id, EndSessionQuery { hybrid, force }).await
    };
    let answer = ended.await;
    host.close().await?;
    drop(progress);
    let answer = answer?;
    context.output.answer(&answer, |page| {
        let (session, islands) = (show::text(&answer, "session_id"), show::text(&answer, "islands"));
        match show::text(&answer, "how").as_str() {
            "cleaned" => page.line(format_args!(
                "Session {session} ended. Islands removed: {islands}; nothing is left of them."
            )),
            "already" => page.line(format_args!("Session {session} had ended before.")),
            _ => page.line(format_args!("Session {session} ended.")),
        }
        for stuck in show::list(&answer, "stuck") {
            let reasons: Vec<String> =
                show::list(stuck, "reasons").iter().map(|reason| plain(Some(reason))).collect();
            page.line(format_args!(
                "Island {} could not be removed: {}",
                show::text(stuck, "island_id"),
                reasons.join("; ")
            ));
        }
        for (table, rows) in answer.get("left").and_then(Value::as_object).into_iter().flatten() {
            let rows = show::number(Some(rows), "row");
            page.line(format_args!("Left in table {table}: {rows}."));
        }
        if let Some(restored) = answer.get("restored") {
            restore::show_restored(page, restored);
        }
    })
}

/// The last session of this database that has not ended.
async fn last(host: &Host) -> Result<SessionId, Failure> {
    let backups = host.backups().await?;
    let open = show::list(&backups, "backups").iter().find(|backup| {
        backup.get("reason").is_some_and(|reason| reason == "session")
            && backup.get("database") == backups.get("database")
            && backup.get("ended_at").is_none()
    });
    let id = open.and_then(|backup| backup.get("name")?.as_str()?.parse().ok());
    id.ok_or_else(|| {
        Failure::new(Exit::NotFound, "there is no session that has not ended")
            .mend("one without a backup is named: insula session end SESSION")
    })
}
