//! What `#[insula::scenario]` and `#[insula::params]` make of a function and its params.

use insula::prelude::*;
use insula::{Scenario as _, json};

/// How urgent it is.
#[insula::params]
#[derive(PartialEq)]
enum Urgency {
    Routine,
    RightAway,
}

#[insula::params]
struct Visit {
    /// How many minutes the visit takes.
    #[param(default = 30, range(min = 5, max = 240))]
    minutes: u32,
    /// Who comes.
    #[param(default = "Ada Lovelace", length(min = 1))]
    patient: String,
    #[param(default = Urgency::Routine)]
    urgency: Urgency,
    /// What the patient said.
    note: Option<String>,
}

/// A visit.
///
/// The rest is the description,
/// in two lines.
#[insula::scenario(
    name = "visit",
    version = "1.2.3",
    aliases = ["Visit"],
    examples = ["As usual" => {}, "Urgent" => { "minutes": 5, "urgency": "right_away", "note": null }]
)]
fn build(island: &mut Island, visit: Visit) -> Result<impl Serialize> {
    island.clinic(visit.patient).create()?;
    let urgent = visit.urgency == Urgency::RightAway;
    Ok(json!({ "minutes": visit.minutes, "urgent": urgent, "note": visit.note }))
}

mod without_params {
    use insula::prelude::*;

    /// Nothing at all.
    #[insula::scenario(name = "nothing")]
    pub(super) fn build(_island: &mut Island) -> Result<()> {
        Ok(())
    }
}

mod with_a_required_param {
    use insula::prelude::*;

    #[insula::params]
    pub(super) struct Needs {
        count: u32,
    }

    /// It needs something.
    #[insula::scenario(name = "needs")]
    pub(super) fn build(_island: &mut Island, needs: Needs) -> Result<u32> {
        Ok(needs.count)
    }
}

mod that_extends {
    use insula::prelude::*;

    #[insula::params]
    pub(super) struct More {
        #[param(default = 3)]
        rooms: u32,
    }

    /// How many there are.
    #[insula::outputs]
    pub(super) struct Rooms {
        /// All of them.
        rooms: u32,
    }

    /// More rooms.
    #[insula::scenario(
        name = "more_rooms", extends = "standard@^1", with = |more| json!({ "half": more.rooms / 2 })
    )]
    pub(super) fn build(_island: &mut Island, more: More) -> Result<Rooms> {
        Ok(Rooms { rooms: more.rooms })
    }
}

#[test]
fn what_it_extends_and_what_it_returns_stand_in_the_manifest() -> Result<()> {
    let manifest = that_extends::Scenario::manifest();
    let base = manifest.extends.unwrap_or_else(|| unreachable!("it extends another"));
    assert_eq!((base.scenario.as_str(), base.version.as_deref()), ("standard", Some("^1")));
    assert_eq!(that_extends::Scenario::base_params(r#"{"rooms":8}"#)?, r#"{"half":4}"#);
    let schema: serde_json::Value = serde_json::from_str(&manifest.outputs_schema.unwrap_or_default())?;
    assert_eq!(schema["properties"]["rooms"]["description"], "All of them.");
    assert_eq!(schema["required"], json!(["rooms"]));
    Ok(())
}

#[test]
fn outputs_that_may_be_anything_have_no_schema_and_none_have_an_empty_one() {
    assert_eq!(Scenario::manifest().outputs_schema, None);
    let none = without_params::Scenario::manifest();
    assert_eq!((none.outputs_schema.as_deref(), none.extends), (Some(none.params_schema.as_str()), None));
}

#[test]
fn the_manifest_says_what_the_code_says() {
    let manifest = Scenario::manifest();
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("visit", "1.2.3"));
    assert_eq!(manifest.aliases, ["Visit"]);
    assert_eq!(manifest.title, "A visit");
    assert_eq!(manifest.description, "The rest is the description,\nin two lines.");
    let examples: Vec<_> =
        manifest.examples.iter().map(|it| (it.title.as_str(), it.params.as_str())).collect();
    let urgent = r#"{"minutes":5,"urgency":"right_away","note":null}"#;
    assert_eq!(examples, [("As usual", "{}"), ("Urgent", urgent)]);
}

#[test]
fn the_params_schema_comes_from_the_type() -> serde_json::Result<()> {
    let schema: serde_json::Value = serde_json::from_str(&Scenario::manifest().params_schema)?;
    insta::assert_json_snapshot!(schema);
    Ok(())
}

#[test]
fn params_are_read_with_their_defaults() -> Result<()> {
    assert_eq!(Scenario::run("{}")?, r#"{"minutes":30,"urgent":false,"note":null}"#);
    let urgent = Scenario::run(r#"{"urgency":"right_away","minutes":5}"#)?;
    assert_eq!(urgent, r#"{"minutes":5,"urgent":true,"note":null}"#);
    Ok(())
}

#[test]
fn unknown_params_are_refused() {
    let refused = Scenario::run(r#"{"minuets":5}"#);
    let Err(Error::Rejected(rejection)) = refused else { unreachable!("{refused:?}") };
    assert!(rejection.message.contains("minuets"), "{}", rejection.message);
}

#[test]
fn a_scenario_without_params_takes_an_empty_object() -> Result<()> {
    let manifest = without_params::Scenario::manifest();
    assert!(manifest.params_schema.contains(r#""additionalProperties":false"#));
    assert_eq!(manifest.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest.examples.len(), 1);
    assert_eq!(without_params::Scenario::run("{}")?, "{}");
    Ok(())
}

#[test]
fn an_example_is_not_made_up_where_a_param_is_required() {
    assert!(with_a_required_param::Scenario::manifest().examples.is_empty());
}

mod with_integers {
    #[insula::params]
    pub(super) struct Integers {
        plain: u32,
        signed: Option<i64>,
        many: Vec<i32>,
        #[param(range(min = 1, max = 9))]
        bounded: u64,
    }
}

#[test]
fn what_is_beyond_an_integers_type_does_not_fit_the_schema() -> serde_json::Result<()> {
    let schema = insula::__private::schema_of::<with_integers::Integers>();
    let schema: serde_json::Value = serde_json::from_str(&schema)?;
    let properties = &schema["properties"];
    let bounds = |of: &serde_json::Value| (of["minimum"].clone(), of["maximum"].clone());
    assert_eq!(bounds(&properties["plain"]), (0.into(), u32::MAX.into()));
    assert_eq!(bounds(&properties["signed"]), (i64::MIN.into(), i64::MAX.into()));
    assert_eq!(bounds(&properties["many"]["items"]), (i32::MIN.into(), i32::MAX.into()));
    assert_eq!(bounds(&properties["bounded"]), (1.into(), 9.into()));
    Ok(())
}
