//! `verify`: what is promised, tried.

use crate::suite::{Suite, both};

both!(isolation_is_tried_and_told_to_people_and_programs);

fn isolation_is_tried_and_told_to_people_and_programs(suite: &Suite) {
    let args = ["verify", "isolation", "--scenario", "minimal", "--junit", "proof.xml"];
    let ran = suite.run(&args);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("minimal") && ran.stdout.contains("holds"), "{ran:?}");
    let xml = std::fs::read_to_string(suite.place.path("proof.xml")).unwrap();
    assert!(xml.contains(r#"<testsuite name="minimal""#) && xml.contains(r#"failures="0""#), "{xml}");
    let proof = suite.json(&args);
    assert_eq!(proof["holds"], true);
    assert!(proof["checks"].as_array().unwrap().iter().any(|check| check["name"] == "getPatient"));
    assert!(suite.islands().is_empty(), "nothing is left behind");
    assert_eq!(suite.run(&["verify", "isolation", "--scenario", "nothing"]).code, Some(3));
}
