//! A second clinic in one's own island: its things are as far away as another island's.

use std::collections::BTreeSet;
use std::time::Instant;

use insula_domain::{
    Allocation, Draft, EntityId, IslandId, Kind, LocalTime, Membership, NewAppointment, NewAppointmentType,
    NewAvailability, NewClinic, NewMembership, NewOffering, NewPatient, NewUser, Refusal, Role, Weekday,
};
use insula_engine::{Changes, Engine};
use jiff::civil::{date, time};
use jiff::{SignedDuration, Timestamp};

use crate::attempt::plain;
use crate::forged::{Forged, member};
use crate::prove::{Trial, untried};
use crate::report::{Check, Finding, VerifyError};
use crate::world::World;

/// The texts of the second clinic.
pub(crate) const MARK: &str = "insulacanary9c2d";

impl Trial<'_> {
    /// Tries every call for the things of a second clinic in one's own island.
    pub(crate) async fn beside(&self, own: IslandId, token: &str) -> Result<Check, VerifyError> {
        let began = Instant::now();
        let whole = World::read(self.engine, own).await?;
        let beside = add(self.engine, own).await?;
        let Some((mine, theirs)) = whole.island.ids.get(Kind::Clinic, 0).zip(beside.clinic) else {
            return Ok(self.check("beside", began, 0, vec![untried("the scenario makes no clinic")]));
        };
        let own_needles = whole.needles(MARK);
        let mut needles: BTreeSet<String> =
            beside.needles(MARK).difference(&own_needles).map(|needle| plain(needle)).collect();
        needles.insert(MARK.to_owned());
        let own = World::of_clinic(self.engine, own, mine).await?;
        let all = World::read(self.engine, own.island.id).await?;
        let moved = moved(self.engine, &all, theirs)?;
        let (mut requests, mut findings) = (0, Vec::new());
        for operation in self.operations {
            let check = self.operation(operation, &own, &beside, &needles, token, &moved).await?;
            requests += check.requests;
            findings.extend(
                check.findings.into_iter().map(|finding| Finding {
                    trial: format!("{}, {}", check.name, finding.trial),
                    ..finding
                }),
            );
        }
        Ok(self.check("a clinic beside, in the same island", began, requests, findings))
    }
}

/// Puts a clinic into an island, of which nobody is a member who was there before, and in which every text is marked.
async fn add(engine: &Engine, island: IslandId) -> Result<World, VerifyError> {
    let drafts = engine.drafts();
    let added = engine.edit(island, Vec::new(), move |part| {
        let mut draft = drafts.onto(part.island)?;
        furnish(&mut draft)?;
        Ok::<_, Refusal>(Changes::of(draft))
    });
    let added = added
        .await?
        .map_err(|refusal| VerifyError::Document(format!("a second clinic cannot be made: {refusal}")))?;
    match added.ids.get(Kind::Clinic, 0) {
        Some(clinic) => World::of_clinic(engine, island, clinic).await,
        None => Err(VerifyError::Document("a second clinic cannot be made".to_owned())),
    }
}

/// Somebody who works there, what they offer, whom they treat, and when.
fn furnish(draft: &mut Draft) -> Result<(), Refusal> {
    let text = |what: &str| format!("{MARK} {what}");
    let clinic = draft
        .create_clinic(NewClinic { address: Some(text("address")), ..NewClinic::named(text("clinic")) })?;
    // Those that would be made up may be those of the first clinic's users.
    let practitioner = draft.create_user(NewUser {
        email: Some(format!("{MARK}@example.test")),
        subject: Some(MARK.to_owned()),
    })?;
    draft.create_membership(NewMembership {
        clinic,
        user: practitioner,
        roles: vec![Role::Admin, Role::Practitioner],
        full_name: text("member"),
        title: None,
        is_active: None,
        settings: None,
    })?;
    let appointment_type = draft.create_appointment_type(NewAppointmentType {
        clinic,
        name: text("type"),
        duration_minutes: 30,
        buffer_minutes: None,
        group: None,
        receipt_name: None,
        description: Some(text("description")),
        display_order: None,
        bookable_by_new_patients: None,
        bookable_by_existing_patients: None,
        patient_chooses_practitioner: None,
        confirmation_message: None,
        reminder_message: None,
    })?;
    draft.create_offerings([NewOffering { practitioner, appointment_type }])?;
    draft.create_availabilities([NewAvailability {
        practitioner,
        clinic,
        day_of_week: Weekday::Monday,
        start_time: time(9, 0, 0, 0),
        end_time: time(17, 0, 0, 0),
    }])?;
    let patients = draft.create_patients([NewPatient {
        clinic,
        full_name: text("patient"),
        phone: Some(text("phone")),
        email: None,
        birthday: None,
        gender: None,
        notes: Some(text("notes")),
        created_by: None,
        assigned_practitioners: vec![practitioner],
    }])?;
    draft.create_appointments(patients.into_iter().map(|patient| NewAppointment {
        clinic,
        practitioner,
        patient,
        appointment_type,
        // A Monday.
        starts: LocalTime::new(date(2026, 1, 5), time(9, 0, 0, 0)),
        minutes: None,
        status: None,
        notes: Some(text("appointment")),
        clinic_notes: None,
        is_auto_assigned: false,
        resources: Allocation::Automatic,
        allow_overlap: false,
    }))?;
    Ok(())
}

/// A well-signed token of the own user for the clinic beside, of which they are no member.
fn moved(engine: &Engine, whole: &World, beside: EntityId) -> Result<Vec<Forged>, VerifyError> {
    let ids = whole.island.ids.of(Kind::Clinic);
    let clinic = (0..).zip(ids).find(|(_, id)| **id == beside).map(|(index, _)| index);
    let (Some(mine), Some(clinic)) = (member(&whole.island), clinic) else { return Ok(Vec::new()) };
    let moved = Membership { clinic: insula_domain::Handle::new(clinic), ..mine.clone() };
    let token = engine.token(&whole.island, &moved, Timestamp::now() + SignedDuration::from_hours(1))?;
    let authorization = Some(format!("Bearer {}", token.access_token));
    Ok(vec![Forged { name: "as the own user, moved to the clinic beside", authorization }])
}
