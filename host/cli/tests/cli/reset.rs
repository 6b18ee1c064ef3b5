//! Who may empty a database while others use it; on both databases.

use serde_json::json;

use crate::suite::{Suite, both};

both!(a_reset_asks_the_host_that_uses_the_database);

fn a_reset_asks_the_host_that_uses_the_database(suite: &Suite) {
    suite.seed();
    let up = suite.up(&[]);
    let before = suite.islands();
    let refused = suite.run(&["reset", "--json"]).problem(1);
    assert_eq!(refused["type"], "/problems/database-in-use", "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("--server"), "{refused}");
    assert_eq!(suite.islands(), before);

    // A host empties it, whoever else is up.
    let other = suite.up(&[]);
    suite.place.json(&["reset", "--server", up.url()]);
    assert!(suite.islands().is_empty());
    assert_eq!(other.post("/api/test/seed", json!({ "scenario": "minimal" })).0, 201);
    assert_eq!(up.post("/api/test/reset", json!({})).0, 200);

    suite.seed();
    suite.json(&["reset", "--force"]);
    assert!(suite.islands().is_empty());
    drop((up, other));
    suite.seed();
    suite.json(&["reset"]);
    assert!(suite.islands().is_empty());
}
