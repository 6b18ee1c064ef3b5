//! The examples beside the format, as plugins in a real sandbox and under the domain's rules.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says so when it fails")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use insula_compiler::Scenario;
use insula_domain::{Defaults, Draft, Setup};
use insula_plugins::BUILTINS;
use insula_sandbox::{Built, Plugin, Run, RunError, Sandbox, SandboxConfig};

struct Host {
    sandbox: Sandbox,
    setup: Arc<Setup>,
}

impl Host {
    fn new() -> Self {
        let sandbox = Sandbox::new(SandboxConfig { pooling: false, ..SandboxConfig::default() }).unwrap();
        Self { sandbox, setup: Arc::new(Setup::builtin(Defaults::default()).unwrap()) }
    }

    async fn declarative(&self, name: &str) -> Plugin {
        let text = std::fs::read_to_string(file(name)).unwrap();
        let scenario = Scenario::read(&text).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        self.sandbox
            .load(&scenario.compile().unwrap())
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    async fn rust(&self, name: &str) -> Plugin {
        let builtin = BUILTINS.iter().find(|builtin| builtin.name == name).unwrap();
        self.sandbox.load(builtin.wasm).await.unwrap()
    }

    async fn run(&self, plugin: &Plugin, params: &str, seed: u64, clock: &str) -> Result<Built, RunError> {
        let quotas = self.sandbox.quotas();
        let run = Run { params, seed, clock: clock.parse().unwrap(), quotas, journal: false };
        self.sandbox.run(plugin, run, Draft::new(Arc::clone(&self.setup), quotas.draft)).await
    }
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../examples/{name}.scenario.yaml"))
}

/// On days on which something is different: the ends of a day, of a year, and of daylight saving.
const CLOCKS: [&str; 4] =
    ["2026-01-05T09:00:00Z", "2026-03-27T23:59:00Z", "2027-12-31T16:00:00Z", "2028-02-28T20:00:00Z"];

#[tokio::test]
async fn they_build_what_their_sisters_in_rust_build() {
    let host = Host::new();
    for name in ["minimal", "standard", "multi_clinic", "with_appointment"] {
        let (yaml, rust) = (host.declarative(name).await, host.rust(name).await);
        assert_eq!(yaml.manifest().params_schema, rust.manifest().params_schema);
        assert_eq!(yaml.manifest().examples, rust.manifest().examples);
        for (seed, clock) in (40..).zip(CLOCKS) {
            let one = host.run(&yaml, "{}", seed, clock).await.unwrap();
            let other = host.run(&rust, "{}", seed, clock).await.unwrap();
            assert_eq!(one.draft.digest(), other.draft.digest(), "{name}, {clock}");
            assert_eq!(one.outputs, other.outputs);
        }
    }
}

#[tokio::test]
async fn their_examples_work_whenever_they_are_asked_for() {
    let host = Host::new();
    for entry in file("x").parent().unwrap().read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().strip_suffix(".scenario.yaml").unwrap();
        let plugin = host.declarative(name).await;
        assert_eq!(plugin.manifest().name, name);
        for example in &plugin.manifest().examples {
            for clock in CLOCKS {
                let built = host.run(&plugin, &example.params.to_string(), 42, clock).await;
                let built =
                    built.unwrap_or_else(|error| panic!("{name}, {} at {clock}: {error}", example.title));
                eprintln!("{name}, {}: {:?}", example.title, built.cost);
            }
        }
    }
}
