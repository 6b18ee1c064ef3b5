//! Idempotency keys: the same request with the same key gives the same island again.

use insula_domain::Digest;
use insula_store::{KeyRecord, NewKey, RunRecord, StoreError};

use crate::answer::{Answer, RunReport};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::request::SeedRequest;
use crate::seed::Parts;

/// An idempotency key and the hash of the request that it was given with.
pub(crate) struct Key {
    key: String,
    request_hash: String,
}

impl Key {
    pub(crate) fn of(key: &str, request: &SeedRequest) -> Result<Self, EngineError> {
        if !(1..=255).contains(&key.len()) || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            let problem = "a key has 1 to 255 printable ASCII letters; a UUID is a good one".to_owned();
            return Err(EngineError::Request { field: "Idempotency-Key", problem });
        }
        let mut json = serde_json::to_value(request).map_err(|reason| EngineError::Request {
            field: "Idempotency-Key",
            problem: format!("the request cannot be hashed: {reason}"),
        })?;
        json.sort_all_objects();
        Ok(Self { key: key.to_owned(), request_hash: Digest::of(json.to_string().as_bytes()).to_string() })
    }

    /// To be written together with the run.
    pub(crate) fn to_store(&self) -> NewKey {
        NewKey { key: self.key.clone(), request_hash: self.request_hash.clone() }
    }
}

impl Engine {
    /// The answer to a request that was answered before, or nothing when the key is new.
    pub(crate) async fn answer_again(&self, key: &Key) -> Result<Option<Answer>, EngineError> {
        match self.inner.store.find_key(&key.key).await? {
            Some(used) => self.answer_with(used, key).await.map(Some),
            None => Ok(None),
        }
    }

    /// The answer of the request that a key was used with, if that was this one.
    pub(crate) async fn answer_with(&self, used: KeyRecord, key: &Key) -> Result<Answer, EngineError> {
        if used.request_hash != key.request_hash {
            return Err(EngineError::KeyReused { key: key.key.clone() });
        }
        let stored = self.inner.store.island(used.island).await?;
        let run = stored
            .runs
            .into_iter()
            .find(|run| run.id == used.run)
            .ok_or(EngineError::UnknownIsland(used.island))?;
        self.assemble(stored.island, &stored.record, parts(run)?, self.now_to_the_second())
    }
}

/// What is remembered of a run, as its answer said it.
fn parts(run: RunRecord) -> Result<Parts, EngineError> {
    let unreadable = |reason: serde_json::Error| {
        EngineError::Store(StoreError::Corrupt { what: format!("what run {} cost: {reason}", run.id) })
    };
    let cost = serde_json::from_value(run.cost).map_err(unreadable)?;
    let logs = serde_json::from_value(run.logs).map_err(unreadable)?;
    Ok(Parts {
        scenario: run.scenario,
        version: run.version,
        seed: run.seed,
        clock: run.clock,
        digest: run.digest,
        outputs: run.outputs,
        run: RunReport { cost, logs, journal: None },
    })
}
