//! Whether clean-up left nothing behind.

use insula_domain::IslandId;
use insula_store::RowCounts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::error::EngineError;

/// So many certificates are read at once.
const BATCH: u32 = 500;

/// What to verify.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct VerifyQuery {
    /// Only this island; all where it is left out.
    pub island: Option<IslandId>,
}

/// Whether clean-up left nothing behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verified {
    /// Whether all certificates are there and intact, and no row is left.
    pub clean: bool,
    /// How many certificates were checked.
    pub certificates: u64,
    /// Those whose digest is not that of what they say: somebody changed them.
    pub forged: Vec<IslandId>,
    /// The islands that have ended, and whose certificates are gone: somebody took them away.
    pub lost: Vec<IslandId>,
    /// The islands that could not be removed. Their rows are not counted as left.
    pub stuck: Vec<IslandId>,
    /// Rows that are left, by table, with every table that was scanned: of the island; or of any that is not there, and
    /// rows that refer to what is not there.
    pub left: RowCounts,
}

impl Engine {
    /// Checks the certificates of islands that have ended, and scans the database again for what they left.
    ///
    /// # Errors
    /// When the island has not ended, or the database does not answer.
    pub async fn verify_cleanup(&self, query: VerifyQuery) -> Result<Verified, EngineError> {
        let store = &self.inner.store;
        let mut verified = Verified { lost: store.uncertified(query.island).await?, ..Verified::default() };
        let mut after = None;
        loop {
            let certificates = match query.island {
                Some(_) if !verified.lost.is_empty() => Vec::new(),
                Some(id) => vec![store.certificate(id).await?],
                None => store.certificates(after, BATCH).await?,
            };
            for certificate in &certificates {
                verified.certificates += 1;
                if !certificate.is_intact() {
                    verified.forged.push(certificate.island_id);
                }
                if !certificate.clean {
                    verified.stuck.push(certificate.island_id);
                }
            }
            after = certificates.last().map(|certificate| certificate.island_id);
            if query.island.is_some() || certificates.len() < BATCH as usize {
                break;
            }
        }
        if query.island.is_none() || verified.stuck.is_empty() {
            verified.left = store.strays(query.island).await?;
        }
        verified.clean = verified.forged.is_empty()
            && verified.lost.is_empty()
            && verified.stuck.is_empty()
            && verified.left.values().all(|rows| *rows == 0);
        Ok(verified)
    }
}
