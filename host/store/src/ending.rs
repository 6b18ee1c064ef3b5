//! How an island ends: what was removed, and the proof that nothing is left.

use std::collections::BTreeMap;
use std::sync::Arc;

use insula_domain::{Digest, IslandId};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bookkeeping;
use crate::cell::{self, Cell};
use crate::records::{IslandRecord, IslandState};

/// Rows, by table. Tables without any are not listed.
pub type RowCounts = BTreeMap<String, u64>;

/// Which island to end, and for whom.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The island.
    pub island: IslandId,
    /// Who asks for it.
    pub actor: Arc<str>,
    /// End it only when its time is over.
    pub overdue_only: bool,
}

/// What became of an island that was to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// What is remembered of it. Its state says whether it is gone or stuck.
    pub record: IslandRecord,
    /// It had ended before: nothing was left to take away.
    pub already: bool,
    /// What was removed, or why it could not be.
    pub certificate: Certificate,
}

/// The cleanup certificate: what was removed with an island, and the proof that nothing is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// The island.
    pub island_id: IslandId,
    /// The scenario that made it.
    pub scenario: String,
    /// The version of that scenario.
    pub version: String,
    /// What the island was for.
    pub label: Option<String>,
    /// When it ended.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub ended_at: Timestamp,
    /// Whether its time was over, rather than somebody ending it.
    pub expired: bool,
    /// Who ended it.
    pub actor: String,
    /// Whether nothing is left. Where it is false, nothing was removed.
    pub clean: bool,
    /// How many rows were removed, by table.
    pub rows: RowCounts,
    /// Those of them that no scenario had made: the application or a trigger added them.
    pub found: RowCounts,
    /// Rows that a scenario had made and that were gone before.
    pub missing: RowCounts,
    /// The proof: every table that can hold rows of the island, with how many it still holds.
    pub left: RowCounts,
    /// Why it could not be removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// What whoever owns the tables should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The SHA-256 of all the rest, as JSON with sorted keys and no spaces: in hexadecimal.
    pub digest: String,
}

impl Certificate {
    /// Gives it the digest of what it says.
    #[must_use]
    pub(crate) fn sealed(mut self) -> Self {
        self.digest = self.canonical().to_string();
        self
    }

    /// Whether its digest is that of what it says: nobody has changed it.
    pub fn is_intact(&self) -> bool {
        self.digest == self.canonical().to_string()
    }

    fn canonical(&self) -> Digest {
        let mut json = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(members) = &mut json {
            members.remove("digest");
        }
        json.sort_all_objects();
        Digest::of(cell::text(&cell::json(&json)).unwrap_or_default().as_bytes())
    }
}

/// What of the removed rows was more, and what was less, than runs had written.
pub(crate) fn compare(rows: &RowCounts, made: &RowCounts) -> (RowCounts, RowCounts) {
    let more = |one: &RowCounts, other: &RowCounts| -> RowCounts {
        let differs = |(table, count): (&String, &u64)| {
            let more = count.saturating_sub(other.get(table).copied().unwrap_or_default());
            (more > 0).then(|| (table.clone(), more))
        };
        one.iter().filter_map(differs).collect()
    };
    (more(rows, made), more(made, rows))
}

/// How many rows runs made, by table: from the cells in which they remember it.
pub(crate) fn made<'a>(runs: impl IntoIterator<Item = &'a Cell>) -> RowCounts {
    let mut made = RowCounts::new();
    for run in runs {
        let rows: RowCounts = cell::parsed_json(run).unwrap_or_default();
        for (table, count) in rows {
            *made.entry(table).or_default() += count;
        }
    }
    made
}

/// What a removal came to.
#[derive(Default)]
pub(crate) struct Swept {
    pub rows: RowCounts,
    /// Of these, those in tables that are not our own.
    pub foreign: RowCounts,
    pub left: RowCounts,
    pub notes: Vec<String>,
}

/// What a refusal of the database means for who ended the island.
pub(crate) fn refused(detail: &str) -> String {
    format!(
        "the database refused: {detail}; see which table, trigger or check forbids it, then end the island again"
    )
}

/// What became of an island: it is gone, with the certificate of that, or stuck for these reasons.
pub(crate) fn settle(
    record: IslandRecord,
    ending: &Ending,
    at: Timestamp,
    made: &RowCounts,
    swept: Result<Swept, Vec<String>>,
) -> Removal {
    let (clean, swept, reasons) = match swept {
        Ok(swept) => (true, swept, Vec::new()),
        Err(reasons) => (false, Swept::default(), reasons),
    };
    let own = swept.rows.iter().filter(|(table, _)| !bookkeeping::is_own(table));
    let own = own.map(|(table, rows)| (table.clone(), *rows)).collect();
    let (mut found, missing) = if clean { compare(&own, made) } else { Default::default() };
    found.extend(swept.foreign);
    let expired = record.expires_at.is_some_and(|end| end <= at);
    let state = match (clean, ending.overdue_only) {
        (false, _) => IslandState::Stuck,
        (true, true) => IslandState::Expired,
        (true, false) => IslandState::Removed,
    };
    let certificate = Certificate {
        island_id: record.id,
        scenario: record.scenario.clone(),
        version: record.version.clone(),
        label: record.label.clone(),
        ended_at: at,
        expired,
        actor: ending.actor.to_string(),
        clean,
        rows: swept.rows,
        found,
        missing,
        left: swept.left,
        reasons,
        notes: swept.notes,
        digest: String::new(),
    };
    let record = IslandRecord { state, removed_at: clean.then_some(at), ..record };
    Removal { record, already: false, certificate: certificate.sealed() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(counts: &[(&str, u64)]) -> RowCounts {
        counts.iter().map(|(table, count)| ((*table).to_owned(), *count)).collect()
    }

    fn certificate() -> Certificate {
        Certificate {
            island_id: IslandId(uuid::Uuid::from_u128(7)),
            scenario: "standard".to_owned(),
            version: "1.0.0".to_owned(),
            label: None,
            ended_at: "2026-01-05T09:00:00.000001Z".parse().unwrap(),
            expired: false,
            actor: "server".to_owned(),
            clean: true,
            rows: counts(&[("clinics", 1), ("patients", 3)]),
            found: RowCounts::new(),
            missing: RowCounts::new(),
            left: counts(&[("clinics", 0)]),
            reasons: Vec::new(),
            notes: Vec::new(),
            digest: String::new(),
        }
    }

    #[test]
    fn what_was_changed_is_seen_and_what_was_only_written_and_read_is_not() {
        let sealed = certificate().sealed();
        assert_eq!(sealed.digest.len(), 64);
        let read: Certificate = serde_json::from_str(&serde_json::to_string(&sealed).unwrap()).unwrap();
        assert!(read.is_intact() && read == sealed);
        let mut forged = sealed;
        forged.rows.insert("patients".to_owned(), 2);
        assert!(!forged.is_intact());
    }

    #[test]
    fn more_and_less_than_was_made() {
        let (found, missing) = compare(
            &counts(&[("patients", 3), ("invoices", 2), ("clinics", 1)]),
            &counts(&[("patients", 2), ("clinics", 1), ("users", 1)]),
        );
        assert_eq!(found, counts(&[("invoices", 2), ("patients", 1)]));
        assert_eq!(missing, counts(&[("users", 1)]));
    }
}
