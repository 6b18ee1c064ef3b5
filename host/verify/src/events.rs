//! What is told of an island, which must show nothing of another.

use std::collections::BTreeSet;
use std::time::Instant;

use insula_domain::IslandId;
use insula_engine::{EventKind, EventsQuery};

use crate::attempt::plain;
use crate::prove::Trial;
use crate::report::{Check, VerifyError};

impl Trial<'_> {
    /// What is told of the first shows nothing of the other.
    pub(crate) async fn events(
        &self,
        own: IslandId,
        needles: &BTreeSet<String>,
    ) -> Result<Check, VerifyError> {
        let began = Instant::now();
        let mut attempts = self.attempts(needles);
        let (mut after, mut edited) = (None, false);
        loop {
            let query = EventsQuery { after, limit: Some(1000) };
            let list = self.engine.past_events(Some(own), query).await?;
            let Some(last) = list.events.last() else { break };
            after = Some(last.id);
            edited |= list.events.iter().any(|event| event.kind == EventKind::Edited);
            let told = plain(&serde_json::to_string(&list.events).unwrap_or_default());
            for needle in needles.iter().filter(|needle| told.contains(*needle)) {
                attempts.find("in the events", format!("the first's events hold the other's {needle}"));
            }
        }
        if !edited {
            attempts.find("not tried", "the first's events tell of no edit".to_owned());
        }
        Ok(self.check("events", began, 0, attempts.findings))
    }
}
