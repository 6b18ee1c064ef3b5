use crate::builder::setters;
use crate::contract::{island, types};
use crate::island::Batch;
use crate::{
    Allocation, Appointment, AppointmentStatus, AppointmentType, ClinicResource, Interval, LocalTime, Member,
    Patient, Result, host,
};

/// An appointment to be: confirmed, as long as its type says, with the resources that its type requires.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct AppointmentBuilder {
    new: island::NewAppointment,
    label: Option<String>,
}

impl AppointmentBuilder {
    pub(crate) fn new(with: Member, patient: Patient, kind: AppointmentType, starts: LocalTime) -> Self {
        let new = island::NewAppointment {
            clinic: with.clinic.handle,
            practitioner: with.user,
            patient,
            appointment_type: kind,
            starts,
            minutes: None,
            status: None,
            notes: None,
            clinic_notes: None,
            is_auto_assigned: false,
            resources: Allocation::Automatic,
            allow_overlap: false,
        };
        Self { new, label: None }
    }

    setters! {
        /// Its length, where it is not its type's.
        minutes(u32),
        /// `Confirmed` where it is left out.
        status(AppointmentStatus),
        /// What the patient wrote.
        notes(text),
        /// What only the clinic reads.
        clinic_notes(text),
    }

    /// The practitioner was chosen by the application, not by the patient.
    pub fn auto_assigned(mut self) -> Self {
        self.new.is_auto_assigned = true;
        self
    }

    /// These resources, in place of the first that are free.
    pub fn resources(mut self, resources: impl IntoIterator<Item = ClinicResource>) -> Self {
        self.new.resources = Allocation::Chosen(resources.into_iter().collect());
        self
    }

    /// May overlap the practitioner's other appointments and time off, and share resources.
    pub fn allow_overlap(mut self) -> Self {
        self.new.allow_overlap = true;
        self
    }

    /// Again at the same local time: `.repeated(Interval::Weeks(1), 4)` is four appointments in all.
    pub fn repeated(self, every: Interval, count: u32) -> SeriesBuilder {
        SeriesBuilder { new: island::NewSeries { first: self.new, every, count }, label: self.label }
    }

    /// Creates the appointment. For many, [`Island::create_all`](crate::Island::create_all) is quicker.
    ///
    /// # Errors
    /// When the host refuses it, such as for an overlap.
    pub fn create(self) -> Result<Appointment> {
        host::named(host::one(self.new, host::create_appointments)?, self.label)
    }
}

/// Appointments to be, at the same local time every so many days or weeks.
#[derive(Debug, Clone)]
#[must_use = "nothing is created before `create`"]
pub struct SeriesBuilder {
    new: island::NewSeries,
    label: Option<String>,
}

impl SeriesBuilder {
    /// Creates them; a name goes to the first.
    ///
    /// # Errors
    /// When the host refuses one of them.
    pub fn create(self) -> Result<Vec<Appointment>> {
        let made = host::create_series(&self.new)?;
        if let Some(first) = made.first() {
            host::named(*first, self.label)?;
        }
        Ok(made)
    }
}

impl Batch for AppointmentBuilder {
    type Handle = Appointment;
    type Record = island::NewAppointment;

    fn take_name(&mut self) -> Option<String> {
        self.label.take()
    }

    fn into_record(self) -> island::NewAppointment {
        self.new
    }

    fn call(records: &[island::NewAppointment]) -> Result<Vec<Appointment>, types::Rejection> {
        host::create_appointments(records)
    }
}
