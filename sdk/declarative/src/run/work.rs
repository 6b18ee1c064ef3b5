//! What happens in a clinic, and what does not.

use std::rc::Rc;

use insula::{
    Appointment, AppointmentBuilder, AppointmentType, Clinic, ClinicResource, Date, Member, Patient, User,
};

use super::clinic::{set, set_choices};
use super::names::Thing;
use super::{At, Failed, Repetition, Run};
use crate::document::{self, Entry};
use crate::expression::Variables;

impl<'d> Run<'_, 'd> {
    pub(super) fn time_off(
        &mut self,
        time_off: &'d [document::TimeOff],
        clinic: Clinic,
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        if time_off.is_empty() {
            return Ok(());
        }
        let today = clinic.today()?;
        self.each(time_off, list, variables, |run, entry, repetition| {
            let (user, _) = run.refer::<(User, Rc<str>)>(&entry.practitioner, "practitioner", repetition)?;
            let day = run.key(&entry.day, "day", repetition)?.from(today);
            let mut builder = Member { user, clinic }.time_off(day);
            set!(run, repetition, entry, builder, name);
            if let Some(hours) = run.optional(entry.hours.as_ref(), "hours", repetition)? {
                builder = builder.hours(hours.start..hours.end);
            }
            let common = entry.common();
            if let Some(name) = run.named(common, repetition)? {
                builder = builder.named(name);
            }
            builder.create()?;
            run.bind(common, repetition, &Thing::Other("time off"))
        })
    }

    pub(super) fn appointments(
        &mut self,
        appointments: &'d [document::Appointment],
        clinic: Clinic,
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        if appointments.is_empty() {
            return Ok(());
        }
        let today = clinic.today()?;
        // Entries with a series are made by calls of their own, the others between them together.
        for (first, entries) in runs(appointments) {
            let at = list.from(first);
            if entries.first().is_some_and(|entry| entry.series.is_some()) {
                self.series(entries, clinic, today, &at, variables)?;
            } else {
                self.each_together(entries, &at, variables, |run, entry, repetition| {
                    let builder = run.appointment(entry, clinic, today, repetition)?;
                    Ok((builder, |_: Appointment| Thing::Other("an appointment")))
                })?;
            }
        }
        Ok(())
    }

    fn series(
        &mut self,
        entries: &'d [document::Appointment],
        clinic: Clinic,
        today: Date,
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        self.each(entries, list, variables, |run, entry, repetition| {
            let before = run.evaluator.budget.bytes_taken();
            let builder = run.appointment(entry, clinic, today, repetition)?;
            let each = run.evaluator.budget.bytes_taken() - before;
            let Some(series) = &entry.series else { return Ok(()) };
            let at = repetition.at.key("series");
            let every = run.value(&series.every, &repetition.variables, &at.key("every"))?;
            let count = run.value(&series.count, &repetition.variables, &at.key("count"))?;
            let many = usize::try_from(count).unwrap_or(usize::MAX);
            run.take(many, &at.key("count"))?;
            let taken = run.evaluator.budget.take_bytes(each.saturating_mul(many));
            taken.map_err(|message| Failed::rejected(message).at(&at.key("count")))?;
            builder.repeated(every.0, count).create()?;
            run.bind(entry.common(), repetition, &Thing::Other("an appointment"))
        })
    }

    fn appointment(
        &mut self,
        entry: &'d document::Appointment,
        clinic: Clinic,
        today: Date,
        repetition: &Repetition<'_>,
    ) -> Result<AppointmentBuilder, Failed> {
        let (user, _) = self.refer::<(User, Rc<str>)>(&entry.practitioner, "practitioner", repetition)?;
        let patient = self.refer::<Patient>(&entry.patient, "patient", repetition)?;
        let kind = self.refer::<AppointmentType>(&entry.appointment_type, "appointment_type", repetition)?;
        let starts = self.key(&entry.starts, "starts", repetition)?.from(today).ok_or_else(|| {
            Failed::rejected("the minutes lead out of the day").at(&repetition.at.key("starts"))
        })?;
        let later = self.optional(entry.later.as_ref(), "later", repetition)? == Some(true);
        let starts = if later { starts.later() } else { starts };
        let mut builder = Member { user, clinic }.appointment(patient, kind, starts);
        set!(self, repetition, entry, builder, minutes, notes, clinic_notes);
        set_choices!(self, repetition, entry, builder, status);
        if self.optional(entry.auto_assigned.as_ref(), "auto_assigned", repetition)? == Some(true) {
            builder = builder.auto_assigned();
        }
        if self.optional(entry.allow_overlap.as_ref(), "allow_overlap", repetition)? == Some(true) {
            builder = builder.allow_overlap();
        }
        if let Some(resources) = &entry.resources {
            builder =
                builder.resources(self.refer_all::<ClinicResource>(resources, "resources", repetition)?);
        }
        if let Some(name) = self.named(entry.common(), repetition)? {
            builder = builder.named(name);
        }
        Ok(builder)
    }
}

/// The entries one by one where they are series, else as many as follow one another, each list with where it begins.
fn runs(entries: &[document::Appointment]) -> impl Iterator<Item = (usize, &[document::Appointment])> {
    let chunks = entries.chunk_by(|one, other| one.series.is_some() == other.series.is_some());
    chunks.scan(0, |first, chunk| {
        let begins = *first;
        *first += chunk.len();
        Some((begins, chunk))
    })
}
