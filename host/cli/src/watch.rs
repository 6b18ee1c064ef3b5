//! Watching projects: what has changed is made anew, and whoever watches is told what came of it.
//!
//! Files are looked at, a few times a second: their times and sizes. That is a few dozen calls of the operating system,
//! works on every file system (the events of the system itself do not come through the mounts of containers), and needs no
//! library. Looked at are the files that a project was made from, and those beside them; `target` and the like are not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use insula_domain::Digest;
use insula_engine::{CatalogError, Engine, PluginSource, ScenarioInfo};
use tokio::time::sleep;

use crate::config::files;
use crate::failure::{Exit, Failure};
use crate::loader::Loader;
use crate::project::{Made, Project};

/// How often files are looked at: seldom enough to cost nothing, often enough that nobody waits for it.
const LOOK: Duration = Duration::from_millis(100);

/// A file that was written so shortly ago may not be whole yet, and may be written again without its time showing it.
const QUIET: Duration = Duration::from_millis(30);

/// Projects that are watched.
pub struct Watch {
    roots: Vec<PathBuf>,
    known: BTreeMap<Project, Known>,
    loader: Loader,
}

/// What is known of a project.
#[derive(Default)]
struct Known {
    inputs: Vec<PathBuf>,
    /// The files as they were before it was made last.
    seen: Seen,
    /// Of what was made of it last; nothing when that failed.
    digest: Option<Digest>,
}

/// Files, with their time and size.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// What has changed.
pub enum Change {
    /// Something new was made of a project, in this time.
    Made(Project, Box<Made>, Duration),
    /// Nothing could be made of it.
    Failed(Failure),
    /// It is not there any more.
    Gone(Project),
}

impl Change {
    /// Has an engine take what came of it, in the place of what came from there before.
    ///
    /// # Errors
    /// When it cannot be taken; then all is as it was.
    pub async fn swap(&self, engine: &Engine) -> Result<Option<ScenarioInfo>, CatalogError> {
        let origin = |project: &Project| project.path().display().to_string();
        match self {
            Self::Made(project, made, _) => {
                let source = PluginSource { origin: origin(project), ..made.source.clone() };
                engine.swap(&source.origin, Some(&source)).await
            }
            Self::Gone(project) => engine.swap(&origin(project), None).await,
            Self::Failed(_) => Ok(None),
        }
    }
}

impl Watch {
    /// Watches what there is at some paths, and what comes into those that are directories.
    pub fn new(roots: &[PathBuf]) -> Result<Self, Failure> {
        // What is not there now is a mistake; what goes later is not.
        for root in roots {
            if !root.exists() {
                return Err(Failure::new(Exit::Usage, format!("{} is not there", root.display())).mend(
                    "name a Cargo package, a *.scenario.yaml, a *.wasm, or a directory of these files",
                ));
            }
        }
        Ok(Self { roots: roots.to_vec(), known: BTreeMap::new(), loader: Loader::default() })
    }

    /// The paths at which there is nothing yet.
    pub fn empty(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter().map(PathBuf::as_path).filter(|root| Project::at(root).is_err())
    }

    /// Makes all of them.
    pub async fn first(&mut self) -> Vec<Change> {
        self.changes().await
    }

    /// The next changes: at least one, once there is one.
    pub async fn next(&mut self) -> Vec<Change> {
        if self.roots.is_empty() {
            std::future::pending::<()>().await;
        }
        loop {
            sleep(LOOK).await;
            let changes = self.changes().await;
            if !changes.is_empty() {
                return changes;
            }
        }
    }

    async fn changes(&mut self) -> Vec<Change> {
        let there: BTreeSet<Project> =
            self.roots.iter().filter_map(|root| Project::at(root).ok()).flatten().collect();
        let mut changes = Vec::new();
        let gone: Vec<Project> = self.known.keys().filter(|known| !there.contains(known)).cloned().collect();
        for project in gone {
            self.known.remove(&project);
            changes.push(Change::Gone(project));
        }
        for project in there {
            let known = self.known.get(&project);
            // Before it is read: what is written meanwhile is seen the next time.
            let inputs = known.map_or(&[][..], |known| &known.inputs);
            let mut seen = look(&project, inputs);
            if known.is_none_or(|known| known.seen != seen) {
                if is_fresh(&seen) {
                    sleep(QUIET).await;
                    seen = look(&project, inputs);
                }
                changes.extend(self.make(project, seen).await);
            }
        }
        changes
    }

    /// Makes a project anew. Nothing comes of it when it is the same as before.
    async fn make(&mut self, project: Project, seen: Seen) -> Option<Change> {
        let (began, started) = (Instant::now(), SystemTime::now());
        let made = match (project.build(&self.loader).await, &project) {
            // All others were loaded to be described. In each document is the same code, and little else.
            (Ok(document), Project::Document(_)) => {
                self.loader.cache(&document.source).await.map(|()| document)
            }
            (made, _) => made,
        };
        let took = began.elapsed();
        let known = self.known.entry(project.clone()).or_default();
        known.seen = seen;
        match made {
            Ok(made) => {
                // Files that turn out to be inputs count as seen, unless they were written while it was made.
                let settled = |time: Option<SystemTime>| time.is_none_or(|time| time < started);
                let found = look(&project, &made.inputs);
                for (path, state) in found.into_iter().filter(|(_, (time, _))| settled(*time)) {
                    known.seen.entry(path).or_insert(state);
                }
                known.inputs = made.inputs.clone();
                let digest = Digest::of(&made.source.wasm);
                let before = known.digest.replace(digest);
                (before != Some(digest)).then(|| Change::Made(project, Box::new(made), took))
            }
            Err(failure) => {
                known.digest = None;
                Some(Change::Failed(failure))
            }
        }
    }
}

/// The files of a project as they are now: those that it is made from, and where it is a directory, those beside them.
fn look(project: &Project, inputs: &[PathBuf]) -> Seen {
    let mut paths: BTreeSet<PathBuf> = inputs.iter().cloned().collect();
    match project {
        Project::TypeScript(path) | Project::Document(path) | Project::Plugin(path) => {
            paths.extend([path.clone(), files::signature_path(path)]);
        }
        Project::Package(folder) => {
            paths.extend(entries(folder).filter(|path| path.is_file()));
            let mut within = vec![folder.join("src")];
            while let Some(folder) = within.pop() {
                let (folders, found): (Vec<_>, Vec<_>) = entries(&folder).partition(|path| path.is_dir());
                within.extend(folders);
                paths.extend(found);
            }
        }
    }
    let state = |path: PathBuf| {
        let found = fs::metadata(&path).ok()?;
        Some((path, (found.modified().ok(), found.len())))
    };
    paths.into_iter().filter_map(state).collect()
}

fn is_fresh(seen: &Seen) -> bool {
    let age = |time: &SystemTime| time.elapsed().unwrap_or_default();
    seen.values().any(|(time, _)| time.as_ref().is_some_and(|time| age(time) < QUIET))
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}
