//! Loading plugins.

use insula_domain::{Digest, Manifest, RawManifest};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use wasmtime::component::Component;

use crate::cache::Cache;
use crate::check::{self, Checked};
use crate::contract::Bound;
use crate::error::LoadError;
use crate::manifest;
use crate::plugin::{Code, Loaded, Plugin};
use crate::sandbox::Sandbox;
use crate::trap::{Stopped, stopped};

/// What a plugin said when it was asked what it is, so that it need not be asked again.
#[derive(Serialize, Deserialize)]
struct Known {
    contract: String,
    imports: Vec<String>,
    manifest: RawManifest,
}

impl Sandbox {
    /// Loads a plugin: checks it against the contract, compiles it (or finds it compiled), and asks what it is.
    ///
    /// # Errors
    /// When it is no plugin that this host can run; each variant says what to do.
    pub async fn load(&self, wasm: &[u8]) -> Result<Plugin, LoadError> {
        let (known, bound) = self.ask(wasm).await?;
        plugin(wasm, known, Code::Here(bound))
    }

    /// The same for a plugin that is a part of this program. Where it was loaded before, its code is not made ready until it
    /// runs: a host that uses one of several starts sooner, and holds less.
    ///
    /// # Errors
    /// As above.
    pub async fn load_embedded(&self, wasm: &'static [u8]) -> Result<Plugin, LoadError> {
        let Some(cache) = &self.cache else { return self.load(wasm).await };
        let path = cache.path(&self.engine, &format!("known-{}", Digest::of(wasm)));
        let known = Cache::kept(&path).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(known) = known {
            return plugin(wasm, known, Code::Later(wasm, OnceCell::new()));
        }
        let (known, bound) = self.ask(wasm).await?;
        // A text always has a JSON.
        cache.keep(&path, &serde_json::to_vec(&known).unwrap_or_default());
        plugin(wasm, known, Code::Here(bound))
    }

    /// The code of a plugin that is to run.
    pub(crate) async fn code<'p>(&self, plugin: &'p Plugin) -> Result<&'p dyn Bound, LoadError> {
        match &plugin.0.code {
            Code::Here(bound) => Ok(&**bound),
            Code::Later(wasm, bound) => {
                let bound = bound.get_or_try_init(async || Ok(self.bind(wasm).await?.1)).await;
                bound.map(|bound| &**bound)
            }
        }
    }

    /// Has a plugin say what it is.
    async fn ask(&self, wasm: &[u8]) -> Result<(Known, Box<dyn Bound>), LoadError> {
        let (bytes, limit) = (wasm.len() as u64, self.config.plugin_bytes);
        if bytes > limit {
            return Err(LoadError::TooLarge { bytes, limit });
        }
        let (Checked { release, imports }, bound) = self.bind(wasm).await?;
        let _slot = self.slot().await.map_err(|waited| LoadError::Busy { waited })?;
        let _running = self.ticker.running();
        let quotas = self.config.quotas;
        let mut store = self.store(&quotas, None).map_err(unusable)?;
        let manifest =
            bound.describe(&mut store).await.map_err(|error| match stopped(&error, &quotas, &[]) {
                Stopped::Quota(exceeded) => LoadError::Quota(exceeded),
                Stopped::Trapped(trapped) => LoadError::Trapped(trapped),
            })?;
        Ok((Known { contract: release.version.to_owned(), imports, manifest }, bound))
    }

    /// Ties a plugin to the host's functions.
    async fn bind(&self, wasm: &[u8]) -> Result<(Checked, Box<dyn Bound>), LoadError> {
        let (checked, component) = self.compile(manifest::code(wasm).to_vec(), check::check).await?;
        let bound = (checked.release.bind)(&self.engine, &component).map_err(unusable)?;
        Ok((checked, bound))
    }

    /// Compiles a component, or finds it compiled. `check` is asked about one that is new here.
    pub(crate) async fn compile(
        &self,
        wasm: Vec<u8>,
        check: impl FnOnce(&[u8]) -> Result<Checked, LoadError> + Send + 'static,
    ) -> Result<(Checked, Component), LoadError> {
        let (engine, cache, functions) = (self.engine.clone(), self.cache.clone(), self.functions.clone());
        let work = move || {
            let digest = Digest::of(&wasm);
            if let Some(known) = cache.as_ref().and_then(|cache| cache.read(&engine, digest)) {
                return Ok(known);
            }
            let checked = check(&wasm)?;
            let component = Component::from_binary(&engine, &wasm)
                .map_err(|reason| LoadError::Unusable { reason: format!("{reason:#}") })?;
            if let Some(cache) = cache {
                cache.write(&engine, digest, &checked, &component);
            }
            if let Some(functions) = functions {
                functions.keep();
            }
            Ok((checked, component))
        };
        // Compiling takes milliseconds to seconds, in which other runs need their worker.
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|reason| {
            Err(LoadError::Unusable { reason: format!("it could not be compiled: {reason}") })
        })
    }
}

fn plugin(wasm: &[u8], known: Known, code: Code) -> Result<Plugin, LoadError> {
    let Known { contract, imports, manifest } = known;
    let manifest = Manifest::parse(manifest)?;
    manifest::compare(wasm, &manifest)?;
    Ok(Plugin(std::sync::Arc::new(Loaded { code, manifest, digest: Digest::of(wasm), contract, imports })))
}

fn unusable(reason: wasmtime::Error) -> LoadError {
    LoadError::Unusable { reason: format!("{reason:#}") }
}
