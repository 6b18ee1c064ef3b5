//! The API's table of contents.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, post_with, put_with};
use aide::openapi::{Info, OpenApi, Tag};
use axum::Router;
use axum::extract::FromRef;
use insula_engine::Engine;
use insula_server::ServerConfig;
use insula_server::web::ProblemKind::{self as Kind, *};
use insula_server::web::{body_example, described, says, sent};
use serde_json::json;

use crate::checks::Checks;
use crate::routes::{appointments, calendar, clinics, patients, settings, staff, types};

/// The application, ready to be served beside Insula's own API.
pub fn router(engine: Engine, config: &ServerConfig) -> Router {
    assemble(engine, config, Checks::default())
}

pub(crate) fn assemble(engine: Engine, config: &ServerConfig, checks: Checks) -> Router {
    let (routes, document) = documented();
    routes.route("/api/openapi.json", sent(&document)).with_state(App {
        engine,
        config: Arc::new(config.clone()),
        checks,
    })
}

/// The document that describes the application (OpenAPI 3.1).
pub fn openapi() -> OpenApi {
    documented().1
}

fn documented() -> (Router<App>, OpenApi) {
    let info = Info {
        title: "A clinic".to_owned(),
        summary: Some("An application under test, over the tables that hold the islands.".to_owned()),
        description: Some(
            "Every call is made with a token of an island, sees the one clinic that the token leads to, and is refused \
             with a problem document (RFC 9457). What belongs to another clinic or island is as if it were not there."
                .to_owned(),
        ),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..Info::default()
    };
    let tag = |(name, description): (&str, &str)| Tag {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        ..Tag::default()
    };
    let tags = [
        (SESSION, "Who is asking, and in which clinic."),
        (CLINIC, "What the clinic is and offers, and who works there."),
        (PATIENTS, "Who is treated."),
        (CALENDAR, "What happens when."),
    ];
    let bearer = ("token", "A token of an island, as the answer to seeding carries it.");
    described(info, tags.map(tag).to_vec(), bearer, routes)
}

const SESSION: &str = "session";
const CLINIC: &str = "clinic";
const PATIENTS: &str = "patients";
const CALENDAR: &str = "calendar";

/// What reading and writing may be refused for.
const READING: &[Kind] = &[InvalidQuery, BadToken, RoleMissing, NotFound, Gone, Unavailable];
const WRITING: &[Kind] = &[
    InvalidJson,
    InvalidBody,
    BadToken,
    RoleMissing,
    NotFound,
    SlowBody,
    InUse,
    Gone,
    TooLarge,
    Quota,
    NotJson,
    RuleBroken,
    Busy,
    Unavailable,
];

#[rustfmt::skip] // one route, one line
fn routes() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/api/login", post_with(clinics::login, says("login", SESSION, "Logs in: takes a token of an island, and gives one of the application", READING)))
        .api_route("/api/me", get_with(clinics::me, says("me", SESSION, "Who is asking, and what they may do", READING)))
        .api_route("/api/clinics", get_with(clinics::clinics, says("listClinics", SESSION, "The clinics of the user", READING)))
        .api_route("/api/clinics/{clinic_id}/switch", post_with(clinics::switch, says("switchClinic", SESSION, "A token for another clinic of the user", READING)))
        .api_route("/api/settings", get_with(settings::settings, says("getSettings", CLINIC, "The clinic and its settings", READING))
            .put_with(settings::edit, |op| body_example(says("editSettings", CLINIC, "Edits the clinic", WRITING)(op),
                json!({ "name": "Northside Clinic", "settings": { "reminders": true } }))))
        .api_route("/api/staff", get_with(staff::list, says("listStaff", CLINIC, "The members of the clinic", READING)))
        .api_route("/api/staff/{user_id}", get_with(staff::one, says("getStaff", CLINIC, "A member of the clinic", READING))
            .put_with(staff::edit, |op| body_example(says("editStaff", CLINIC, "Edits a member of the clinic", WRITING)(op),
                json!({ "full_name": "Dr. Anna Weber", "roles": ["practitioner"], "is_active": true }))))
        .api_route("/api/appointment-types", get_with(types::list, says("listAppointmentTypes", CLINIC, "What can be booked", READING))
            .post_with(types::create, |op| body_example(says("createAppointmentType", CLINIC, "Adds something that can be booked", WRITING)(op),
                json!({ "name": "Consultation", "duration_minutes": 30 }))))
        .api_route("/api/appointment-types/{appointment_type_id}", put_with(types::edit, says("editAppointmentType", CLINIC, "Edits something that can be booked", WRITING)))
        .api_route("/api/appointment-types/{appointment_type_id}/practitioners", get_with(types::practitioners, says("listOfferings", CLINIC, "Who offers it", READING))
            .put_with(types::offer, says("setOfferings", CLINIC, "Says who offers it", WRITING)))
        .api_route("/api/patients", get_with(patients::list, says("listPatients", PATIENTS, "The patients, by name; or those in whose name, phone or email a text is", READING))
            .post_with(patients::create, |op| body_example(says("createPatient", PATIENTS, "Adds a patient", WRITING)(op),
                json!({ "full_name": "Anna Schmidt", "phone": "+49 30 1234" }))))
        .api_route("/api/patients/{patient_id}", get_with(patients::one, says("getPatient", PATIENTS, "A patient", READING))
            .put_with(patients::edit, says("editPatient", PATIENTS, "Edits a patient", WRITING)))
        .api_route("/api/appointments", get_with(appointments::list, says("listAppointments", CALENDAR, "The appointments of a day, a practitioner or a patient", READING))
            .post_with(appointments::create, says("createAppointment", CALENDAR, "Books an appointment", WRITING)))
        .api_route("/api/appointments/{appointment_id}", get_with(appointments::one, says("getAppointment", CALENDAR, "An appointment", READING))
            .put_with(appointments::edit, says("editAppointment", CALENDAR, "Edits an appointment", WRITING))
            .delete_with(appointments::delete, says("deleteAppointment", CALENDAR, "Deletes an appointment, as if it had never been", WRITING)))
        .api_route("/api/appointments/{appointment_id}/reschedule", post_with(appointments::reschedule, |op| body_example(
            says("rescheduleAppointment", CALENDAR, "Moves an appointment", WRITING)(op), json!({ "date": "2026-01-05", "start_time": "09:30" }))))
        .api_route("/api/appointments/{appointment_id}/cancel", post_with(appointments::cancel, |op| body_example(
            says("cancelAppointment", CALENDAR, "Cancels an appointment", WRITING)(op), json!({ "by": "patient" }))))
        .api_route("/api/appointments/{appointment_id}/close", post_with(appointments::close, |op| body_example(
            says("closeAppointment", CALENDAR, "Says what became of an appointment", WRITING)(op), json!({ "outcome": "completed" }))))
        .api_route("/api/calendar", get_with(calendar::calendar, says("getCalendar", CALENDAR, "All that stands in the calendar from one day to another", READING)))
        .api_route("/api/time-off", post_with(calendar::take_off, says("createTimeOff", CALENDAR, "Enters time off", WRITING)))
        .api_route("/api/time-off/{calendar_event_id}", delete_with(calendar::work, says("deleteTimeOff", CALENDAR, "Takes time off back", WRITING)))
}

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App {
    engine: Engine,
    config: Arc<ServerConfig>,
    pub(crate) checks: Checks,
}

impl FromRef<App> for Engine {
    fn from_ref(app: &App) -> Self {
        app.engine.clone()
    }
}
impl FromRef<App> for Arc<ServerConfig> {
    fn from_ref(app: &App) -> Self {
        Arc::clone(&app.config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_a_contract() {
        insta::assert_json_snapshot!("openapi", openapi());
    }
}
