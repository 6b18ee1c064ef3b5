//! A run's journal: each call of the host, with what came of it.

use std::time::Instant;

use insula_domain::Rejection;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::host::Refused;

/// More calls are counted, and not kept.
const MOST_CALLS: usize = 1_000;
/// More of a list says no more.
const MOST_ITEMS: usize = 20;
/// More of a text says no more.
const MOST_LETTERS: usize = 1_000;

/// The calls of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Journal {
    /// The calls, in order; at most 1,000.
    pub calls: Vec<HostCall>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// One call of the host.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HostCall {
    /// The function of the contract, such as `create-clinic`.
    pub call: &'static str,
    /// What it was given; long lists and texts are shortened.
    pub input: Value,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: HostOutcome,
    /// How long it took the host, in microseconds.
    pub micros: u64,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HostOutcome {
    /// What it returned.
    Returned(Value),
    /// Why it was refused; the scenario could go on.
    Refused(Rejection),
    /// Why the run ended there.
    Ended(String),
}

/// A call that has begun.
pub(crate) struct Entry {
    call: &'static str,
    input: Option<Value>,
    began: Instant,
}

impl Journal {
    pub(crate) fn begin(&self, call: &'static str, input: &impl Serialize) -> Entry {
        let input = (self.calls.len() < MOST_CALLS).then(|| shown(input));
        Entry { call, input, began: Instant::now() }
    }

    pub(crate) fn end<T: Serialize>(&mut self, entry: Entry, returned: &Result<T, Refused>) {
        let Entry { call, input, began } = entry;
        let Some(input) = input else {
            self.left_out += 1;
            return;
        };
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let outcome = match returned {
            Ok(value) => HostOutcome::Returned(shown(value)),
            Err(Refused::Rejected(rejection)) => HostOutcome::Refused((**rejection).clone()),
            Err(Refused::Over(error)) => HostOutcome::Ended(format!("{error:#}")),
        };
        self.calls.push(HostCall { call, input, outcome, micros });
    }

    /// The calls of another scenario of the same run.
    pub fn append(&mut self, other: Self) {
        let room = MOST_CALLS.saturating_sub(self.calls.len());
        self.left_out += other.left_out + other.calls.len().saturating_sub(room) as u64;
        self.calls.extend(other.calls.into_iter().take(room));
    }
}

fn shown(value: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or_else(|reason| json!(reason.to_string()));
    shorten(&mut value);
    value
}

fn shorten(value: &mut Value) {
    match value {
        Value::Array(items) => {
            let left_out = items.len().saturating_sub(MOST_ITEMS);
            items.truncate(MOST_ITEMS);
            items.iter_mut().for_each(shorten);
            if left_out > 0 {
                items.push(json!(format!("… {left_out} more")));
            }
        }
        Value::Object(members) => {
            // What was left out by the scenario is left out here.
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(shorten);
        }
        Value::String(text) => {
            if let Some((at, _)) = text.char_indices().nth(MOST_LETTERS) {
                text.truncate(at);
                text.push('…');
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_shortened_and_what_is_too_much_is_counted() {
        let mut journal = Journal::default();
        for n in 0..MOST_CALLS + 7 {
            let entry = journal.begin("random", &json!({ "n": n, "none": null, "list": vec![0; 25] }));
            journal.end::<u64>(entry, &Ok(1));
        }
        assert_eq!((journal.calls.len(), journal.left_out), (MOST_CALLS, 7));
        let input = &journal.calls[2].input;
        assert_eq!((&input["n"], input.get("none")), (&json!(2), None));
        assert_eq!((input["list"].as_array().unwrap().len(), &input["list"][20]), (21, &json!("… 5 more")));

        let mut all = Journal::default();
        all.append(journal.clone());
        all.append(journal);
        assert_eq!((all.calls.len(), all.left_out), (MOST_CALLS, MOST_CALLS as u64 + 14));
    }
}
