//! Users, members and patients.

use std::rc::Rc;

use insula::{Clinic, Member, User};

use super::clinic::{set, set_choices, set_objects};
use super::names::Thing;
use super::{At, Failed, Run};
use crate::choice::Role;
use crate::document::{self, Entry};
use crate::expression::Variables;

impl<'d> Run<'_, 'd> {
    pub(super) fn users(
        &mut self,
        users: &'d [document::User],
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        self.each(users, list, variables, |run, entry, repetition| {
            let mut builder = run.island.user();
            set!(run, repetition, entry, builder, email, subject);
            let common = entry.common();
            if let Some(name) = run.named(common, repetition)? {
                builder = builder.named(name);
            }
            let user = builder.create()?;
            run.users_made += 1;
            let key = format!("user/{}", run.users_made);
            run.bind(common, repetition, &Thing::User(user, key.into()))
        })
    }

    pub(super) fn members(
        &mut self,
        members: &'d [document::Member],
        clinic: Clinic,
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        self.each(members, list, variables, |run, entry, repetition| {
            let role = run.key(&entry.role, "role", repetition)?;
            let user = match &entry.user {
                Some(user) => Some(run.refer::<(User, Rc<str>)>(user, "user", repetition)?),
                None => None,
            };
            let key: Rc<str> = match (&entry.key, &user) {
                (Some(key), _) => run.key(key, "key", repetition)?.into(),
                (None, Some((_, key))) => Rc::clone(key),
                (None, None) => run.next_key(role, repetition.number),
            };
            let mut builder = clinic.member(&*key, role.into());
            if let Some((user, _)) = user {
                builder = builder.user(user);
            }
            for (index, also) in entry.also.iter().enumerate() {
                let at = repetition.at.key("also");
                builder = builder.also(run.value(also, &repetition.variables, &at.index(index))?.into());
            }
            set!(run, repetition, entry, builder, full_name, title, email, subject, is_active);
            set_objects!(run, repetition, entry, builder, settings);
            for (index, works) in entry.works.iter().enumerate() {
                let list = repetition.at.key("works");
                let at = list.index(index);
                let days = run.value(&works.days, &repetition.variables, &at.key("days"))?;
                let hours = run.value(&works.hours, &repetition.variables, &at.key("hours"))?;
                builder = builder.works(days.0.into_iter().map(Into::into), hours.start..hours.end);
            }
            let common = entry.common();
            if let Some(name) = run.named(common, repetition)? {
                builder = builder.named(name);
            }
            let Member { user, .. } = builder.create()?;
            run.bind(common, repetition, &Thing::User(user, key))
        })
    }

    /// The key of a member that gives none: the role, with a number from the second on.
    fn next_key(&mut self, role: Role, repetition: Option<u32>) -> Rc<str> {
        let made = &mut self.members_made[role as usize];
        *made += 1;
        numbered(role.word(), *made, repetition)
    }

    pub(super) fn patients(
        &mut self,
        patients: &'d [document::Patient],
        clinic: Clinic,
        list: &At<'_>,
        variables: &Variables,
    ) -> Result<(), Failed> {
        self.each_together(patients, list, variables, |run, entry, repetition| {
            run.patients_made += 1;
            let key = match &entry.key {
                Some(key) => run.key(key, "key", repetition)?,
                None => numbered("patient", run.patients_made, repetition.number).to_string(),
            };
            let mut builder = clinic.patient().key(key);
            set!(run, repetition, entry, builder, full_name, phone, email, notes);
            set_choices!(run, repetition, entry, builder, gender, created_by);
            if let Some(birthday) = run.optional(entry.birthday.as_ref(), "birthday", repetition)? {
                builder = builder.birthday(birthday.from(clinic.today()?));
            }
            for (user, _) in
                run.refer_all::<(User, Rc<str>)>(&entry.assigned_to, "assigned_to", repetition)?
            {
                builder = builder.assigned_to(Member { user, clinic });
            }
            if let Some(name) = run.named(entry.common(), repetition)? {
                builder = builder.named(name);
            }
            Ok((builder, Thing::Patient))
        })
    }
}

/// The first that is made once is known by its kind alone.
fn numbered(kind: &str, made: u32, repetition: Option<u32>) -> Rc<str> {
    match (made, repetition) {
        (1, None) => kind.into(),
        _ => format!("{kind}/{made}").into(),
    }
}
