//! A role counts where something is written, not only at the door.

use insula_test_http::{Reply, TestHost};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::user::{User, id, seeded};

/// A clinic with two admins, and where each is edited.
struct Clinic {
    island: Value,
    admins: [User; 2],
    paths: [String; 2],
}

impl Clinic {
    async fn new(host: &TestHost) -> Self {
        let (island, first) = seeded(host, "standard").await;
        let second = User::of(host, &island["tokens"][1]);
        let paths = [0, 1].map(|number| format!("/staff/{}", id(&island["users"][number]["id"])));
        let clinic = Self { island, admins: [first, second], paths };
        clinic.make(0, 1, ADMIN, true).await;
        clinic
    }

    /// One of the two makes the other something.
    async fn make(&self, who: usize, whom: usize, roles: &[&str], is_active: bool) -> Reply {
        let body = json!({ "full_name": "Dr. B", "roles": roles, "is_active": is_active });
        self.admins[who].call(Method::PUT, &self.paths[whom], Some(body)).await
    }
}

const ADMIN: &[&str] = &["admin", "practitioner"];

fn told(reply: &Reply) -> (u16, String) {
    (reply.status, reply.problem()["type"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn of_two_admins_who_take_the_role_from_each_other_one_stays() {
    let host = TestHost::start().await;
    let clinic = Clinic::new(&host).await;
    for round in 0..10 {
        let is_active = round % 2 == 0;
        let (first, second) = tokio::join!(
            clinic.make(0, 1, &["practitioner"], is_active),
            clinic.make(1, 0, &["practitioner"], is_active)
        );
        let (stays, refused) = if first.status == 200 { (0, second) } else { (1, first) };
        let why = if is_active { (403, "/problems/role-missing") } else { (401, "/problems/bad-token") };
        assert_eq!(told(&refused), (why.0, why.1.to_owned()), "{}", refused.text);
        assert_eq!(clinic.make(stays, 1 - stays, ADMIN, true).await.status, 200, "one admin is left");
    }
}

#[tokio::test]
async fn what_somebody_sends_who_is_no_admin_any_more_is_not_written() {
    let host = TestHost::start().await;
    let clinic = Clinic::new(&host).await;
    let token = clinic.island["tokens"][1]["access_token"].as_str().unwrap();
    let (body, address) = (r#"{"name":"Overtaken"}"#, host.address());
    let mut late = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PUT /api/settings HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    late.write_all(head.as_bytes()).await.unwrap();
    // The body is asked for after the door.
    let mut go_on = [0; 25];
    late.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n", "it was let in");
    assert_eq!(clinic.make(0, 1, &["practitioner"], true).await.status, 200);
    late.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    late.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("/problems/role-missing"), "{answer}");
    assert_ne!(clinic.admins[0].get("/settings").await["name"], "Overtaken");
}
