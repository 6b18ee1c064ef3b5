//! A server and its databases.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use insula_test_postgres::{Database, Server};

#[test]
fn each_database_is_its_own() {
    let (one, other) = (Database::fresh(), Database::fresh());
    one.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (7)");
    assert_eq!(one.sql("SELECT a FROM t"), "7");
    assert!(other.try_sql("SELECT a FROM t").unwrap_err().contains("does not exist"));
}

#[test]
fn a_server_is_stopped_and_started_and_leaves_nothing_behind() {
    let server = Server::start();
    let directory = server.socket().to_owned();
    server.sql("postgres", "CREATE TABLE t (a int)");
    server.stop();
    assert!(server.try_sql("postgres", "SELECT 1").is_err());
    server.start_again();
    server.kill();
    server.start_again();
    server.sql("postgres", "INSERT INTO t VALUES (1)");
    drop(server);
    assert!(!directory.exists());
}
