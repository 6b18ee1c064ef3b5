//! What a commit costs: alone, and when eight callers commit at once.
//!
//! `cargo bench -p insula-store` prints the time of one island. Building the draft is not part of it.

#![allow(clippy::unwrap_used, missing_docs, dead_code, reason = "a bench")]

#[path = "../tests/store/support.rs"]
mod support;

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures::future::join_all;
use insula_domain::Draft;
use insula_store::{Commit, Store, StoreConfig, Synchronous};
use support::{Temporary, busy, commit, config, empty, end, memory, standard};
use tokio::runtime::Runtime;

fn drafts(count: u64, fill: impl Fn(&mut Draft)) -> Vec<Commit> {
    let draft = || {
        let mut draft = empty();
        fill(&mut draft);
        commit(draft)
    };
    (0..count).map(|_| draft()).collect()
}

/// Commits them with so many callers, each with the next when its last is done; returns the time for all.
async fn run(store: &Store, commits: Vec<Commit>, callers: usize) -> Duration {
    let mut shares: Vec<Vec<Commit>> = (0..callers).map(|_| Vec::new()).collect();
    for (number, commit) in commits.into_iter().enumerate() {
        shares[number % callers].push(commit);
    }
    let start = Instant::now();
    let tasks = shares.into_iter().map(|share| {
        let store = store.clone();
        tokio::spawn(async move {
            for commit in share {
                store.commit(commit).await.unwrap();
            }
        })
    });
    for done in join_all(tasks).await {
        done.unwrap();
    }
    start.elapsed()
}

fn commits(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    type Fill = fn(&mut Draft);
    let sizes: [(&str, Fill); 2] = [
        ("standard", |draft| {
            standard(draft);
        }),
        ("100 appointments", |draft| {
            busy(draft, 100);
        }),
    ];
    for (size, fill) in sizes {
        let mut group = criterion.benchmark_group(size);
        group.throughput(Throughput::Elements(1));
        for callers in [1, 8, 32] {
            let file = runtime.block_on(Temporary::new());
            group.bench_function(format!("file, {callers} callers"), |bench| {
                bench.iter_custom(|count| runtime.block_on(run(&file.store, drafts(count, fill), callers)));
            });
        }
        let memory = runtime.block_on(memory());
        group.bench_function("memory, 8 callers", |bench| {
            bench.iter_custom(|count| runtime.block_on(run(&memory, drafts(count, fill), 8)));
        });
        let directory = tempfile::tempdir().unwrap();
        let full =
            StoreConfig { synchronous: Synchronous::Full, ..config(&directory.path().join("full.db")) };
        let full = runtime.block_on(Store::open(full)).unwrap();
        group.bench_function("file, synchronous, 8 callers", |bench| {
            bench.iter_custom(|count| runtime.block_on(run(&full, drafts(count, fill), 8)));
        });
        group.finish();
    }
}

fn removals(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let file = runtime.block_on(Temporary::new());
    criterion.bench_function("remove standard, alone", |bench| {
        bench.iter_custom(|count| {
            runtime.block_on(async {
                let mut ids = Vec::new();
                for commit in drafts(count, |draft| {
                    standard(draft);
                }) {
                    ids.push(file.store.commit(commit).await.unwrap().island.id);
                }
                let start = Instant::now();
                for id in ids {
                    end(&file.store, id).await.unwrap();
                }
                start.elapsed()
            })
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2));
    targets = commits, removals
}
criterion_main!(benches);
