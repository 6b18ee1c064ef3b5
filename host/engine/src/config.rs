//! What an engine is told at its start.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use insula_domain::Kind;
use insula_sandbox::{QuotaOverrides, SandboxConfig};
use insula_store::StoreConfig;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalog::PluginSource;
use crate::engine::StartError;
use crate::tokens::{SigningKey, TokenSettings};
use crate::trust::TrustedKeys;

/// Everything an engine needs; reading it from files and flags is for floor 5.
#[derive(Debug)]
pub struct EngineConfig {
    /// The database.
    pub store: StoreConfig,
    /// The sandbox; its quotas are the host's defaults.
    pub sandbox: SandboxConfig,
    /// The plugins to load, in order.
    pub plugins: Vec<PluginSource>,
    /// The keys whose plugins it takes; plugins of anybody where there are none.
    pub trusted: Option<TrustedKeys>,
    /// Whether the scenarios that the database holds are loaded as well.
    pub kept: bool,
    /// A team's stricter schemas.
    pub schemas: Vec<(Kind, Value)>,
    /// What the configuration file says.
    pub settings: Settings,
    /// What signs tokens.
    pub signing_key: SigningKey,
}

/// The host's configuration file.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The time zone of clinics for which the scenario names none: an IANA name.
    pub time_zone: Option<String>,
    /// The language of clinics for which the scenario names none: a BCP 47 tag.
    pub locale: Option<String>,
    /// How many runs of a server may be in sandboxes at once, 256 where it is not said; further runs wait. Each reserves
    /// address space, and takes memory only while it runs.
    #[schemars(range(min = 1, max = 4000))]
    pub sandboxes: Option<u32>,
    /// What a run may use at most, where it is to be other than the built-in quotas.
    pub quotas: QuotaOverrides,
    /// Settings of single scenarios, by name.
    pub scenarios: BTreeMap<String, ScenarioSettings>,
    /// What tokens carry.
    pub tokens: TokenSettings,
    /// How islands end.
    pub ending: EndingSettings,
}

/// How many sandboxes a server may have: the schema's range.
const SANDBOXES: RangeInclusive<u32> = 1..=4000;

impl Settings {
    /// What the schema says and the types cannot. Also where nobody uses it: what is wrong is told by the first command
    /// that reads it.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        match self.sandboxes {
            Some(wrong) if !SANDBOXES.contains(&wrong) => Err(StartError::Setting {
                field: "sandboxes".to_owned(),
                problem: format!("it is {wrong}; write 1 to 4000, or leave it out for 256"),
            }),
            _ => Ok(()),
        }
    }
}

/// How islands end.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EndingSettings {
    /// How long an island that has ended is remembered, with its certificate and its events, such as `30d`. After
    /// that it is as if it had never been.
    pub remember: String,
}

impl Default for EndingSettings {
    fn default() -> Self {
        Self { remember: "30d".to_owned() }
    }
}

impl EndingSettings {
    pub(crate) fn remember(&self) -> Result<Duration, StartError> {
        let wrong = || StartError::Setting {
            field: "ending.remember".to_owned(),
            problem: format!("{:?} is no duration; write one such as \"30d\"", self.remember),
        };
        let span: jiff::Span = self.remember.parse().map_err(|_| wrong())?;
        let time = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
        Duration::try_from(time).map_err(|_| wrong())
    }
}

/// Settings of one scenario.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScenarioSettings {
    /// What a run of it may use at most, where it is to be other than the host's quotas.
    pub quotas: QuotaOverrides,
}
