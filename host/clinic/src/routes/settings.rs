//! The clinic itself.

use insula_domain::{AnyHandle, Clinic, Kind, NewClinic, Object};
use insula_engine::{Changes, Find};
use insula_server::web::{Done, JsonBody, Problem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::change::Refused;
use crate::permissions::to;
use crate::session::May;
use crate::shown::One;

/// A clinic as it is to be. What is left out is emptied, or keeps its value where it cannot be empty.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditClinic {
    /// What it is called.
    name: String,
    /// The language, as a BCP 47 tag.
    #[serde(default)]
    locale: Option<String>,
    /// The postal address, in one text.
    #[serde(default)]
    address: Option<String>,
    /// The phone number.
    #[serde(default)]
    phone: Option<String>,
    /// The application's settings.
    #[serde(default)]
    settings: Option<Map<String, Value>>,
}

pub(crate) async fn settings(may: May<to::SeeClinic>) -> Result<Done<One<Clinic>>, Problem> {
    let part = may.session.part(&[Find::one(Kind::Clinic, may.session.clinic)]).await?;
    Ok(Done::from(One::last(part.island)))
}

pub(crate) async fn edit(
    may: May<to::EditSettings>,
    JsonBody(body): JsonBody<EditClinic>,
) -> Result<Done<One<Clinic>>, Problem> {
    let (clinic, drafts) = (may.session.clinic, may.session.engine.drafts());
    let edited = may.session.edit(vec![Find::one(Kind::Clinic, clinic)], move |mut part| {
        let old: Clinic = part.take(clinic).ok_or(Refused::Missing(Kind::Clinic))?;
        let body = body.clone();
        let mut draft = drafts.onto(part.island)?;
        let new = NewClinic {
            name: body.name,
            // Another zone would move every appointment.
            time_zone: Some(old.time_zone),
            locale: Some(body.locale.unwrap_or(old.locale)),
            address: body.address,
            phone: body.phone,
            settings: Some(body.settings.map_or(old.settings, Object)),
            subscription_status: Some(old.subscription_status),
            is_active: Some(old.is_active),
        };
        let made = AnyHandle::from(draft.create_clinic(new)?);
        Ok(Changes { replaced: vec![(made, clinic)], ..Changes::of(draft) })
    });
    Ok(Done::from(One::last(edited.await?)))
}
