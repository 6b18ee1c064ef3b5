//! Version 0.1.0 of the contract.

mod bindings;
mod context;
mod convert;
mod existing;
mod island;

use insula_domain::RawManifest;
use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Result, Store};

use super::{Bound, Called, Failure, Release};
use crate::host::Host;
use bindings::exports::insula::scenario::plugin;
use bindings::{Scenario, ScenarioPre};

pub(super) const RELEASE: Release = Release {
    version: "0.1.0",
    wit: include_str!("../../../../sdk/wit/0.1.0/scenario.wit"),
    bind: |engine, component| {
        let mut linker = Linker::new(engine);
        Scenario::add_to_linker::<_, HasSelf<Host>>(&mut linker, |host| host)?;
        Ok(Box::new(ScenarioPre::new(linker.instantiate_pre(component)?)?))
    },
};

impl Bound for ScenarioPre<Host> {
    fn describe<'a>(&'a self, store: &'a mut Store<Host>) -> Called<'a, RawManifest> {
        Box::pin(async move {
            let scenario = self.instantiate_async(&mut *store).await?;
            Ok(scenario.insula_scenario_plugin().call_describe(store).await?.into())
        })
    }

    fn base_params<'a>(
        &'a self,
        store: &'a mut Store<Host>,
        params: &'a str,
    ) -> Called<'a, Result<String, Failure>> {
        Box::pin(async move {
            let scenario = self.instantiate_async(&mut *store).await?;
            let outcome =
                scenario.insula_scenario_plugin().call_base_params(store, &params.to_owned()).await?;
            Ok(outcome.map_err(Failure::from))
        })
    }

    fn build<'a>(
        &'a self,
        store: &'a mut Store<Host>,
        params: &'a str,
    ) -> Called<'a, Result<String, Failure>> {
        Box::pin(async move {
            let scenario = self.instantiate_async(&mut *store).await?;
            let outcome = scenario.insula_scenario_plugin().call_build(store, &params.to_owned()).await?;
            Ok(outcome.map_err(Failure::from))
        })
    }
}

impl From<plugin::Manifest> for RawManifest {
    fn from(manifest: plugin::Manifest) -> Self {
        Self {
            name: manifest.name,
            aliases: manifest.aliases,
            version: manifest.version,
            title: manifest.title,
            description: manifest.description,
            params_schema: manifest.params_schema,
            examples: manifest.examples.into_iter().map(|example| (example.title, example.params)).collect(),
            outputs_schema: manifest.outputs_schema,
            extends: manifest.extends.map(|base| (base.scenario, base.version)),
        }
    }
}

impl From<plugin::Failure> for Failure {
    fn from(failure: plugin::Failure) -> Self {
        match failure {
            plugin::Failure::Rejected(rejection) => Self::Rejected(rejection.into()),
            plugin::Failure::Failed(message) => Self::Failed(message),
        }
    }
}
