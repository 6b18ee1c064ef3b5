//! What happened, as commands tell it afterwards and as the log tells it meanwhile; on both databases.

use serde_json::json;

use crate::program::{Place, ran};
use crate::suite::{Suite, both, id};

both!(a_commit_that_fails_is_told_as_that, who_wants_to_see_everything_sees_what_happens);

fn a_commit_that_fails_is_told_as_that(suite: &Suite) {
    suite.seed();
    suite.forbid("INSERT ON patients");
    let refused = suite.run(&["seed", "standard"]);
    assert!(refused.stderr.contains("kept by law"), "{refused:?}");
    let events = suite.json(&["events"]);
    let last = events["events"].as_array().unwrap().last().unwrap();
    let details = &last["details"];
    assert_eq!((&last["kind"], &details["failed"]), (&json!("refused"), &json!("committed")), "{last}");
    assert_eq!(details["rolled_back"], "nothing was written");
    let steps: Vec<_> = details["micros"].as_object().unwrap().keys().collect();
    assert_eq!(steps, ["received", "validated", "sandboxed", "drafted", "committed"]);
    assert_eq!(suite.islands().len(), 1);
}

fn who_wants_to_see_everything_sees_what_happens(suite: &Suite) {
    let quiet = suite.run(&["seed", "minimal", "--ttl", "keep"]);
    assert_eq!(quiet.stderr, "", "nobody asked for more");
    let debug = |args: &[&str]| ran(suite.command(args).env("E2E_DEBUG", "true"));
    let seeded = debug(&["seed", "minimal", "--ttl", "keep", "--json"]);
    let island = id(&seeded.json());
    let log = |said: &str, words: &[&str]| {
        let found = said.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{words:?} in\n{said}");
    };
    log(&seeded.stderr, &["seeded", &island, "sandboxed"]);
    log(&seeded.stderr, &["answered", &island, "tokens_issued"]);
    let ended = debug(&["end", &island]).stderr;
    log(&ended, &["ended", &island]);
    assert!(!ended.contains("seeded"), "that was before: {ended}");
    log(&debug(&["seed", "none"]).stderr, &["refused", "unknown_scenario"]);
    log(&debug(&["backup", "--name", "mine"]).stderr, &["backed_up", "mine"]);
    log(&debug(&["reset"]).stderr, &["reset"]);
}

/// Who listens is told of no event while another one may still come before it; who goes away cannot wait for that.
#[test]
fn a_transaction_that_stays_open_hides_nothing_from_who_wants_to_see_everything() {
    let database = insula_test_postgres::Database::fresh();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let open = runtime.block_on(async {
        let mut open = <sqlx::PgConnection as sqlx::Connection>::connect(&database.url()).await.unwrap();
        sqlx::raw_sql("BEGIN; SELECT pg_current_xact_id()").execute(&mut open).await.unwrap();
        open
    });
    who_wants_to_see_everything_sees_what_happens(&Suite { place: Place::new(), database: Some(database) });
    drop(open);
}
