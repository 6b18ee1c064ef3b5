//! Who may do what: one table.

use insula_domain::{Role, Roles};

/// Something that a request does.
pub(crate) trait Permit: Send + Sync + 'static {
    /// What it is.
    const ACTION: Action;
}

macro_rules! permissions {
    ($($(#[doc = $doc:literal])* $action:ident $word:literal: $($role:ident)*;)*) => {
        /// What there is to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[doc = $doc])* $action),* }

        impl Action {
            /// The word for it.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$action => $word),* }
            }
        }

        /// Each action, with the roles of which one is enough.
        pub const PERMISSIONS: &[(Action, &[Role])] = &[$((Action::$action, &[$(Role::$role),*])),*];

        /// The actions, as types.
        pub(crate) mod to {
            $($(#[doc = $doc])*
            pub(crate) struct $action;
            impl super::Permit for $action {
                const ACTION: super::Action = super::Action::$action;
            })*
        }
    };
}

permissions! {
    /// Log in, see oneself and one's clinics, switch between them.
    Enter            "enter":             Admin Practitioner Receptionist ReadOnly;
    /// See the clinic: its settings, staff and appointment types.
    SeeClinic        "see_clinic":        Admin Practitioner Receptionist ReadOnly;
    /// See the patients.
    SeePatients      "see_patients":      Admin Practitioner Receptionist ReadOnly;
    /// See the calendar and the appointments.
    SeeCalendar      "see_calendar":      Admin Practitioner Receptionist ReadOnly;
    /// Add and edit patients.
    EditPatients     "edit_patients":     Admin Practitioner Receptionist;
    /// Book, move, close and cancel appointments; enter time off.
    EditCalendar     "edit_calendar":     Admin Practitioner Receptionist;
    /// Delete appointments, as if they had never been.
    DeleteBookings   "delete_bookings":   Admin              Receptionist;
    /// Edit members of the clinic and their roles.
    EditStaff        "edit_staff":        Admin;
    /// Edit appointment types and who offers them.
    EditTypes        "edit_types":        Admin;
    /// Edit the clinic's settings.
    EditSettings     "edit_settings":     Admin;
}

/// The roles of which one is enough.
pub(crate) fn roles_for(action: Action) -> &'static [Role] {
    PERMISSIONS.iter().find(|(of, _)| *of == action).map_or(&[], |(_, roles)| roles)
}

/// Whether somebody with these roles may do something.
pub(crate) fn may(roles: &Roles, action: Action) -> bool {
    roles_for(action).iter().any(|role| roles.has(*role))
}

/// All that somebody with these roles may do.
pub(crate) fn all_of(roles: &Roles) -> Vec<&'static str> {
    PERMISSIONS.iter().filter(|(action, _)| may(roles, *action)).map(|(action, _)| action.word()).collect()
}

#[cfg(test)]
mod tests {
    use insula_domain::Choice;

    use super::*;

    #[test]
    fn the_table_whole() {
        let mut table = String::new();
        for role in Role::ALL {
            let actions = all_of(&[*role].into_iter().collect());
            table += &format!("{}: {}\n", role.word(), actions.join(", "));
        }
        insta::assert_snapshot!(table, @r"
        admin: enter, see_clinic, see_patients, see_calendar, edit_patients, edit_calendar, delete_bookings, edit_staff, edit_types, edit_settings
        practitioner: enter, see_clinic, see_patients, see_calendar, edit_patients, edit_calendar
        receptionist: enter, see_clinic, see_patients, see_calendar, edit_patients, edit_calendar, delete_bookings
        read_only: enter, see_clinic, see_patients, see_calendar
        ");
    }

    #[test]
    fn one_of_several_roles_is_enough_and_none_is_not() {
        let both: Roles = [Role::ReadOnly, Role::Receptionist].into_iter().collect();
        assert!(may(&both, Action::DeleteBookings) && !may(&both, Action::EditStaff));
        assert!(all_of(&Roles::default()).is_empty());
    }
}
