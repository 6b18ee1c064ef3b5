//! How a call that was refused half-way leaves nothing behind.

use super::{Draft, Schedule};
use crate::choice::Weekday;
use crate::entity::Kind;

/// A value that only one thing of an island may have. Numbers are the handles' positions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unique {
    Email(String),
    Subject(String),
    Membership(u32, u32),
    Group(u32, String),
    AppointmentType(u32, String, u32),
    Offering(u32, u32),
    ResourceType(u32, String),
    Resource(u32, String),
    Requirement(u32, u32),
    Billing(u32, u32, String),
    DefaultBilling(u32, u32),
}

impl Unique {
    /// Addresses that differ in case alone are one, as for those who deliver to them.
    pub(super) fn email(email: &str) -> Self {
        Self::Email(email.to_lowercase())
    }
}

/// Which of the schedules.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    /// Practitioners' confirmed appointments.
    Booked,
    /// Practitioners' time off.
    Off,
    /// What resources are used for.
    Taken,
}

/// One step of a call, to be taken back.
#[derive(Debug)]
pub(super) enum Undo {
    /// An entity was added.
    Entity(Kind),
    /// A value was claimed.
    Claim(Unique),
    /// An appointment type got its first appointment.
    InUse(u32),
    /// An interval was added to an availability.
    Working(u32, u32, Weekday),
    /// An interval was added to a schedule, in the place of those it swallowed.
    Busy { which: Which, who: u32, start: i64, swallowed: Vec<(i64, i64)> },
}

impl Draft {
    pub(super) fn schedule(&mut self, which: Which) -> &mut Schedule {
        match which {
            Which::Booked => &mut self.index.booked,
            Which::Off => &mut self.index.off,
            Which::Taken => &mut self.index.taken,
        }
    }

    /// Marks a time as busy.
    pub(super) fn occupy(&mut self, which: Which, who: u32, start: i64, end: i64) {
        let (start, swallowed) = self.schedule(which).add(who, start, end);
        self.undo.push(Undo::Busy { which, who, start, swallowed });
    }

    pub(super) fn undo_all(&mut self) {
        while let Some(step) = self.undo.pop() {
            match step {
                Undo::Entity(kind) => {
                    let len = self.entities.len(kind).saturating_sub(1);
                    self.entities.truncate(kind, len);
                }
                Undo::Claim(key) => {
                    self.index.unique.remove(&key);
                }
                Undo::InUse(appointment_type) => {
                    self.index.in_use.remove(&appointment_type);
                }
                Undo::Working(practitioner, clinic, day) => {
                    if let Some(day) = self.index.working.get_mut(&(practitioner, clinic, day)) {
                        day.pop();
                    }
                }
                Undo::Busy { which, who, start, swallowed } => {
                    self.schedule(which).remove(who, start, swallowed);
                }
            }
        }
    }
}
