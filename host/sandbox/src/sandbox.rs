//! The sandboxes of a host: what runs in them.

use std::sync::Arc;
use std::time::Instant;

use insula_domain::Draft;
use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wizer::Wizer;

use crate::cache::Cache;
use crate::check;
use crate::config::SandboxConfig;
use crate::contract::{Bound, Called, Failure};
use crate::engine::engine;
use crate::error::{SandboxError, SnapshotError};
use crate::functions::Functions;
use crate::host::{Host, Work};
use crate::journal::Journal;
use crate::plugin::Plugin;
use crate::quotas::{QuotaExceeded, Quotas};
use crate::random::Randomness;
use crate::run::{Built, Returned, Run, RunCost, RunError, RunErrorKind};
use crate::snapshot::{self, Interpreter, State};
use crate::ticker::Ticker;
use crate::trap::{Stopped, stopped};

/// Which of a plugin's functions is called.
type Call = for<'c> fn(&'c dyn Bound, &'c mut Store<Host>, &'c str) -> Called<'c, Result<String, Failure>>;

/// Handles of resources that a plugin may hold. The contract has no resources.
const MAX_HANDLES: usize = 100;

/// The sandboxes of a host: loads plugins (`load.rs`), and runs each of them in a fresh one.
pub struct Sandbox {
    pub(crate) engine: Engine,
    pub(crate) ticker: Ticker,
    slots: Semaphore,
    pub(crate) cache: Option<Arc<Cache>>,
    pub(crate) functions: Option<Arc<Functions>>,
    pub(crate) config: SandboxConfig,
}

impl Sandbox {
    /// Sets the sandboxes up. One per process is enough, and more would double what is reserved.
    ///
    /// # Errors
    /// When this machine cannot run WebAssembly or start a thread.
    pub fn new(config: SandboxConfig) -> Result<Self, SandboxError> {
        if config.slots == 0 {
            return Err(SandboxError::NoSlots);
        }
        let functions = config.rebuilds.then(Arc::<Functions>::default);
        let engine = engine(&config, functions.as_ref())
            .map_err(|reason| SandboxError::Engine { reason: format!("{reason:#}") })?;
        let epoch = engine.clone();
        let cache = config.cache.as_deref().and_then(Cache::open).map(Arc::new);
        if let (Some(functions), Some(cache)) = (&functions, &cache) {
            functions.keep_in(Arc::clone(cache), &engine);
        }
        Ok(Self {
            ticker: Ticker::start(move || epoch.increment_epoch())?,
            slots: Semaphore::new(config.slots as usize),
            cache,
            functions,
            engine,
            config,
        })
    }

    /// What a run may use where its scenario has no quotas of its own.
    pub fn quotas(&self) -> &Quotas {
        &self.config.quotas
    }

    /// Makes a plugin of an interpreter and a script, which the interpreter reads here, once: every run of the plugin begins
    /// after that. An interpreter is a plugin whose first `build` takes a script in the place of params.
    ///
    /// # Errors
    /// When it does not keep the contract, has something against the script, or used too much; nothing of the host can be
    /// called while it reads.
    pub async fn snapshot(&self, interpreter: &[u8], script: &str) -> Result<Vec<u8>, SnapshotError> {
        let failed = |reason: wasmtime::Error| SnapshotError::Unusable { reason: format!("{reason:#}") };
        let parts = Interpreter::new(interpreter).map_err(failed)?;
        let wizer = Wizer::new();
        let (context, instrumented) = wizer.instrument_component(parts.inner()).map_err(failed)?;
        let whole = interpreter.to_vec();
        let (checked, component) = self.compile(instrumented, move |_| check::check(&whole)).await?;

        let _slot = self.slot().await.map_err(|waited| SnapshotError::Busy { waited })?;
        let _running = self.ticker.running();
        let quotas = self.config.quotas;
        let stopped_by = |error: wasmtime::Error| match stopped(&error, &quotas, &[]) {
            Stopped::Quota(exceeded) => SnapshotError::Quota(exceeded),
            Stopped::Trapped(trapped) => SnapshotError::Trapped(trapped),
        };
        let mut store = self.store(&quotas, None).map_err(failed)?;
        let linker = snapshot::linker(&self.engine, &component).map_err(failed)?;
        let instance = linker.instantiate_async(&mut store, &component).await.map_err(stopped_by)?;
        let read = snapshot::read(&mut store, instance, checked.release.version, script);
        read.await.map_err(stopped_by)?.map_err(SnapshotError::Script)?;
        let mut state = State { store: &mut store, instance, failed: None };
        let inner = wizer.snapshot_component(&context, &mut state).await.map_err(failed)?;
        match state.failed {
            Some(reason) => Err(stopped_by(reason)),
            None => Ok(parts.with(inner)),
        }
    }

    /// Asks a scenario that extends another for the params of that one, in a fresh sandbox of its own.
    ///
    /// # Errors
    /// When it gave none; the error says why, and what the call cost nevertheless.
    pub async fn base_params(&self, plugin: &Plugin, run: Run<'_>) -> Result<Returned, RunError> {
        let call: Call = |bound, store, params| bound.base_params(store, params);
        let (returned, ..) = self.call(plugin, run, None, call).await?;
        Ok(returned)
    }

    /// Runs a scenario in a fresh sandbox on `draft`, which comes back only when the scenario is content. Dropping the
    /// future ends the run.
    ///
    /// # Errors
    /// When nothing was built; the error says why, and what the run cost nevertheless.
    pub async fn run(&self, plugin: &Plugin, run: Run<'_>, draft: Draft) -> Result<Built, RunError> {
        let call: Call = |bound, store, params| bound.build(store, params);
        let (returned, draft, journal) = self.call(plugin, run, Some(draft), call).await?;
        let Returned { json: outputs, cost, logs } = returned;
        match draft {
            Some(draft) => Ok(Built { draft, outputs, cost, logs, journal }),
            // A store is given its draft, and only `call` takes it.
            None => {
                let kind = RunErrorKind::Failed("the draft is gone".to_owned());
                Err(RunError { kind, cost, logs, journal: journal.map(Box::new) })
            }
        }
    }

    /// Calls a plugin in a fresh sandbox, and reads the JSON that it gives.
    async fn call(
        &self,
        plugin: &Plugin,
        run: Run<'_>,
        draft: Option<Draft>,
        call: Call,
    ) -> Result<(Returned, Option<Draft>, Option<Journal>), RunError> {
        let failed = |kind| RunError { kind, cost: RunCost::default(), logs: Vec::new(), journal: None };
        let Run { params, seed, clock, quotas, journal } = run;
        let fits = within("params_bytes", params.len(), quotas.params_bytes);
        fits.map_err(|exceeded| failed(exceeded.into()))?;

        let _slot = self.slot().await.map_err(|waited| failed(RunErrorKind::Busy { waited }))?;
        let bound = self.code(plugin).await.map_err(|reason| failed(RunErrorKind::NoCode(reason)))?;
        let _running = self.ticker.running();
        let began = Instant::now();
        let work = draft.map(|draft| Work { draft, clock, randomness: Randomness::new(seed) });
        let stopped_by = |error: &wasmtime::Error, logs: &[_]| match stopped(error, quotas, logs) {
            Stopped::Quota(exceeded) => exceeded.into(),
            Stopped::Trapped(trapped) => RunErrorKind::Trapped(trapped),
        };
        let mut store = self.store(quotas, work).map_err(|error| failed(stopped_by(&error, &[])))?;
        store.data_mut().journal = journal.then(Journal::default);
        let outcome = call(bound, &mut store, params).await;

        let fuel_left = store.get_fuel().unwrap_or(0);
        let host = store.data_mut();
        let (draft, logs, journal) = (host.take_draft(), host.log.take(), host.journal.take());
        let (host_calls, peak_memory_bytes) = (host.host_calls(), host.peak_memory());
        drop(store);
        let cost = RunCost {
            micros: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
            fuel: quotas.fuel.saturating_sub(fuel_left),
            peak_memory_bytes,
            host_calls,
        };
        let json = match outcome {
            Ok(Ok(json)) => read_outputs(&json, quotas),
            Ok(Err(Failure::Rejected(rejection))) => Err(RunErrorKind::Rejected(Box::new(rejection))),
            Ok(Err(Failure::Failed(message))) => Err(RunErrorKind::Failed(message)),
            Err(error) => Err(stopped_by(&error, &logs)),
        };
        match json {
            Ok(json) => Ok((Returned { json, cost, logs }, draft, journal)),
            Err(kind) => Err(RunError { kind, cost, logs, journal: journal.map(Box::new) }),
        }
    }

    pub(crate) async fn slot(&self) -> Result<SemaphorePermit<'_>, std::time::Duration> {
        let wait = self.config.wait;
        match tokio::time::timeout(wait, self.slots.acquire()).await {
            Ok(Ok(slot)) => Ok(slot),
            // The semaphore is never closed.
            Ok(Err(_)) | Err(_) => Err(wait),
        }
    }

    pub(crate) fn store(&self, quotas: &Quotas, work: Option<Work>) -> wasmtime::Result<Store<Host>> {
        let until = Instant::now() + quotas.wall;
        let mut store = Store::new(&self.engine, Host::new(*quotas, until, work));
        store.limiter(|host| host);
        store.set_fuel(quotas.fuel)?;
        store.set_hostcall_fuel(usize::try_from(quotas.call_bytes).unwrap_or(usize::MAX));
        store.set_max_component_handles(MAX_HANDLES);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|store| {
            store.data().check_wall()?;
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
        });
        Ok(store)
    }
}

fn read_outputs(outputs: &str, quotas: &Quotas) -> Result<serde_json::Value, RunErrorKind> {
    within("output_bytes", outputs.len(), quotas.output_bytes)?;
    serde_json::from_str(outputs).map_err(|reason| RunErrorKind::BadOutput { reason: reason.to_string() })
}

fn within(quota: &'static str, bytes: usize, limit: u64) -> Result<(), QuotaExceeded> {
    if bytes as u64 <= limit { Ok(()) } else { Err(QuotaExceeded { quota, limit }) }
}
