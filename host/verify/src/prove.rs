//! The proof itself.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

use insula_domain::{IslandId, Kind, Refusal};
use insula_engine::{Changes, Engine, SeedRequest, TokenSettings};
use serde_json::Value;

use crate::attempt::{Attempts, Expected, plain};
use crate::clinics;
use crate::fill::{Filled, Source, Theirs, fill};
use crate::forged::{Forged, forged, member};
use crate::operation::{Operation, operations};
use crate::report::{Check, Finding, Proof, VerifyError};
use crate::tricks::tricks;
use crate::wire::Wire;
use crate::world::{World, mark};

/// What is to be proven.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Where the application is served.
    pub address: SocketAddr,
    /// What it takes (OpenAPI 3.1).
    pub document: &'a Value,
    /// What its tokens carry.
    pub tokens: &'a TokenSettings,
    /// The scenarios to make islands of.
    pub scenarios: &'a [String],
}

/// The texts of the other island, and one's own.
const MARK: &str = "insulacanary7f3a";
const OWN: &str = "written by the first";

/// Tries to get from one island to another, with two islands of each scenario, which are removed at the end.
///
/// # Errors
/// When it could not be tried. What was found is no error: it stands in the proof.
pub async fn isolation(
    engine: &Engine,
    subject: Subject<'_>,
    mut tell: impl FnMut(&str),
) -> Result<Proof, VerifyError> {
    let operations = operations(subject.document)?;
    let mut proof = Proof::default();
    for scenario in subject.scenarios {
        tell(scenario);
        let mut islands = Vec::new();
        let checks = Trial { engine, subject, operations: &operations, scenario }.run(&mut islands).await;
        for island in islands {
            engine.end(island).await?;
        }
        proof.checks.extend(checks?);
    }
    Ok(proof)
}

/// Two islands of one scenario.
pub(crate) struct Trial<'a> {
    pub(crate) engine: &'a Engine,
    subject: Subject<'a>,
    pub(crate) operations: &'a [Operation],
    scenario: &'a str,
}

impl Trial<'_> {
    async fn run(&self, islands: &mut Vec<IslandId>) -> Result<Vec<Check>, VerifyError> {
        let request = || SeedRequest {
            label: Some("insula verify isolation".to_owned()),
            ..SeedRequest::of(self.scenario)
        };
        let first = self.engine.seed(request(), None).await?;
        islands.push(first.island_id);
        let own = World::read(self.engine, first.island_id).await?;
        let Some(token) = first.tokens.first().map(|token| format!("Bearer {}", token.access_token)) else {
            return Ok(vec![self.check(
                "token",
                Instant::now(),
                0,
                vec![untried("the scenario makes nobody who can log in")],
            )]);
        };
        // The second is made while the first is in use.
        let began = Instant::now();
        let none = BTreeSet::new();
        let mut before = self.attempts(&none);
        let (second, used) =
            tokio::join!(self.engine.seed(request(), None), self.use_it(&mut before, &own, &token));
        let second = second?;
        islands.push(second.island_id);
        used?;
        let other = mark(self.engine, second.island_id, MARK).await?;
        let needles: BTreeSet<String> = other.needles(MARK).iter().map(|needle| plain(needle)).collect();

        let mut checks = vec![self.used(before, began)];
        checks.push(self.marks_show(&other).await?);
        let stale = forged(self.engine, self.subject.tokens, &own, &other)?;
        for operation in self.operations {
            checks.push(self.operation(operation, &own, &other, &needles, &token, &stale).await?);
        }
        checks.push(self.beside(first.island_id, &token).await?);
        checks.push(self.events(first.island_id, &needles).await?);
        checks.push(self.shut_out(first.island_id, &other, &needles, &token).await?);
        checks.push(self.database(first.island_id, &other).await?);
        Ok(checks)
    }

    pub(crate) fn attempts<'n>(&self, needles: &'n BTreeSet<String>) -> Attempts<'n> {
        Attempts { wire: Wire::new(self.subject.address), needles, findings: Vec::new() }
    }

    pub(crate) fn check(&self, name: &str, began: Instant, requests: u32, findings: Vec<Finding>) -> Check {
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Check { scenario: self.scenario.to_owned(), name: name.to_owned(), requests, millis, findings }
    }

    fn filled(
        &self,
        operation: &Operation,
        own: &World,
        other: &World,
        theirs: Theirs,
    ) -> Result<Filled, String> {
        // A search of one's own is for the other's marks.
        let mark = if other.clinic.is_some() { clinics::MARK } else { MARK };
        let text = if operation.method == "GET" { mark } else { OWN };
        fill(operation, self.subject.document, Source { own, other, theirs, text })
    }

    /// Looks at all of one's own things.
    async fn use_it(&self, attempts: &mut Attempts<'_>, own: &World, token: &str) -> Result<(), VerifyError> {
        for operation in self.operations.iter().filter(|operation| operation.method == "GET") {
            if let Ok(filled) = self.filled(operation, own, own, Theirs::Nowhere) {
                attempts.call("in use", &filled.call, Some(token), Expected::Filled).await?;
            }
        }
        Ok(())
    }

    fn used(&self, attempts: Attempts<'_>, began: Instant) -> Check {
        self.check("in use while the other is made", began, attempts.wire.sent, attempts.findings)
    }

    /// The other's own user sees the marks: else nothing would be proven by their not being seen.
    async fn marks_show(&self, other: &World) -> Result<Check, VerifyError> {
        let (began, marks) = (Instant::now(), BTreeSet::from([MARK.to_owned()]));
        let mut attempts = self.attempts(&marks);
        if let Some(member) = member(&other.island) {
            let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
            let token = self.engine.token(&other.island, member, later)?.access_token;
            self.use_it(&mut attempts, other, &format!("Bearer {token}")).await?;
        }
        let shown = attempts.findings.iter().any(|finding| finding.found.contains(MARK));
        let findings =
            if shown { Vec::new() } else { vec![untried("the other's own user does not see its marks")] };
        Ok(self.check("the other sees its own", began, attempts.wire.sent, findings))
    }

    /// Tries one call in every way.
    pub(crate) async fn operation(
        &self,
        operation: &Operation,
        own: &World,
        other: &World,
        needles: &BTreeSet<String>,
        token: &str,
        forged: &[Forged],
    ) -> Result<Check, VerifyError> {
        let began = Instant::now();
        let mut attempts = self.attempts(needles);
        let own = &own.again(self.engine).await?;
        let before = other.again(self.engine).await?;
        let all = match self.filled(operation, own, other, Theirs::Everywhere) {
            Ok(all) => all,
            Err(what) => {
                let finding = untried(&format!("the prover cannot fill in {what}; teach it to"));
                return Ok(self.check(&operation.id, began, 0, vec![finding]));
            }
        };
        for theirs in std::iter::once(Theirs::Everywhere).chain((0..all.references).map(Theirs::Only)) {
            let Ok(filled) = self.filled(operation, own, other, theirs) else { continue };
            let expected = match filled.theirs_in {
                [true, ..] => Expected::Missing,
                [_, _, true] => Expected::Refused,
                _ => Expected::Own,
            };
            attempts.call("for the other's things", &filled.call, Some(token), expected).await?;
        }
        let Ok(mine) = self.filled(operation, own, other, Theirs::Nowhere) else {
            return Ok(self.check(&operation.id, began, 0, Vec::new()));
        };
        for forged in forged {
            for filled in [&all, &mine] {
                attempts
                    .call(forged.name, &filled.call, forged.authorization.as_deref(), Expected::Unknown)
                    .await?;
            }
        }
        let clinic = other.one(Kind::Clinic).map(|id| id.to_string()).unwrap_or_default();
        for (name, call) in tricks(&mine, &all, &other.island.id.to_string(), &clinic) {
            attempts.call(&name, &call, Some(token), Expected::Own).await?;
        }
        // The same with one's own things works, so what was refused was not refused for how it was filled in.
        attempts.call("for one's own things", &mine.call, Some(token), Expected::Filled).await?;
        self.unchanged(&before, &mut attempts).await?;
        Ok(self.check(&operation.id, began, attempts.wire.sent, attempts.findings))
    }

    /// Somebody who was deactivated, or whose membership is gone, is let in nowhere.
    async fn shut_out(
        &self,
        own: IslandId,
        other: &World,
        needles: &BTreeSet<String>,
        token: &str,
    ) -> Result<Check, VerifyError> {
        let began = Instant::now();
        let mut attempts = self.attempts(needles);
        let world = World::read(self.engine, own).await?;
        for (trial, gone) in
            [("after being deactivated", false), ("after being taken out of the clinic", true)]
        {
            let drafts = self.engine.drafts();
            let all = world.island.ids.of(Kind::Membership).to_vec();
            let changed = self.engine.edit(own, Vec::new(), move |part| {
                let inactive = insula_domain::FieldValue::Bool(false);
                let set = |id: &_| (Kind::Membership, *id, "is_active", inactive.clone());
                let changes = Changes::of(drafts.onto(part.island)?);
                Ok::<_, Refusal>(if gone {
                    Changes { removed: all.iter().map(|id| (Kind::Membership, *id)).collect(), ..changes }
                } else {
                    Changes { set: all.iter().map(set).collect(), ..changes }
                })
            });
            if let Err(refusal) = changed.await? {
                attempts.find(trial, format!("it could not be tried: {refusal}"));
            }
            for operation in self.operations {
                if let Ok(filled) = self.filled(operation, &world, other, Theirs::Nowhere) {
                    attempts.call(trial, &filled.call, Some(token), Expected::Unknown).await?;
                }
            }
        }
        Ok(self.check("shut out", began, attempts.wire.sent, attempts.findings))
    }

    /// What stands in the database: the first refers to nothing of the other, and its end takes nothing of it away.
    async fn database(&self, own: IslandId, other: &World) -> Result<Check, VerifyError> {
        let began = Instant::now();
        let mut attempts = self.attempts_without();
        // What refers to another island cannot be read.
        let world = World::read(self.engine, own).await?;
        for kind in Kind::ALL {
            let theirs: BTreeSet<_> = other.island.ids.of(kind).iter().collect();
            if world.island.ids.of(kind).iter().any(|id| theirs.contains(id)) {
                attempts.find("in the database", format!("both islands hold the same {}", kind.plural()));
            }
        }
        self.engine.end(own).await?;
        self.unchanged(other, &mut attempts).await?;
        Ok(self.check("database", began, 0, attempts.findings))
    }

    fn attempts_without(&self) -> Attempts<'static> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        Attempts { wire: Wire::new(self.subject.address), needles: &NONE, findings: Vec::new() }
    }

    /// That the other island is as it was: each row and value, and so counts and digest.
    async fn unchanged(&self, other: &World, attempts: &mut Attempts<'_>) -> Result<(), VerifyError> {
        let now = other.again(self.engine).await?;
        if now.island != other.island || now.digest(self.engine) != other.digest(self.engine) {
            let changed = Kind::ALL.into_iter().filter(|kind| {
                let all =
                    |world: &World| (world.island.entities.len(*kind), world.island.ids.of(*kind).to_vec());
                all(&now) != all(other)
            });
            let kinds: Vec<_> = changed.map(Kind::plural).collect();
            let what = if kinds.is_empty() { "values".to_owned() } else { kinds.join(", ") };
            attempts.find("in the database", format!("the other island changed: {what}"));
        }
        Ok(())
    }
}

pub(crate) fn untried(what: &str) -> Finding {
    Finding { trial: "not tried".to_owned(), found: what.to_owned() }
}
