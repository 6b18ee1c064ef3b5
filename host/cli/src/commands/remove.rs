//! `insula remove`: takes scenarios out of the database.

use serde_json::Value;

use super::{Context, show};
use crate::args::RemoveArgs;
use crate::config::Scenarios;
use crate::failure::{Exit, Failure};
use crate::host::Host;
use crate::lock::Lock;

pub async fn run(args: RemoveArgs, context: Context<'_>) -> Result<(), Failure> {
    let (name, version) = match args.scenario.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (args.scenario.as_str(), None),
    };
    let mut lock = Lock::read(&args.lock)?;
    let host = context.host(&args.place, Scenarios::All).await?;
    let removed = remove(&host, name, version).await;
    host.close().await?;
    let removed = removed?;
    for removed in &removed {
        lock.forget(&show::text(removed, "scenario"), &show::text(removed, "version"));
    }
    lock.write()?;
    let removed = Value::Array(removed);
    context.output.answer(&removed, |page| {
        for removed in removed.as_array().into_iter().flatten() {
            let default = show::text(removed, "default");
            let now = if default.is_empty() {
                "none is left".to_owned()
            } else {
                format!("the default is {default}")
            };
            page.line(format_args!("{} is removed; {now}.", show::scenario(removed)));
        }
    })
}

/// One version, or all that the database holds.
async fn remove(host: &Host, name: &str, version: Option<&str>) -> Result<Vec<Value>, Failure> {
    if let Some(version) = version {
        return Ok(vec![host.remove(name, version).await?]);
    }
    let found = host.versions(name).await?;
    let kept: Vec<String> = show::list(&found, "versions")
        .iter()
        .filter(|version| version.get("kept").is_some())
        .map(|version| show::text(version, "version"))
        .collect();
    if kept.is_empty() {
        let what = format!("{name} is not in the database: the host brings it along itself");
        return Err(Failure::new(Exit::NotFound, what).mend("`insula scenarios NAME` says where it is from"));
    }
    let mut removed = Vec::with_capacity(kept.len());
    // The oldest first, so that the default stays what it is for as long as there is one.
    for version in kept.iter().rev() {
        removed.push(host.remove(name, version).await?);
    }
    Ok(removed)
}
