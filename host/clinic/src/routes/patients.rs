//! Patients.

use insula_domain::{AnyHandle, EntityId, Gender, Handle, Kind, NewPatient, Patient, User};
use insula_engine::{Changes, Filter, Find, Part};
use insula_server::web::{Created, Done, JsonBody, Path, Problem, Query};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::change::{Refused, missing, referred};
use crate::permissions::to;
use crate::session::{May, Session};
use crate::shown::{One, Page, window};
use crate::words::{Day, Id, Word};

#[derive(Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct PatientPath {
    /// The patient.
    patient_id: Id,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(crate) struct PatientsQuery {
    /// Only those in whose name, phone or email this text is.
    search: Option<String>,
    /// How many to leave out at the start.
    offset: Option<u32>,
    /// How many at most: 1 to 200; 50 where it is left out.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
}

/// A patient as they are to be. What is left out is empty.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditPatient {
    /// The name.
    full_name: String,
    /// The phone number.
    #[serde(default)]
    phone: Option<String>,
    /// The email address.
    #[serde(default)]
    email: Option<String>,
    /// The day of birth.
    #[serde(default)]
    birthday: Option<Day>,
    /// The gender.
    #[serde(default)]
    gender: Option<Word<Gender>>,
    /// What the clinic writes down.
    #[serde(default)]
    notes: Option<String>,
    /// The practitioners who treat the patient.
    #[serde(default)]
    assigned_practitioner_ids: Vec<Id>,
}

pub(crate) async fn list(
    may: May<to::SeePatients>,
    Query(query): Query<PatientsQuery>,
) -> Result<Done<Page<Patient>>, Problem> {
    let (offset, limit) = window(query.offset, query.limit)?;
    let filter = query.search.map_or(Filter::All(Vec::new()), |text| {
        Filter::Any(
            ["full_name", "phone", "email"].map(|field| Filter::Contains(field, text.clone())).to_vec(),
        )
    });
    let find = may.session.in_clinic(Kind::Patient, filter).by(&["full_name"]).page(offset, limit);
    Ok(Done::from(Page::new(may.session.part(&[find]).await?)))
}

pub(crate) async fn one(
    may: May<to::SeePatients>,
    Path(PatientPath { patient_id: Id(id) }): Path<PatientPath>,
) -> Result<Done<One<Patient>>, Problem> {
    let part = may.session.part(&[may.session.one(Kind::Patient, id)]).await?;
    let handle = part.find(id).ok_or_else(|| missing(Kind::Patient))?;
    Ok(Done::from(One::new(part.island, handle)))
}

pub(crate) async fn create(
    may: May<to::EditPatients>,
    JsonBody(body): JsonBody<EditPatient>,
) -> Result<Created<One<Patient>>, Problem> {
    let (clinic, drafts) = (may.session.clinic, may.session.engine.drafts());
    let made = may.session.edit(around(&may.session, None), move |part| {
        let new = body.clone().new_patient(&part, clinic)?;
        let mut draft = drafts.onto(part.island)?;
        draft.create_patients([new])?;
        Ok(Changes::of(draft))
    });
    Ok(Created::from(One::last(made.await?)))
}

pub(crate) async fn edit(
    may: May<to::EditPatients>,
    Path(PatientPath { patient_id: Id(id) }): Path<PatientPath>,
    JsonBody(body): JsonBody<EditPatient>,
) -> Result<Done<One<Patient>>, Problem> {
    let (clinic, drafts) = (may.session.clinic, may.session.engine.drafts());
    let edited = may.session.edit(around(&may.session, Some(id)), move |mut part| {
        let old: Patient = part.take(id).ok_or(Refused::Missing(Kind::Patient))?;
        let new = body.clone().new_patient(&part, clinic)?;
        let mut draft = drafts.onto(part.island)?;
        let made = draft.create_patients([NewPatient { created_by: Some(old.created_by), ..new }])?;
        let replaced = made.into_iter().map(|made| (AnyHandle::from(made), id)).collect();
        Ok(Changes { replaced, ..Changes::of(draft) })
    });
    Ok(Done::from(One::last(edited.await?)))
}

/// What the rules for a patient look at: the clinic and its members; and the patient, where there is one.
fn around(session: &Session, patient: Option<EntityId>) -> Vec<Find> {
    vec![
        Find::one(Kind::Clinic, session.clinic),
        session.in_clinic(Kind::Membership, Filter::All(Vec::new())),
        session.in_clinic(Kind::Patient, Filter::Id(patient.into_iter().collect())),
    ]
}

impl EditPatient {
    fn new_patient(self, part: &Part, clinic: EntityId) -> Result<NewPatient, Refused> {
        let practitioner = |Id(id): &Id| practitioner(part, "assigned_practitioner_ids", *id);
        Ok(NewPatient {
            clinic: referred(part, "clinic_id", clinic)?,
            assigned_practitioners: self
                .assigned_practitioner_ids
                .iter()
                .map(practitioner)
                .collect::<Result<_, _>>()?,
            full_name: self.full_name,
            phone: self.phone,
            email: self.email,
            birthday: self.birthday.map(|Day(day)| day),
            gender: self.gender.map(|Word(gender)| gender),
            notes: self.notes,
            created_by: None,
        })
    }
}

/// A member of the clinic, by the user's id.
pub(crate) fn practitioner(part: &Part, field: &str, id: EntityId) -> Result<Handle<User>, Refused> {
    let members = part.island.entities.memberships.iter().take(part.found(Kind::Membership));
    let of = |user: Handle<User>| part.island.ids.get(Kind::User, user.index());
    members.map(|membership| membership.user).find(|user| of(*user) == Some(id)).map_or_else(
        // Said as of anything else that is not there.
        || referred(part, field, id),
        Ok,
    )
}
