//! What callers ask for.

use std::time::Duration;

use insula_domain::IslandId;
use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};

/// The largest seed: what a JSON number holds exactly in every language (2^53 - 1).
pub(crate) const MAX_SEED: u64 = (1 << 53) - 1;

/// Run a scenario and commit its island. Only `scenario` is needed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedRequest {
    /// The scenario's name, or one of its other names.
    pub scenario: String,
    /// A version requirement such as `^1`; the default version where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The scenario's params; they must fit its schema.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    /// Equal seeds give equal drafts; a random one where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = MAX_SEED))]
    pub seed: Option<u64>,
    /// The run's instant; now, to the second, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub clock: Option<Timestamp>,
    /// How long the island is kept; two hours where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Ttl>,
    /// What the island is for, such as the test's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub label: Option<String>,
    /// How the island is kept apart.
    #[serde(default)]
    pub isolation: Isolation,
    /// The island to add to; a new one where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<IslandId>,
    /// Write down each call of the host, and answer with them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub journal: bool,
}

fn is_false(it: &bool) -> bool {
    !it
}

impl SeedRequest {
    /// The plainest request for a scenario.
    pub fn of(scenario: impl Into<String>) -> Self {
        Self {
            scenario: scenario.into(),
            version: None,
            params: Map::new(),
            seed: None,
            clock: None,
            ttl: None,
            label: None,
            isolation: Isolation::Namespace,
            into: None,
            journal: false,
        }
    }
}

/// Run a scenario without the commit. Nothing is needed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// A version requirement such as `^1`; the default version where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The scenario's params; they must fit its schema.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    /// Equal seeds give equal drafts; a random one where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = MAX_SEED))]
    pub seed: Option<u64>,
    /// The run's instant; now, to the second, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub clock: Option<Timestamp>,
    /// The island that it would add to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<IslandId>,
    /// Write down each call of the host, and answer with them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub journal: bool,
}

/// How islands are kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Rows of many islands side by side, each tagged with its island.
    #[default]
    Namespace,
}

/// How long an island is kept: 1 second to 24 hours, written like `2h` or `90 minutes`; or until somebody ends it,
/// written `keep`, which is for looking into what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum Ttl {
    /// So long.
    For(Duration),
    /// Until somebody ends it.
    Keep,
}

impl Ttl {
    /// The shortest and the longest.
    const BOUNDS: std::ops::RangeInclusive<Duration> =
        Duration::from_secs(1)..=Duration::from_secs(24 * 60 * 60);

    /// When an island expires that is kept so long from now on.
    pub(crate) fn after(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::For(time) => Some(now.checked_add(time).unwrap_or(Timestamp::MAX)),
            Self::Keep => None,
        }
    }

    /// Until when its tokens are good: no longer than a day.
    pub(crate) fn tokens_until(self, now: Timestamp) -> Timestamp {
        let longest = now.checked_add(*Self::BOUNDS.end()).unwrap_or(Timestamp::MAX);
        self.after(now).unwrap_or(longest)
    }
}

impl Default for Ttl {
    /// Two hours: longer than a suite's slowest test, short enough that forgotten islands do not pile up.
    fn default() -> Self {
        Self::For(Duration::from_secs(2 * 60 * 60))
    }
}

impl From<Ttl> for String {
    fn from(ttl: Ttl) -> Self {
        match ttl {
            Ttl::For(time) => format!("{}s", time.as_secs()),
            Ttl::Keep => "keep".to_owned(),
        }
    }
}

impl std::str::FromStr for Ttl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "keep" {
            return Ok(Self::Keep);
        }
        let duration: SignedDuration = text
            .parse()
            .map_err(|_| format!("{text:?} is no duration; write one such as \"2h\" or \"90m\""))?;
        Duration::try_from(duration)
            .ok()
            .filter(|duration| Self::BOUNDS.contains(duration))
            .map(Self::For)
            .ok_or_else(|| {
                format!("{text:?} is not between 1s and 24h; `keep` keeps an island until somebody ends it")
            })
    }
}

impl<'de> Deserialize<'de> for Ttl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Ttl {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Ttl".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "1 second to 24 hours, such as `2h` or `90m`; or `keep`: until somebody ends it.",
            "examples": ["2h", "keep"],
        })
    }
    fn inline_schema() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_is_read_in_plain_words_and_bounded() {
        let seconds = |text: &str| {
            text.parse().map(|ttl| match ttl {
                Ttl::For(time) => time.as_secs(),
                Ttl::Keep => 0,
            })
        };
        assert_eq!(seconds("keep"), Ok(0));
        assert_eq!(seconds("2h"), Ok(7200));
        assert_eq!(seconds("90 minutes"), Ok(5400));
        assert_eq!(seconds("24h"), Ok(86_400));
        for wrong in ["25h", "0s", "-1h", "soon", ""] {
            assert!(seconds(wrong).is_err(), "{wrong:?} must be refused");
        }
    }

    #[test]
    fn what_is_sent_is_read_back() {
        let request = SeedRequest { ttl: Some(Ttl::default()), ..SeedRequest::of("standard") };
        let json = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<SeedRequest>(&json).unwrap(), request);
    }
}
