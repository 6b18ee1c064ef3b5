//! Projects: from where a scenario is written to a plugin. Whoever builds, tests, adds or watches scenarios comes here, so
//! another language is another kind of project, and nothing else.

use std::path::{Path, PathBuf};

use insula_build::{Artifact, Builder, Script, build_typescript, is_typescript, typescript_scenarios};
use insula_engine::PluginSource;
use tokio::task::spawn_blocking;

use crate::commands::build;
use crate::config::files;
use crate::document;
use crate::failure::{Exit, Failure};
use crate::loader::Loader;

/// A place where one scenario is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Project {
    /// A Cargo package, by its directory.
    Package(PathBuf),
    /// A scenario in TypeScript, by its file.
    TypeScript(PathBuf),
    /// A declarative scenario, by its file.
    Document(PathBuf),
    /// A plugin that somebody else has built.
    Plugin(PathBuf),
}

/// A plugin that was made of a project.
#[derive(Clone, Debug)]
pub struct Made {
    /// The plugin.
    pub source: PluginSource,
    /// Where it is to be kept, unless somebody wants it elsewhere.
    pub path: PathBuf,
    /// The files that it was made from, where that is known.
    pub inputs: Vec<PathBuf>,
}

impl Project {
    /// The projects at a path: a package, a document, a plugin; or of a directory, all documents and plugins in it.
    pub fn at(path: &Path) -> Result<Vec<Self>, Failure> {
        if path.join("Cargo.toml").exists() {
            return Ok(vec![Self::Package(path.to_owned())]);
        }
        if is_typescript(path) {
            let files = typescript_scenarios(path).map_err(build::failure)?;
            return Ok(files.into_iter().map(Self::TypeScript).collect());
        }
        if path.is_dir() {
            let found: Vec<Self> =
                files::plugin_paths(path)?.iter().filter_map(|path| Self::file(path)).collect();
            return if found.is_empty() { Err(none(path)) } else { Ok(found) };
        }
        Self::file(path).map(|project| vec![project]).ok_or_else(|| none(path))
    }

    /// The project that a file is.
    pub fn file(path: &Path) -> Option<Self> {
        if document::is_document(path) {
            Some(Self::Document(path.to_owned()))
        } else {
            path.extension().filter(|end| *end == "wasm").map(|_| Self::Plugin(path.to_owned()))
        }
    }

    /// Its directory or file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Package(path) | Self::TypeScript(path) | Self::Document(path) | Self::Plugin(path) => path,
        }
    }

    /// The directory that it is in, or is.
    pub fn folder(&self) -> &Path {
        let folder = match self {
            Self::Package(path) => path,
            Self::TypeScript(path) | Self::Document(path) | Self::Plugin(path) => {
                path.parent().unwrap_or(Path::new(""))
            }
        };
        if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
    }

    /// Makes the plugin. What the compiler has to say goes to standard error.
    pub async fn build(&self, loader: &Loader) -> Result<Made, Failure> {
        let made = build_all(std::slice::from_ref(self), false, loader).await?;
        made.into_iter().next().ok_or_else(|| none(self.path()))
    }
}

/// Makes plugins of projects, in their order; packages of one workspace in one go. With `source_lines`, those in Rust keep
/// which line each instruction is from.
pub async fn build_all(
    projects: &[Project],
    source_lines: bool,
    loader: &Loader,
) -> Result<Vec<Made>, Failure> {
    let projects = projects.to_vec();
    let work = spawn_blocking(move || compile(&projects, source_lines));
    let compiled =
        work.await.map_err(|reason| Failure::because(Exit::Failed, "nothing was built", &reason))??;
    let mut made = Vec::with_capacity(compiled.len());
    for compiled in compiled {
        made.push(match compiled {
            Compiled::Package(Artifact { name, wasm, path, inputs, .. }) => {
                let folder = path.parent().and_then(Path::parent).unwrap_or(Path::new("."));
                describe(&wasm, &path, &kept(folder, &name), inputs, loader).await?
            }
            Compiled::Script(script) => {
                let wasm = loader.interpret(&script).await?;
                let kept = kept(&script.project, &script.name());
                describe(&wasm, &script.file, &kept, script.inputs, loader).await?
            }
            Compiled::Plugin(made) => made,
        });
    }
    Ok(made)
}

/// What tools made of a project.
enum Compiled {
    /// It has yet to say what it is.
    Package(Artifact),
    /// It has yet to be read, and then to say what it is.
    Script(Script),
    Plugin(Made),
}

fn compile(projects: &[Project], source_lines: bool) -> Result<Vec<Compiled>, Failure> {
    let of = |kind: fn(&Project) -> bool| -> Vec<&Path> {
        projects.iter().filter(|project| kind(project)).map(Project::path).collect()
    };
    let packages = of(|project| matches!(project, Project::Package(_)));
    let typescript = of(|project| matches!(project, Project::TypeScript(_)));
    let builder = Builder::default().source_lines(source_lines);
    let mut packages = builder.build(&packages).map_err(build::failure)?.into_iter();
    let mut scripts = build_typescript(&typescript).map_err(build::failure)?.into_iter();
    let compiled = projects.iter().map(|project| match project {
        Project::Package(path) => packages.next().map(Compiled::Package).ok_or_else(|| none(path)),
        Project::TypeScript(path) => scripts.next().map(Compiled::Script).ok_or_else(|| none(path)),
        Project::Document(path) => {
            let source = files::plugin(path)?;
            let scenario = document::read(path)?;
            let kept = project.folder().join(&scenario.document().name).with_extension("wasm");
            Ok(Compiled::Plugin(Made { source, path: kept, inputs: vec![path.clone()] }))
        }
        Project::Plugin(path) => {
            let source = files::plugin(path)?;
            Ok(Compiled::Plugin(Made { source, path: path.clone(), inputs: vec![path.clone()] }))
        }
    });
    compiled.collect()
}

/// Where a plugin is kept that was made in a folder.
fn kept(folder: &Path, name: &str) -> PathBuf {
    folder.join("plugins").join(name).with_extension("wasm")
}

/// Loads a component as a host would, so that whatever does not fit is said now, and writes into it what it says of itself.
/// One that does not is named by what it was made from: it is kept nowhere.
async fn describe(
    wasm: &[u8],
    from: &Path,
    kept: &Path,
    inputs: Vec<PathBuf>,
    loader: &Loader,
) -> Result<Made, Failure> {
    let built = PluginSource::new(from.display().to_string(), wasm.to_vec());
    let manifest = loader.manifest(&built).await.map_err(|mut failure| {
        failure.exit = Exit::Failed;
        failure
    })?;
    let source = PluginSource::new(kept.display().to_string(), insula_build::with_manifest(wasm, &manifest));
    Ok(Made { source, path: kept.to_owned(), inputs })
}

/// There is no project at a path.
pub fn none(path: &Path) -> Failure {
    let what = if path.exists() {
        format!("{} holds no scenario", path.display())
    } else {
        format!("there is nothing at {}", path.display())
    };
    Failure::new(Exit::Usage, what).mend(
        "name a Cargo package (a directory with a Cargo.toml), an npm package or a *.scenario.ts in it, a *.scenario.yaml, or a \
         directory of such; all but `insula build` and `insula watch` take a *.wasm as well",
    )
}
