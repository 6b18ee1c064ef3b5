//! Clinics, and names for what is in them.

use insula::Clinic;

use super::names::{Thing, Wanted};
use super::{At, Failed, Repetition, Run};
use crate::document::{self, Common};
use crate::expression::Variables;
use crate::field::{Field, Reference};

/// Calls a builder's setter for each key that is given.
macro_rules! set {
    ($run:ident, $repetition:ident, $entry:ident, $builder:ident, $($key:ident),+ $(,)?) => {
        $(if let Some(field) = &$entry.$key {
            let at = $repetition.at.key(stringify!($key));
            $builder = $builder.$key($run.value(field, &$repetition.variables, &at)?);
        })+
    };
}
/// The same for words that the SDK has as well.
macro_rules! set_choices {
    ($run:ident, $repetition:ident, $entry:ident, $builder:ident, $($key:ident),+ $(,)?) => {
        $(if let Some(field) = &$entry.$key {
            let at = $repetition.at.key(stringify!($key));
            $builder = $builder.$key($run.value(field, &$repetition.variables, &at)?.into());
        })+
    };
}
/// The same for objects.
macro_rules! set_objects {
    ($run:ident, $repetition:ident, $entry:ident, $builder:ident, $($key:ident),+ $(,)?) => {
        $(if let Some(object) = &$entry.$key {
            let at = $repetition.at.key(stringify!($key));
            $builder = $builder.$key($run.object(object, &$repetition.variables, &at)?);
        })+
    };
}
pub(super) use {set, set_choices, set_objects};

impl<'d> Run<'_, 'd> {
    pub(super) fn clinics(
        &mut self,
        clinics: &'d [document::Clinic],
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        self.each(clinics, list, variables, |run, entry, repetition| {
            let common = document::Entry::common(entry);
            let clinic = match entry.existing {
                true => run.existing_clinic(entry, repetition)?,
                false => run.new_clinic(entry, repetition)?,
            };
            run.names.enter_clinic();
            run.bind(common, repetition, &Thing::Other("a clinic"))?;
            run.evaluator.set_today(clinic.today()?);
            run.contents(entry, clinic, repetition)
        })
    }

    fn new_clinic(
        &mut self,
        entry: &'d document::Clinic,
        repetition: &Repetition<'_>,
    ) -> Result<Clinic, Failed> {
        let name: String = self.key(&entry.name, "name", repetition)?;
        let mut builder = self.island.clinic(name);
        set!(self, repetition, entry, builder, time_zone, locale, address, phone, is_active);
        set_choices!(self, repetition, entry, builder, subscription);
        set_objects!(self, repetition, entry, builder, settings);
        if let Some(name) = self.named(document::Entry::common(entry), repetition)? {
            builder = builder.named(name);
        }
        Ok(builder.create()?)
    }

    /// A clinic that was there before.
    fn existing_clinic(
        &mut self,
        entry: &'d document::Clinic,
        repetition: &Repetition<'_>,
    ) -> Result<Clinic, Failed> {
        let given = [
            ("time_zone", entry.time_zone.is_some()),
            ("locale", entry.locale.is_some()),
            ("address", entry.address.is_some()),
            ("phone", entry.phone.is_some()),
            ("settings", entry.settings.is_some()),
            ("subscription", entry.subscription.is_some()),
            ("is_active", entry.is_active.is_some()),
            ("named", entry.named.is_some()),
        ];
        if let Some((key, _)) = given.into_iter().find(|(_, given)| *given) {
            let message = format!("`{key}` is for a new clinic, and this one is there already: leave it out");
            return Err(Failed::rejected(message).at(&repetition.at.key(key)));
        }
        let name: String = self.key(&entry.name, "name", repetition)?;
        let found = self.island.existing().clinic_called(&name);
        found.map_err(|error| Failed::rejected(error.to_string()).at(&repetition.at.key("name")))
    }

    fn contents(
        &mut self,
        entry: &'d document::Clinic,
        clinic: Clinic,
        repetition: &Repetition<'_>,
    ) -> Result<(), Failed> {
        let Repetition { at, variables, .. } = repetition;
        self.patients_made = 0;
        self.members(&entry.members, clinic, &at.key("members"), variables)?;
        self.resource_types(&entry.resource_types, clinic, &at.key("resource_types"), variables)?;
        self.groups(&entry.service_type_groups, clinic, &at.key("service_type_groups"), variables)?;
        self.appointment_types(&entry.appointment_types, clinic, &at.key("appointment_types"), variables)?;
        self.billing(&entry.billing, clinic, &at.key("billing"), variables)?;
        self.patients(&entry.patients, clinic, &at.key("patients"), variables)?;
        self.time_off(&entry.time_off, clinic, &at.key("time_off"), variables)?;
        self.appointments(&entry.appointments, clinic, &at.key("appointments"), variables)
    }

    /// The value of one of an entry's keys.
    pub(super) fn key<T: Clone + serde::de::DeserializeOwned>(
        &self,
        field: &'d Field<T>,
        key: &str,
        repetition: &Repetition<'_>,
    ) -> Result<T, Failed> {
        self.value(field, &repetition.variables, &repetition.at.key(key))
    }

    /// The value of a key, where it is given.
    pub(super) fn optional<T: Clone + serde::de::DeserializeOwned>(
        &self,
        field: Option<&'d Field<T>>,
        key: &str,
        repetition: &Repetition<'_>,
    ) -> Result<Option<T>, Failed> {
        field.map(|field| self.key(field, key, repetition)).transpose()
    }

    /// The thing to which a key refers.
    pub(super) fn refer<T: Wanted>(
        &self,
        field: &'d Field<Reference>,
        key: &str,
        repetition: &Repetition<'_>,
    ) -> Result<T, Failed> {
        let Reference(name) = self.key(field, key, repetition)?;
        self.names.one(&name).map_err(|message| Failed::rejected(message).at(&repetition.at.key(key)))
    }

    /// The things to which a list of names refers.
    pub(super) fn refer_all<T: Wanted>(
        &self,
        fields: &'d [Field<Reference>],
        key: &str,
        repetition: &Repetition<'_>,
    ) -> Result<Vec<T>, Failed> {
        let list = repetition.at.key(key);
        let mut things = Vec::new();
        for (index, field) in fields.iter().enumerate() {
            let at = list.index(index);
            let Reference(name) = self.value(field, &repetition.variables, &at)?;
            let found = self.names.many(&name).map_err(|message| Failed::rejected(message).at(&at))?;
            self.take(found.len(), &at)?;
            things.extend(found);
        }
        Ok(things)
    }

    /// Remembers what the document calls a thing, which is with the answer's names as well.
    pub(super) fn bind(
        &mut self,
        common: Common<'d>,
        repetition: &Repetition<'_>,
        thing: &Thing,
    ) -> Result<(), Failed> {
        let mut bound = None;
        for (field, key) in [(common.known_as, "as"), (common.named, "named")] {
            if let Some(field) = field {
                let name: String = self.key(field, key, repetition)?;
                // Who gives both the same name means one thing.
                if bound.replace(name.clone()).as_ref() == Some(&name) {
                    continue;
                }
                // One that is computed is whole; the number comes to one that is the same for all.
                let number = repetition.number.filter(|_| matches!(field, Field::Fixed(..)));
                self.names.bind(&name, number, thing);
            }
        }
        Ok(())
    }
}
