//! `insula build`: from a package to a plugin that a host takes.

use std::path::Path;

use crate::program::Place;

#[test]
fn what_is_built_runs() {
    let place = Place::new();
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/minimal");
    let built = place.json(&["build", package.to_str().unwrap(), "--out", "plugins"]);
    assert_eq!(built[0]["scenario"], "minimal", "{built:#}");
    let plugin = built[0]["path"].as_str().unwrap();
    assert!(place.path(plugin).exists() && plugin.starts_with("plugins/"), "{plugin}");
}

#[test]
fn what_is_no_package_is_told_so() {
    let place = Place::new();
    let ran = place.run(&["build", "."]);
    assert!(ran.code == Some(2) && ran.stderr.contains("Cargo.toml"), "{ran:?}");
}
