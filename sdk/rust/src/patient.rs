use crate::builder::setters;
use crate::contract::{island, types};
use crate::island::Batch;
use crate::{Clinic, Date, Gender, Member, Patient, PatientCreator, Result, date, host};

/// A patient to be. Name, phone, address and birthday are made up by seed and key where they are left out.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct PatientBuilder {
    locale: Option<&'static str>,
    key: String,
    full_name: Option<String>,
    new: island::NewPatient,
    label: Option<String>,
}

impl PatientBuilder {
    pub(crate) fn new(clinic: Clinic) -> Self {
        let new = island::NewPatient {
            clinic: clinic.handle,
            full_name: String::new(),
            phone: None,
            email: None,
            birthday: None,
            gender: None,
            notes: None,
            created_by: None,
            assigned_practitioners: Vec::new(),
        };
        Self { locale: clinic.locale, key: "patient".into(), full_name: None, new, label: None }
    }

    setters! {
        /// The telephone number.
        phone(text),
        /// The e-mail address.
        email(text),
        /// The day of birth.
        birthday(Date),
        /// The gender, as the clinic notes it.
        gender(Gender),
        /// What the clinic notes about the patient.
        notes(text),
        /// Who entered the patient: the clinic, where it is left out.
        created_by(PatientCreator),
    }

    /// Tells patients apart: another key makes up another person.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// The name.
    pub fn full_name(mut self, name: impl Into<String>) -> Self {
        self.full_name = Some(name.into());
        self
    }

    /// A practitioner whom the patient is assigned to.
    pub fn assigned_to(mut self, practitioner: Member) -> Self {
        self.new.assigned_practitioners.push(practitioner.user);
        self
    }

    /// Creates the patient. For many, [`Island::create_all`](crate::Island::create_all) is quicker.
    ///
    /// # Errors
    /// When the host refuses a field.
    pub fn create(mut self) -> Result<Patient> {
        let label = self.label.take();
        host::named(host::one(self.into_record(), host::create_patients)?, label)
    }
}

impl Batch for PatientBuilder {
    type Handle = Patient;
    type Record = island::NewPatient;

    fn take_name(&mut self) -> Option<String> {
        self.label.take()
    }

    fn into_record(self) -> island::NewPatient {
        let mut new = self.new;
        let made_up = host::person(&format!("clinic/{}/{}", new.clinic.handle, self.key), self.locale);
        let (year, month, day) = made_up.birthday;
        new.full_name = self.full_name.unwrap_or(made_up.full_name);
        new.phone.get_or_insert(made_up.phone);
        new.email.get_or_insert(made_up.email);
        new.birthday.get_or_insert(date(year, month, day));
        new
    }

    fn call(records: &[island::NewPatient]) -> Result<Vec<Patient>, types::Rejection> {
        host::create_patients(records)
    }
}
