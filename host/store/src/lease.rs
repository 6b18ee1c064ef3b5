//! Leases: of several hosts that share a database, one does a thing.

use std::time::Duration;

use jiff::Timestamp;

use crate::cell;
use crate::error::StoreError;
use crate::pool::Found;

/// Who asks to do a thing alone.
#[derive(Clone, Debug)]
pub struct LeaseRequest {
    /// What is to be done.
    pub name: &'static str,
    /// Who asks; no two hosts say the same.
    pub holder: String,
    /// For how long from now. A holder that is killed keeps nobody from it for longer.
    pub time: Duration,
}

/// Who may do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Whether it is who asked.
    pub mine: bool,
    /// Until when it is theirs.
    pub until: Timestamp,
}

/// Takes the lease `$1` for `$2` until `$3`, if it is theirs or was over at `$4`. Both databases take it as it is.
pub(crate) const TAKE: &str = "INSERT INTO insula_lease (name, holder, until) VALUES ($1, $2, $3) \
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
    WHERE insula_lease.holder = excluded.holder OR insula_lease.until <= $4";

/// Who has the lease `$1`.
pub(crate) const READ: &str = "SELECT holder, until FROM insula_lease WHERE name = $1";

/// Who has a lease, from what [`READ`] found.
///
/// # Errors
/// That it is not what is written.
pub(crate) fn held(rows: &Found, request: &LeaseRequest) -> Result<Lease, StoreError> {
    let held = rows.first().and_then(|row| {
        let [holder, until] = &row[..] else { return None };
        Some(Lease { mine: cell::text(holder)? == request.holder, until: cell::instant_of(until)? })
    });
    held.ok_or_else(|| StoreError::Corrupt { what: format!("the lease {}", request.name) })
}
