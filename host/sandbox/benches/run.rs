//! What one run costs when the scenario does next to nothing: a fresh sandbox, a call of the host, and the end.
//!
//! Each thread does all the runs that are counted, so the time with two threads is that with one where neither waits
//! for the other.

#![expect(clippy::expect_used, reason = "a benchmark ends where it cannot begin")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use insula_domain::{Defaults, Draft, Setup};
use insula_sandbox::{Plugin, Run, Sandbox, SandboxConfig};
use tokio::runtime::{Builder, Runtime};

struct Host {
    sandbox: Sandbox,
    plugin: Plugin,
    setup: Arc<Setup>,
}

impl Host {
    async fn run(&self) {
        let quotas = self.sandbox.quotas();
        let run = Run { params: "{}", seed: 42, clock: jiff::Timestamp::UNIX_EPOCH, quotas, journal: false };
        let draft = Draft::new(Arc::clone(&self.setup), quotas.draft);
        black_box(self.sandbox.run(&self.plugin, run, draft).await).expect("the guest has no fault");
    }
}

fn host(runtime: &Runtime, pooling: bool) -> Arc<Host> {
    let sandbox = Sandbox::new(SandboxConfig { pooling, ..SandboxConfig::default() }).expect("an engine");
    let plugin = runtime.block_on(sandbox.load(&insula_test_guests::guest("good"))).expect("a plugin");
    let setup = Arc::new(Setup::builtin(Defaults::default()).expect("schemas"));
    Arc::new(Host { sandbox, plugin, setup })
}

async fn runs(host: Arc<Host>, threads: usize, count: u64) -> Duration {
    let began = Instant::now();
    let tasks: Vec<_> = (0..threads)
        .map(|_| {
            let host = Arc::clone(&host);
            tokio::spawn(async move {
                for _ in 0..count {
                    host.run().await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task that ends");
    }
    began.elapsed()
}

fn run(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sandbox");
    for (kind, pooling) in [("pooled", true), ("on demand", false)] {
        for threads in [1, 2] {
            let runtime =
                Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("threads");
            let host = host(&runtime, pooling);
            group.throughput(Throughput::Elements(threads as u64));
            group.bench_function(format!("{kind}, {threads} threads"), |bencher| {
                bencher.iter_custom(|count| runtime.block_on(runs(Arc::clone(&host), threads, count)));
            });
        }
    }
    group.finish();
}

criterion_group! { name = benches; config = Criterion::default().without_plots(); targets = run }
criterion_main!(benches);
