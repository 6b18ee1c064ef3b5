//! Taking a plugin: it is checked whole before anybody sees it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use insula_domain::{Digest, Manifest};
use insula_sandbox::{Quotas, Sandbox};
use jsonschema::Validator;

use super::{CatalogError, PluginSource, Scenario};
use crate::config::{ScenarioSettings, Settings};
use crate::trust::TrustedKeys;

/// What it takes to take a plugin.
pub(crate) struct Taker {
    sandbox: Arc<Sandbox>,
    quotas: Quotas,
    settings: BTreeMap<String, ScenarioSettings>,
    trusted: Option<TrustedKeys>,
}

impl Taker {
    pub(crate) fn new(sandbox: Arc<Sandbox>, settings: &Settings, trusted: Option<TrustedKeys>) -> Self {
        Self { quotas: *sandbox.quotas(), sandbox, settings: settings.scenarios.clone(), trusted }
    }

    /// Checks a plugin: who vouches for it, the contract, what it says of itself, its schema, its examples.
    ///
    /// # Errors
    /// Why it is not taken.
    pub(crate) async fn take(&self, source: &PluginSource) -> Result<Scenario, CatalogError> {
        let origin = source.origin.clone();
        if let Some(trusted) = self.trusted.as_ref().filter(|_| !source.built_in) {
            trusted
                .check(Digest::of(&source.wasm), source.signature.as_deref())
                .map_err(|reason| CatalogError::Untrusted { origin: origin.clone(), reason })?;
        }
        let plugin = match source.wasm {
            Cow::Borrowed(wasm) => self.sandbox.load_embedded(wasm).await,
            Cow::Owned(ref wasm) => self.sandbox.load(wasm).await,
        };
        let plugin = plugin.map_err(|reason| CatalogError::Load { origin: origin.clone(), reason })?;
        let manifest = plugin.manifest();
        let params = params_schema(&origin, manifest)?;
        let outputs = manifest.outputs_schema.as_ref();
        let outputs = outputs.map(|schema| compile(&origin, manifest, "outputs", schema)).transpose()?;
        let own = self.settings.get(&manifest.name);
        let quotas = own.map_or(self.quotas, |own| own.quotas.apply(self.quotas));
        Ok(Scenario { plugin, params, outputs, quotas, origin, record: None })
    }
}

fn compile(
    origin: &str,
    manifest: &Manifest,
    of: &'static str,
    schema: &serde_json::Value,
) -> Result<Validator, CatalogError> {
    jsonschema::draft202012::new(schema).map_err(|reason| CatalogError::Schema {
        origin: origin.to_owned(),
        scenario: manifest.name.clone(),
        of,
        reason: reason.to_string(),
    })
}

/// Compiles the params schema and holds the manifest's own examples against it.
fn params_schema(origin: &str, manifest: &Manifest) -> Result<Validator, CatalogError> {
    let validator = compile(origin, manifest, "params", &manifest.params_schema)?;
    for example in &manifest.examples {
        if let Some(violation) = insula_domain::violations(&validator, &example.params).first() {
            return Err(CatalogError::Example {
                origin: origin.to_owned(),
                scenario: manifest.name.clone(),
                example: example.title.clone(),
                reason: format!("{} at {:?}", violation.message, violation.pointer),
            });
        }
    }
    Ok(validator)
}
