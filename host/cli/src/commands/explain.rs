//! `insula explain` and `insula replay`: what runs did, told by running them once more; and what came of it, to be taken
//! elsewhere.

use std::path::Path;

mod values;

use serde_json::{Value, json};

use super::{Context, show};
use crate::args::{ExplainArgs, Explained, ExportFormat, PlaceArgs, ReplayArgs};
use crate::config::Scenarios;
use crate::failure::{Exit, Failure, frame_text};
use crate::output::{Page, plain};

pub async fn explain(args: ExplainArgs, context: Context<'_>) -> Result<(), Failure> {
    let ExplainArgs { what, export, out, place } = args;
    if let Some(format) = export {
        return write(what, format, out.as_deref(), &place, context).await;
    }
    let answer = ask(what, &place, context).await?;
    context.output.answer(&answer, |page| {
        for run in show::list(&answer, "runs") {
            story(page, run);
        }
        changed(page, &answer);
    })
}

pub async fn replay(args: ReplayArgs, context: Context<'_>) -> Result<(), Failure> {
    let answer = ask(args.what, &args.place, context).await?;
    let runs = show::list(&answer, "runs");
    context.output.answer(&answer, |page| {
        for run in runs {
            let (scenario, version) = (show::text(run, "scenario"), show::text(run, "version"));
            let came = if run["same"] == json!(true) {
                "the same".to_owned()
            } else {
                show::text(run, "difference")
            };
            page.line(format_args!("{scenario} {version}: {came}"));
        }
        changed(page, &answer);
    })?;
    match runs.iter().find(|run| run["same"] != json!(true)) {
        None => Ok(()),
        Some(run) => {
            let what = format!("{} is not what it was", show::text(run, "scenario"));
            Err(Failure::new(Exit::Failed, what).mend("insula explain tells what it does now"))
        }
    }
}

/// Writes an island as it is now.
async fn write(
    what: Explained,
    format: ExportFormat,
    out: Option<&Path>,
    place: &PlaceArgs,
    context: Context<'_>,
) -> Result<(), Failure> {
    let Explained::Island(id) = what else {
        return Err(Failure::new(Exit::Usage, "a run that was refused has left nothing to be exported")
            .mend("name an island; `insula islands` lists them"));
    };
    let host = context.host(place, Scenarios::None).await?;
    let text = host.export(id, format).await;
    host.close().await?;
    let text = text?;
    let Some(path) = out else { return context.output.print(&text) };
    std::fs::write(path, &text).map_err(|reason| {
        Failure::because(Exit::Failed, format!("cannot write {}", path.display()), &reason)
            .mend("choose another place")
    })?;
    let answer = json!({ "path": path, "island_id": id, "bytes": text.len() });
    context.output.answer(&answer, |page| {
        page.line(format_args!("{} was written: {} bytes.", path.display(), text.len()));
    })
}

async fn ask(what: Explained, place: &PlaceArgs, context: Context<'_>) -> Result<Value, Failure> {
    let host = context.host(place, Scenarios::All).await?;
    let answer = match what {
        Explained::Island(id) => host.explain(id).await,
        Explained::Event(number) => host.explain_refusal(number).await,
    };
    host.close().await?;
    answer
}

fn story(page: &mut Page, run: &Value) {
    page.heading(format_args!("{} {}", show::text(run, "scenario"), show::text(run, "version")));
    page.fields(&[
        ("params", plain(run.get("params"))),
        ("seed", show::text(run, "seed")),
        ("clock", show::text(run, "clock")),
    ]);
    let journal = &run["run"]["journal"];
    for (number, call) in (1..).zip(show::list(journal, "calls")) {
        page.line(format_args!("{number:>4}  {}", told(call)));
    }
    if let Some(left_out) = journal["left_out"].as_u64() {
        page.line(format_args!("      … and {left_out} calls more"));
    }
    for line in show::list(&run["run"], "logs") {
        page.line(format_args!("      {}: {}", show::text(line, "level"), show::text(line, "message")));
    }
    let cost = &run["run"];
    match run["outcome"].as_str() {
        Some("built") => page.line(format_args!(
            "built in {} µs, with {} fuel and {} calls of the host",
            cost["micros"], cost["fuel"], cost["host_calls"]
        )),
        _ => page.line(format_args!("refused: {}", show::text(run, "reason"))),
    }
    for frame in show::list(run, "backtrace") {
        page.line(format_args!("      at {}", frame_text(frame)));
    }
    if run["same"] != json!(true) {
        page.line(format_args!("not as it was: {}", show::text(run, "difference")));
    }
}

/// A call, as people read it: `create-user email: a@example.test gave #0`.
fn told(call: &Value) -> String {
    let (name, input) = (show::text(call, "call"), call.get("input").map(values::told).unwrap_or_default());
    let input = if input.is_empty() { String::new() } else { format!(" {input}") };
    if let Some(refused) = call.get("refused") {
        let (rule, message) = (show::text(refused, "rule"), show::text(refused, "message"));
        return format!("{name}{input}\n      REFUSED, {rule}: {message}");
    }
    if let Some(ended) = call.get("ended") {
        return format!("{name}{input}\n      ENDED THE RUN: {}", plain(Some(ended)));
    }
    match call.get("returned") {
        None | Some(Value::Null) => format!("{name}{input}"),
        Some(returned) => format!("{name}{input} gave {}", values::told(returned)),
    }
}

fn changed(page: &mut Page, answer: &Value) {
    if let Some(changed) = answer.get("changed_since") {
        let (kind, position) = (show::text(changed, "kind"), show::text(changed, "position"));
        let side = |key: &str| match changed.get(key) {
            None | Some(Value::Null) => "not there".to_owned(),
            side => plain(side),
        };
        let field = changed.get("field").map(|field| format!(", {}", plain(Some(field)))).unwrap_or_default();
        page.line(format_args!(
            "since changed: {kind} {position}{field} was {}, and is {}",
            side("wanted"),
            side("found")
        ));
    }
}
