//! One try: a request, and whether something of the other island came back.

use std::collections::BTreeSet;

use crate::report::{Finding, VerifyError};
use crate::wire::{Call, Wire};

/// What may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// That there is no such thing.
    Missing,
    /// A refusal of whatever kind.
    Refused,
    /// That nobody is let in.
    Unknown,
    /// Anything that is one's own.
    Own,
    /// An answer that shows that the call was filled in rightly.
    Filled,
}

/// Makes calls, and keeps what they find.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    pub wire: Wire,
    /// What the other island is known by; in lower case, without hyphens.
    pub needles: &'a BTreeSet<String>,
    pub findings: Vec<Finding>,
}

impl Attempts<'_> {
    /// Makes a call as somebody.
    pub(crate) async fn call(
        &mut self,
        trial: &str,
        call: &Call,
        authorization: Option<&str>,
        expected: Expected,
    ) -> Result<Option<u16>, VerifyError> {
        let mut call = call.clone();
        call.headers.extend(authorization.map(|value| ("authorization".to_owned(), value.to_owned())));
        let Some(answer) = self.wire.call(&call).await? else { return Ok(None) };
        let shown = plain(&answer.text);
        // What was sent may come back.
        let sent = plain(&format!("{} {}", call.target, call.body.as_deref().unwrap_or_default()));
        let leaked = self.needles.iter().find(|needle| shown.contains(*needle) && !sent.contains(*needle));
        if let Some(needle) = leaked {
            let around = excerpt(&shown, needle);
            self.find(trial, format!("{} {} showed the other island's {around}", call.method, call.target));
        }
        let status = answer.status;
        let fits = match expected {
            Expected::Missing => status == 404,
            Expected::Refused => (400..500).contains(&status),
            Expected::Unknown => status == 401,
            Expected::Own => status < 500,
            Expected::Filled => matches!(status, 200..300 | 404 | 409 | 422),
        };
        if !fits {
            let what = format!("{} {} was answered with {status}", call.method, call.target);
            self.find(trial, what);
        }
        Ok(Some(status))
    }

    pub(crate) fn find(&mut self, trial: &str, found: String) {
        self.findings.push(Finding { trial: trial.to_owned(), found });
    }
}

/// A text as needles are looked for in it.
pub(crate) fn plain(text: &str) -> String {
    text.to_lowercase().replace('-', "")
}

/// What stands around a needle, so that it is known where it came from.
fn excerpt(text: &str, needle: &str) -> String {
    let at = text.find(needle).unwrap_or_default();
    let from = text.floor_char_boundary(at.saturating_sub(30));
    let until = text.ceil_char_boundary((at + needle.len() + 10).min(text.len()));
    format!("…{}…", &text[from..until])
}
