//! `verify`: what is promised, tried.

use crate::program::Place;

#[test]
fn isolation_is_tried_and_told_to_people_and_programs() {
    let place = Place::new();
    let args = ["verify", "isolation", "--scenario", "minimal", "--junit", "proof.xml"];
    let ran = place.run(&args);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("minimal") && ran.stdout.contains("holds"), "{ran:?}");
    let xml = std::fs::read_to_string(place.path("proof.xml")).unwrap();
    assert!(xml.contains(r#"<testsuite name="minimal""#) && xml.contains(r#"failures="0""#), "{xml}");
    let proof = place.json(&args);
    assert_eq!(proof["holds"], true);
    assert!(proof["checks"].as_array().unwrap().iter().any(|check| check["name"] == "getPatient"));
    assert!(place.islands().is_empty(), "nothing is left behind");
    assert_eq!(place.run(&["verify", "isolation", "--scenario", "nothing"]).code, Some(3));
}
