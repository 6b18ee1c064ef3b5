//! What a seed costs without HTTP: the use case whole; a draft built in a sandbox and committed, as the use case does it
//! between params and answer; and the same draft built natively and committed.
//!
//! `cargo bench -p insula-engine` prints the time of one island for one caller and for eight, and at last how much of
//! the native throughput each of the other two keeps, measured in turns.

#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark")]

mod native;

use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group};
use insula_domain::{Counts, Defaults, Draft, DraftLimits, Setup};
use insula_engine::{Engine, EngineConfig, PluginSource, SeedRequest, Settings, SigningKey};
use insula_sandbox::{Plugin, Run, Sandbox, SandboxConfig};
use insula_store::{Commit, NewIsland, NewRun, Store, StoreConfig};
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

/// The program's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Which island.
#[derive(Clone, Copy)]
enum Size {
    Standard,
    Calendar,
}

impl Size {
    const ALL: [(Self, &str); 2] = [(Self::Standard, "standard"), (Self::Calendar, "100 appointments")];

    const fn scenario(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Calendar => "busy_calendar",
        }
    }

    fn params(self) -> serde_json::Value {
        match self {
            Self::Standard => json!({}),
            Self::Calendar => json!({ "appointments": 100 }),
        }
    }

    fn request(self) -> SeedRequest {
        serde_json::from_value(json!({ "scenario": self.scenario(), "params": self.params() })).unwrap()
    }

    fn draft(self, setup: &Arc<Setup>) -> Draft {
        let mut draft = Draft::new(Arc::clone(setup), DraftLimits::default());
        match self {
            Self::Standard => native::standard(&mut draft).unwrap(),
            Self::Calendar => native::calendar(&mut draft).unwrap(),
        }
        draft
    }
}

/// One of the three paths.
#[derive(Clone)]
enum Path {
    Whole(Engine),
    Sandboxed(Arc<Sandboxed>),
    Native(Store, Arc<Setup>),
}

/// What a draft is built and committed with, and nothing else.
struct Sandboxed {
    sandbox: Sandbox,
    standard: Plugin,
    calendar: Plugin,
    store: Store,
    setup: Arc<Setup>,
}

impl Sandboxed {
    async fn load(store: Store, setup: Arc<Setup>) -> Self {
        let sandbox = Sandbox::new(SandboxConfig::default()).unwrap();
        let wasm = |size: Size| {
            insula_plugins::BUILTINS.iter().find(|builtin| builtin.name == size.scenario()).unwrap().wasm
        };
        let standard = sandbox.load(wasm(Size::Standard)).await.unwrap();
        let calendar = sandbox.load(wasm(Size::Calendar)).await.unwrap();
        Self { sandbox, standard, calendar, store, setup }
    }

    async fn seed(&self, size: Size) {
        let plugin = match size {
            Size::Standard => &self.standard,
            Size::Calendar => &self.calendar,
        };
        let (params, quotas) = (size.params().to_string(), self.sandbox.quotas());
        let clock = jiff::Timestamp::UNIX_EPOCH;
        let run = Run { params: &params, seed: 42, clock, quotas, journal: false };
        let draft = Draft::new(Arc::clone(&self.setup), DraftLimits::default());
        let built = self.sandbox.run(plugin, run, draft).await.unwrap();
        self.store.commit(commit(built.draft)).await.unwrap();
    }
}

impl Path {
    async fn seed(&self, size: Size) {
        match self {
            Self::Whole(engine) => {
                engine.seed(size.request(), None).await.unwrap();
            }
            Self::Sandboxed(sandboxed) => sandboxed.seed(size).await,
            Self::Native(store, setup) => {
                store.commit(commit(size.draft(setup))).await.unwrap();
            }
        }
    }

    /// How long so many islands take, seeded by so many callers.
    async fn time(&self, size: Size, islands: u64, callers: u64) -> Duration {
        let began = Instant::now();
        let mut tasks = JoinSet::new();
        for caller in 0..callers {
            let path = self.clone();
            tasks.spawn(async move {
                for _ in (caller..islands).step_by(usize::try_from(callers).unwrap()) {
                    path.seed(size).await;
                }
            });
        }
        tasks.join_all().await;
        began.elapsed()
    }
}

fn commit(draft: Draft) -> Commit {
    let run = NewRun {
        scenario: "standard".to_owned(),
        version: "1.0.0".to_owned(),
        plugin: Some(insula_domain::Digest::of(b"")),
        params: json!({}),
        seed: 42,
        clock: jiff::Timestamp::UNIX_EPOCH,
        digest: draft.digest(),
        outputs: json!({}),
        cost: json!({}),
        logs: json!([]),
        key: None,
        actor: "a test".into(),
        steps: serde_json::Value::Null,
    };
    Commit { draft, island: NewIsland::default(), run, revision: None }
}

/// The paths, each with a database of its own.
struct Paths {
    whole: Path,
    sandboxed: Path,
    native: Path,
    _folder: TempDir,
}

impl Paths {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = |name: &str| StoreConfig::new(folder.path().join(name).to_string_lossy());
        let plugins =
            insula_plugins::BUILTINS.iter().map(|builtin| PluginSource::built_in(builtin.name, builtin.wasm));
        let config = EngineConfig {
            store: database("whole.db"),
            sandbox: SandboxConfig::default(),
            plugins: plugins.collect(),
            trusted: None,
            kept: true,
            schemas: Vec::new(),
            settings: Settings::default(),
            signing_key: SigningKey::Hs256(vec![7; 32]),
        };
        let engine = Engine::start(config).await.unwrap();
        let setup = Arc::new(Setup::builtin(Defaults::default()).unwrap());
        for (size, name) in Size::ALL {
            let answer = engine.seed(size.request(), None).await.unwrap();
            assert_eq!(answer.counts, Counts::of(size.draft(&setup).entities()), "{name} is not the same");
        }
        let store = Store::open(database("sandboxed.db")).await.unwrap();
        let sandboxed = Sandboxed::load(store, Arc::clone(&setup)).await;
        let store = Store::open(database("native.db")).await.unwrap();
        Self {
            whole: Path::Whole(engine),
            sandboxed: Path::Sandboxed(Arc::new(sandboxed)),
            native: Path::Native(store, setup),
            _folder: folder,
        }
    }
}

fn seed(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    for (size, name) in Size::ALL {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        for callers in [1, 8] {
            let paths = runtime.block_on(Paths::open());
            let each = [(&paths.whole, "whole"), (&paths.sandboxed, "sandboxed"), (&paths.native, "native")];
            for (path, name) in each {
                group.bench_function(format!("{name}, {callers} callers"), |bench| {
                    bench.iter_custom(|islands| runtime.block_on(path.time(size, islands, callers)));
                });
            }
        }
        group.finish();
    }
}

/// In turns, because what disturbs one second disturbs both of its halves alike.
fn ratios() {
    const ROUNDS: usize = 15;
    let runtime = Runtime::new().unwrap();
    for ((size, name), islands) in Size::ALL.into_iter().zip([2_000, 400]) {
        let paths = runtime.block_on(Paths::open());
        let time = |path: &Path| runtime.block_on(path.time(size, islands, 8)).as_secs_f64();
        for (path, which) in [(&paths.sandboxed, "sandboxed"), (&paths.whole, "whole")] {
            let mut ratios: Vec<f64> = (0..ROUNDS).map(|_| time(&paths.native) / time(path)).collect();
            ratios.sort_by(f64::total_cmp);
            println!(
                "{name}, 8 callers: {which} is {:.2} of native (median of {ROUNDS} rounds; {:.2} to {:.2})",
                ratios[ROUNDS / 2],
                ratios[0],
                ratios[ROUNDS - 1],
            );
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .without_plots()
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    targets = seed
}

fn main() {
    benches();
    // `cargo bench` says the first, and `cargo test`, which only tries that all of it runs, does not; a profiler asks for one path.
    let asks = |wanted| std::env::args().any(|argument| argument == wanted);
    if asks("--bench") && !asks("--profile-time") {
        ratios();
    }
}
