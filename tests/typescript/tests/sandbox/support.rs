//! Builds what is tested, once.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use insula_build::{BuildError, Script, build_typescript};
use insula_domain::{Defaults, Draft, Setup};
use insula_sandbox::{Built, Plugin, Quotas, Run, RunError, Sandbox, SandboxConfig, SnapshotError};
use tokio::sync::OnceCell;

const SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sdk/typescript");
const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");

/// A Monday.
pub const CLOCK: &str = "2026-01-05T09:00:00Z";

/// The SDK's examples, and the scenario that does what none should, by name.
static SCRIPTS: LazyLock<BTreeMap<String, Script>> = LazyLock::new(|| {
    let examples = build(&[Path::new(SDK).join("examples")]);
    let package = Package::new("scenarios");
    for entry in fs::read_dir(SCENARIOS).unwrap().flatten() {
        package.write(entry.file_name().to_str().unwrap(), &fs::read_to_string(entry.path()).unwrap());
    }
    let built = examples.unwrap().into_iter().chain(package.build().unwrap());
    built.map(|script| (script.name(), script)).collect()
});

/// Makes sure that what the SDK needs is installed.
pub fn install() {
    LazyLock::force(&SCRIPTS);
}

fn build(paths: &[PathBuf]) -> Result<Vec<Script>, BuildError> {
    build_typescript(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>())
}

/// An npm package of a test, with the SDK as it stands in this repository.
pub struct Package {
    folder: PathBuf,
}

impl Package {
    /// Begins it anew, beside the other files of tests.
    pub fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        let package = Self { folder };
        package.write("package.json", r#"{ "private": true, "type": "module" }"#);
        package.write("tsconfig.json", r#"{ "extends": "@insula/sdk/tsconfig.json", "include": ["*.ts"] }"#);
        package.link("@insula/sdk", SDK);
        package.link("zod", &format!("{SDK}/node_modules/zod"));
        package
    }

    fn link(&self, name: &str, to: &str) {
        let link = self.folder.join("node_modules").join(name);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(to, link).unwrap();
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn build(&self) -> Result<Vec<Script>, BuildError> {
        build(std::slice::from_ref(&self.folder))
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A host without a database.
pub struct Host {
    sandbox: Sandbox,
    setup: Arc<Setup>,
}

/// Compiling an engine takes seconds, so all tests have one host, and each plugin is compiled once.
static HOST: LazyLock<Host> = LazyLock::new(Host::new);
static COMPILED: LazyLock<BTreeMap<String, OnceCell<Plugin>>> =
    LazyLock::new(|| SCRIPTS.keys().map(|name| (name.clone(), OnceCell::new())).collect());

impl Host {
    pub fn shared() -> &'static Self {
        &HOST
    }

    fn new() -> Self {
        let sandbox =
            Sandbox::new(SandboxConfig { pooling: false, rebuilds: true, ..SandboxConfig::default() })
                .unwrap();
        Self { sandbox, setup: Arc::new(Setup::builtin(Defaults::default()).unwrap()) }
    }

    pub async fn typescript(&self, name: &str) -> &'static Plugin {
        COMPILED[name]
            .get_or_init(async || self.load(&self.interpret(&SCRIPTS[name]).await.unwrap()).await)
            .await
    }

    pub async fn interpret(&self, script: &Script) -> Result<Vec<u8>, SnapshotError> {
        self.sandbox.snapshot(&script.interpreter, &script.text).await
    }

    pub async fn load(&self, wasm: &[u8]) -> Plugin {
        self.sandbox.load(wasm).await.unwrap()
    }

    pub fn quotas(&self) -> Quotas {
        *self.sandbox.quotas()
    }

    pub async fn run(
        &self,
        plugin: &Plugin,
        params: &str,
        seed: u64,
        clock: &str,
    ) -> Result<Built, RunError> {
        self.run_within(plugin, params, seed, clock, self.quotas()).await
    }

    pub async fn run_within(
        &self,
        plugin: &Plugin,
        params: &str,
        seed: u64,
        clock: &str,
        quotas: Quotas,
    ) -> Result<Built, RunError> {
        let run = Run { params, seed, clock: clock.parse().unwrap(), quotas: &quotas, journal: false };
        self.sandbox.run(plugin, run, Draft::new(Arc::clone(&self.setup), quotas.draft)).await
    }
}
