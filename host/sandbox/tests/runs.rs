//! That runs share a host without noticing one another.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use insula_sandbox::{Quotas, RunErrorKind, SandboxConfig};
use support::Host;

#[tokio::test]
async fn a_run_builds_and_tells_what_it_cost() {
    let host = Host::new();
    let plugin = host.load("good").await.unwrap();
    assert_eq!(plugin.manifest().name, "good");
    assert_eq!(plugin.contract(), "0.1.0");
    assert!(plugin.imports().contains(&"insula:scenario/island@0.1.0".to_owned()));
    let built = host.run(&plugin, &host.quotas).await.unwrap();
    assert_eq!(built.draft.entities().users.len(), 1);
    assert_eq!(built.outputs, serde_json::json!({}));
    assert_eq!(built.cost.host_calls, 1);
    assert_eq!(built.cost.peak_memory_bytes, 2 << 16);
    let again = host.run(&plugin, &host.quotas).await.unwrap();
    assert_eq!((built.cost.fuel, built.draft.digest()), (again.cost.fuel, again.draft.digest()));
}

#[tokio::test]
async fn without_a_pool_runs_are_the_same() {
    let host = Host::with(SandboxConfig { pooling: false, ..SandboxConfig::default() });
    host.still_works().await;
}

/// On a runtime with one worker, which a guest that never ends would keep for itself if it did not yield.
#[tokio::test(flavor = "current_thread")]
async fn a_spinning_guest_does_not_stop_another() {
    let host = Arc::new(Host::new());
    let spinner = tokio::spawn({
        let host = Arc::clone(&host);
        async move {
            let plugin = host.load("loops_for_ever").await.unwrap();
            host.run(&plugin, &Quotas { fuel: u64::MAX >> 1, ..host.quotas }).await
        }
    });
    let good = host.load("good").await.unwrap();
    for _ in 0..20 {
        host.run(&good, &host.quotas).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(!spinner.is_finished());
    spinner.abort();
    assert!(spinner.await.unwrap_err().is_cancelled());
    host.still_works().await;
}

#[tokio::test]
async fn a_run_that_is_dropped_gives_its_sandbox_back() {
    let host = Host::with(SandboxConfig { slots: 1, ..SandboxConfig::default() });
    let plugin = host.load("loops_for_ever").await.unwrap();
    let endless = Quotas { fuel: u64::MAX >> 1, ..host.quotas };
    tokio::select! {
        biased;
        outcome = host.run(&plugin, &endless) => panic!("it ended: {outcome:?}"),
        () = tokio::task::yield_now() => {}
    }
    host.still_works().await;
}

#[tokio::test]
async fn who_finds_no_sandbox_is_told_so() {
    let host = Host::with(SandboxConfig { slots: 1, wait: Duration::ZERO, ..SandboxConfig::default() });
    let spinner = host.load("loops_for_ever").await.unwrap();
    let endless = Quotas { fuel: u64::MAX >> 1, ..host.quotas };
    let busy = async {
        tokio::task::yield_now().await;
        host.run(&spinner, &host.quotas).await.unwrap_err()
    };
    let error = tokio::select! {
        biased;
        outcome = host.run(&spinner, &endless) => panic!("it ended: {outcome:?}"),
        error = busy => error,
    };
    assert!(matches!(error.kind, RunErrorKind::Busy { .. }), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_at_once_build_the_same() {
    let host = Arc::new(Host::with(SandboxConfig { slots: 8, ..SandboxConfig::default() }));
    let plugin = host.load("good").await.unwrap();
    let runs: Vec<_> = (0..64)
        .map(|_| {
            let (host, plugin) = (Arc::clone(&host), plugin.clone());
            tokio::spawn(async move {
                let built = host.run(&plugin, &host.quotas).await.unwrap();
                (built.draft.digest(), built.cost.fuel, built.cost.host_calls)
            })
        })
        .collect();
    let mut results = Vec::new();
    for run in runs {
        results.push(run.await.unwrap());
    }
    results.dedup();
    assert_eq!(results.len(), 1);
}

#[tokio::test]
async fn a_second_host_finds_the_plugin_compiled_and_mends_what_is_torn() {
    let folder = tempfile::tempdir().unwrap();
    let host = || Host::with(SandboxConfig { cache: Some(folder.path().into()), ..SandboxConfig::default() });
    let files =
        || -> Vec<_> { std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect() };
    let first = host().load("good").await.unwrap();
    let [file] = &files()[..] else { panic!("{:?}", files()) };
    let whole = std::fs::read(file).unwrap();

    let second = host().load("good").await.unwrap();
    assert_eq!((first.manifest(), first.imports()), (second.manifest(), second.imports()));
    assert_eq!(std::fs::read(file).unwrap(), whole);

    std::fs::write(file, &whole[..whole.len() / 2]).unwrap();
    host().still_works().await;
    assert_eq!(std::fs::read(file).unwrap().len(), whole.len());
}

#[tokio::test]
async fn what_is_a_part_of_the_program_is_made_ready_when_it_runs_if_it_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let config = || SandboxConfig { cache: Some(folder.path().into()), ..SandboxConfig::default() };
    let part: &'static [u8] = insula_test_guests::guest("good").leak();
    let files = || -> Vec<_> {
        let paths = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        let (known, code) = paths.partition(|path| path.to_string_lossy().contains("known-"));
        vec![known, code]
    };
    let first = Host::with(config()).sandbox.load_embedded(part).await.unwrap();
    let [known, code]: [Vec<_>; 2] = files().try_into().unwrap();
    assert_eq!((known.len(), code.len()), (1, 1));

    // Known, it is not compiled before it runs; and then it need not be there compiled.
    std::fs::remove_file(&code[0]).unwrap();
    let host = Host::with(config());
    let plugin = host.sandbox.load_embedded(part).await.unwrap();
    assert_eq!((plugin.manifest(), plugin.imports()), (first.manifest(), first.imports()));
    assert_eq!((plugin.contract(), plugin.digest()), (first.contract(), first.digest()));
    assert!(!code[0].exists());
    let (one, other) = tokio::join!(host.run(&plugin, &host.quotas), host.run(&plugin, &host.quotas));
    assert!(code[0].exists());
    assert_eq!(one.unwrap().draft.digest(), other.unwrap().draft.digest());

    // What is known is no more than what was asked: where it is torn, it is asked again.
    let whole = std::fs::read(&known[0]).unwrap();
    std::fs::write(&known[0], &whole[..whole.len() - 1]).unwrap();
    let again = Host::with(config()).sandbox.load_embedded(part).await.unwrap();
    assert_eq!(again.manifest(), first.manifest());
    assert_eq!(std::fs::read(&known[0]).unwrap(), whole);
}

#[tokio::test]
async fn a_plugin_that_comes_again_changed_a_little_runs_as_one_that_was_never_there() {
    let usual = Host::new();
    let host = Host::with(SandboxConfig { rebuilds: true, ..SandboxConfig::default() });
    let mut wasm = insula_test_guests::guest("good");
    // A custom section, named `a`.
    let section = [0, 2, 1, b'a'];
    for _ in 0..3 {
        let plugin = host.sandbox.load(&wasm).await.unwrap();
        let expected = usual.sandbox.load(&wasm).await.unwrap();
        let (built, expected) = (
            host.run(&plugin, &host.quotas).await.unwrap(),
            usual.run(&expected, &usual.quotas).await.unwrap(),
        );
        assert_eq!((built.cost.fuel, built.draft.digest()), (expected.cost.fuel, expected.draft.digest()));
        wasm.extend(section);
    }
}
