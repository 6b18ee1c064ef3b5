//! The handlers, by what they are about.

pub(crate) mod appointments;
pub(crate) mod booking;
pub(crate) mod calendar;
pub(crate) mod clinics;
pub(crate) mod patients;
pub(crate) mod settings;
pub(crate) mod staff;
pub(crate) mod types;
