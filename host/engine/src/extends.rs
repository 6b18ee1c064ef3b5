//! Scenarios that extend others: what is built before a scenario, and with which params.

use std::sync::Arc;

use insula_domain::violations;
use insula_sandbox::{Run, extension_seed};

use crate::answer::RunReport;
use crate::catalog::{Catalog, Scenario};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::run::Inputs;

/// More than this is a mistake, and each costs a run.
const MOST_BASES: usize = 8;

/// A scenario that is built before another.
pub(crate) struct Base {
    pub(crate) scenario: Arc<Scenario>,
    /// JSON that fits its schema.
    params: String,
}

impl Base {
    pub(crate) fn run(&self, inputs: &Inputs) -> Run<'_> {
        self.scenario.run(&self.params, inputs)
    }
}

impl Scenario {
    /// One run of this scenario alone.
    pub(crate) fn run<'a>(&'a self, params: &'a str, inputs: &Inputs) -> Run<'a> {
        let manifest = self.manifest();
        let seed = match manifest.extends {
            Some(_) => extension_seed(inputs.seed, &manifest.name),
            None => inputs.seed,
        };
        Run { params, seed, clock: inputs.clock, quotas: &self.quotas, journal: inputs.journal }
    }
}

impl Catalog {
    /// What a scenario extends, the nearest first.
    ///
    /// # Errors
    /// In words that follow the scenario's name.
    pub(crate) fn bases(&self, scenario: &Scenario) -> Result<Vec<Arc<Scenario>>, String> {
        let mut bases: Vec<Arc<Scenario>> = Vec::new();
        while let Some(wanted) = &bases.last().map_or(scenario, |base| base).manifest().extends {
            let base = self.find(&wanted.scenario, wanted.version.as_deref());
            let base = base.map_err(|reason| format!("extends {wanted}: {reason}"))?;
            let names = || std::iter::once(scenario).chain(bases.iter().map(|base| &**base));
            let name = &base.manifest().name;
            if names().any(|known| known.manifest().name == *name) {
                let mut chain: Vec<&str> = names().map(|known| known.manifest().name.as_str()).collect();
                chain.push(name);
                return Err(format!("extends itself: {}; leave one `extends` out", chain.join(" extends ")));
            }
            bases.push(base);
            if bases.len() > MOST_BASES {
                return Err(format!("extends more than {MOST_BASES} scenarios, one by way of the other"));
            }
        }
        Ok(bases)
    }
}

impl Engine {
    /// What is to be built before a scenario, in this order.
    pub(crate) async fn bases(
        &self,
        scenario: &Arc<Scenario>,
        inputs: &Inputs,
        sum: &mut RunReport,
    ) -> Result<Vec<Base>, EngineError> {
        if scenario.manifest().extends.is_none() {
            return Ok(Vec::new());
        }
        let chain = self.inner.catalog.now().bases(scenario);
        let chain = chain.map_err(|problem| sum.faulty(scenario, format!("it {problem}"), Vec::new()))?;
        let mut bases: Vec<Base> = Vec::new();
        for base in chain {
            let (child, given) = match bases.last() {
                Some(last) => (&last.scenario, last.params.clone()),
                None => (scenario, inputs.params.to_string()),
            };
            let returned = self.inner.sandbox.base_params(&child.plugin, child.run(&given, inputs)).await;
            let returned = returned.map_err(|error| sum.explain(child, error))?;
            sum.add(returned.cost, returned.logs, None);
            let mut params = returned.json;
            if let Some(wrong) = violations(&base.params, &params).first() {
                let reason = format!(
                    "the params that it makes for {}, which it extends, do not fit its schema: {} at {:?}",
                    base.manifest().name,
                    wrong.message,
                    wrong.pointer
                );
                return Err(sum.faulty(child, reason, Vec::new()));
            }
            params.sort_all_objects();
            bases.push(Base { scenario: base, params: params.to_string() });
        }
        bases.reverse();
        Ok(bases)
    }
}
