//! What drafts are given: schemas, defaults and limits; and what they answer when they take no more.

use std::sync::Arc;

use crate::rejection::Rejection;
use crate::schema::{EntitySchemas, SchemaError};

/// What a clinic gets, and the language of people who are made up, where the scenario says nothing.
#[derive(Clone, Debug)]
pub struct Defaults {
    /// An IANA time zone.
    pub time_zone: String,
    /// A BCP 47 language tag.
    pub locale: String,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { time_zone: "Asia/Taipei".to_owned(), locale: "en-US".to_owned() }
    }
}

/// How much a draft may hold, counting what was there before the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftLimits {
    /// Entities of all kinds.
    pub entities: u64,
    /// Rows in tables: an entity is one, and each member of a list of references another.
    pub rows: u64,
    /// Bytes of all values, about as they are written.
    pub bytes: u64,
}

impl Default for DraftLimits {
    fn default() -> Self {
        // The largest built-in scenario books 100,000 appointments, each with its resources.
        Self { entities: 250_000, rows: 500_000, bytes: 256 << 20 }
    }
}

/// How much a draft holds. The fields are those of [`DraftLimits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in DraftLimits")]
pub struct DraftSize {
    pub entities: u64,
    pub rows: u64,
    pub bytes: u64,
}

/// What all drafts of a host have in common.
#[derive(Debug)]
pub struct Setup {
    /// The schemas that every entity must fit.
    pub schemas: Arc<EntitySchemas>,
    /// What is taken where the scenario says nothing.
    pub defaults: Defaults,
}

impl Setup {
    /// Insula's own schemas, and these defaults.
    ///
    /// # Errors
    /// Those of [`EntitySchemas::builtin`].
    pub fn builtin(defaults: Defaults) -> Result<Self, SchemaError> {
        Ok(Self { schemas: Arc::new(EntitySchemas::builtin()?), defaults })
    }
}

/// Why a draft did not take something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It breaks a rule: the scenario may do otherwise and go on.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The island is full: the run is over.
    #[error("the island may hold at most {limit} {quota}; ask for less, or let the host allow more")]
    Full {
        /// `entities`, `rows` or `bytes`.
        quota: &'static str,
        /// How many are allowed.
        limit: u64,
    },
}
