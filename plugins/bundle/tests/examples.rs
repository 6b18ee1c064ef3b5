//! Every built-in scenario, in a real sandbox and under the domain's rules.

#![expect(clippy::unwrap_used, reason = "a test says so when it fails")]

use std::sync::Arc;

use insula_domain::{Defaults, Draft, Setup};
use insula_plugins::{BUILTINS, Builtin};
use insula_sandbox::{Built, Plugin, Run, RunError, RunErrorKind, Sandbox, SandboxConfig};

struct Host {
    sandbox: Sandbox,
    setup: Arc<Setup>,
}

impl Host {
    fn new() -> Self {
        let sandbox = Sandbox::new(SandboxConfig { pooling: false, ..SandboxConfig::default() }).unwrap();
        Self { sandbox, setup: Arc::new(Setup::builtin(Defaults::default()).unwrap()) }
    }

    async fn load(&self, builtin: &Builtin) -> Plugin {
        self.sandbox.load(builtin.wasm).await.unwrap()
    }

    async fn run(&self, plugin: &Plugin, params: &str, clock: &str) -> Result<Built, RunError> {
        let quotas = self.sandbox.quotas();
        let run = Run { params, seed: 42, clock: clock.parse().unwrap(), quotas, journal: false };
        self.sandbox.run(plugin, run, Draft::new(Arc::clone(&self.setup), quotas.draft)).await
    }
}

fn builtin(name: &str) -> &'static Builtin {
    BUILTINS.iter().find(|builtin| builtin.name == name).unwrap()
}

#[tokio::test]
async fn each_goes_by_the_name_of_its_manifest() {
    let host = Host::new();
    for builtin in BUILTINS {
        assert_eq!(host.load(builtin).await.manifest().name, builtin.name);
    }
}

/// On days on which something is different: the ends of a day, of a year, and of daylight saving.
#[tokio::test]
async fn every_example_works_whenever_it_is_asked_for() {
    let host = Host::new();
    for builtin in BUILTINS {
        let plugin = host.load(builtin).await;
        assert!(!plugin.manifest().examples.is_empty(), "{} shows no example", builtin.name);
        for example in &plugin.manifest().examples {
            for clock in [
                "2026-01-05T09:00:00Z",
                "2026-03-27T23:59:00Z",
                "2026-10-24T00:01:00Z",
                "2027-12-31T16:00:00Z",
                "2028-02-28T20:00:00Z",
            ] {
                let built = host.run(&plugin, &example.params.to_string(), clock).await;
                if let Err(error) = built {
                    unreachable!("{}, {} at {clock}: {error}", builtin.name, example.title);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_hundred_thousand_appointments_fit_into_a_run() {
    let host = Host::new();
    let plugin = host.load(builtin("busy_calendar")).await;
    let full = r#"{"practitioners": 50, "patients": 1000, "appointments": 100000, "days": 125}"#;
    let built = host.run(&plugin, full, "2026-01-05T09:00:00Z").await.unwrap();
    assert_eq!(built.draft.entities().appointments.len(), 100_000);
    let memory = built.cost.peak_memory_bytes;
    assert!(memory <= 2 << 20, "{memory} bytes for 400,000 bytes of handles");
}

#[tokio::test]
async fn params_that_cannot_fit_are_told_what_would() {
    let host = Host::new();
    let plugin = host.load(builtin("busy_calendar")).await;
    let outcome = host.run(&plugin, r#"{"appointments": 161, "days": 5}"#, "2026-01-05T09:00:00Z").await;
    let RunErrorKind::Rejected(rejection) = outcome.unwrap_err().kind else {
        unreachable!("it does not fit")
    };
    assert_eq!(rejection.field.as_deref(), Some("appointments"));
    assert!(rejection.message.contains("at most 160, or for 6 days"), "{}", rejection.message);
}
