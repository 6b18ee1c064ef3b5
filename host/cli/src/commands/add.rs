//! `insula add`: puts scenarios into the database, for every host that shares it.

use std::collections::BTreeSet;
use std::path::Path;

use insula_domain::Digest;
use insula_engine::PluginSource;
use serde_json::{Value, json};

use super::{Context, show};
use crate::args::AddArgs;
use crate::config::Scenarios;
use crate::failure::{Exit, Failure};
use crate::loader::Loader;
use crate::lock::{Lock, Locked, Policy};
use crate::project::{self, Project};
use crate::{fetch, host};

/// A plugin that is to be added.
struct Candidate {
    name: String,
    version: String,
    source: PluginSource,
}

impl Candidate {
    fn locked(&self) -> Locked {
        Locked {
            name: self.name.clone(),
            version: self.version.clone(),
            digest: Digest::of(&self.source.wasm).to_string(),
            from: self.source.origin.clone(),
        }
    }
}

/// All of them are checked before the first is added.
pub async fn run(args: AddArgs, context: Context<'_>) -> Result<(), Failure> {
    let mut lock = Lock::read(&args.lock.lock)?;
    let policy = match (args.lock.locked, args.lock.update) {
        (true, _) => Policy::Locked,
        (false, true) => Policy::Update,
        (false, false) => Policy::Keep,
    };
    let progress = context.output.progress("adding scenarios");
    let by_lock = args.sources.is_empty();
    let sources = if by_lock { from_lock(&lock, &args.lock.lock)? } else { args.sources };
    let mut candidates = Vec::new();
    for source in &sources {
        for source in gather(source).await? {
            candidates.push(describe(source).await?);
        }
    }
    let missing = lock.scenarios().iter().find(|locked| {
        !candidates.iter().any(|found| (&found.name, &found.version) == (&locked.name, &locked.version))
    });
    if let Some(Locked { name, version, from, .. }) = missing.filter(|_| by_lock) {
        return Err(Failure::new(Exit::Failed, format!("{name} {version} is not at {from} any more"))
            .mend("put it there again, or take it out of the lock file: `insula remove`"));
    }
    // What the lock file refuses keeps the others out as well; what a host refuses must not be in it.
    let mut with_all = lock.clone();
    for candidate in &candidates {
        with_all.take(candidate.locked(), policy)?;
    }
    let host = context.host(&args.place, Scenarios::All).await?;
    let mut added = Vec::new();
    let mut failure = None;
    for candidate in candidates {
        let locked = candidate.locked();
        let Candidate { name, version, source } = candidate;
        match host.add(&name, &version, source).await {
            Ok(answer) => {
                added.push(answer);
                lock.take(locked, policy)?;
            }
            Err(reason) => {
                failure = Some(reason);
                break;
            }
        }
    }
    host.close().await?;
    drop(progress);
    let added = Value::Array(added);
    // What was added before another one was refused is there, and said.
    context.output.answer(&added, |page| {
        for added in added.as_array().into_iter().flatten() {
            let what = if added["added"] == json!(true) { "is added" } else { "was there already" };
            let default = show::text(added, "default");
            page.line(format_args!("{} {what}; the default is {default}.", show::scenario(added)));
        }
    })?;
    lock.write()?;
    failure.map_or(Ok(()), Err)
}

fn from_lock(lock: &Lock, path: &Path) -> Result<Vec<String>, Failure> {
    if lock.scenarios().is_empty() {
        let what = format!("nothing to add was named, and {} has nothing", path.display());
        return Err(Failure::new(Exit::Usage, what)
            .mend("name a plugin, a declarative scenario, a Cargo package, a directory, or an address"));
    }
    let sources: BTreeSet<String> = lock.scenarios().iter().map(|locked| locked.from.clone()).collect();
    Ok(sources.into_iter().collect())
}

/// The plugins at a path or an address.
async fn gather(source: &str) -> Result<Vec<PluginSource>, Failure> {
    if let Some(url) = fetch::address(source) {
        return Ok(vec![fetch::plugin(&url).await?]);
    }
    if let Some((scheme, _)) = source.split_once("://") {
        let what = format!("{source}: nothing is fetched by {scheme}");
        return Err(Failure::new(Exit::Usage, what).mend("name a path, or an address of http or https"));
    }
    let projects = Project::at(Path::new(source))?;
    let made = project::build_all(&projects, false, &Loader::default()).await?;
    let sources = projects.iter().zip(made);
    Ok(sources
        .map(|(project, made)| PluginSource { origin: project.path().display().to_string(), ..made.source })
        .collect())
}

async fn describe(source: PluginSource) -> Result<Candidate, Failure> {
    let found = host::try_plugins(vec![source.clone()]).await?.into_iter().next();
    let found =
        found.ok_or_else(|| Failure::new(Exit::Failed, format!("{} holds no scenario", source.origin)))?;
    Ok(Candidate { name: found.name, version: found.version, source })
}
