//! How islands end: by themselves, by filter, many at once, and what proves it.

use std::time::Duration;

use futures::future::join_all;
use insula_store::{LeaseRequest, Store, StoreConfig};
use insula_test_http::{Place, TestHost, eventually};
use serde_json::{Value, json};

#[tokio::test]
async fn an_island_whose_time_is_over_is_removed_and_a_kept_one_is_not() {
    let host = TestHost::start().await;
    let client = host.client();
    // The reaper sleeps until something expires; this is earlier than what it knows of.
    let long = client.seed(json!({ "scenario": "minimal", "ttl": "1h" })).await;
    let kept = client.seed(json!({ "scenario": "minimal", "ttl": "keep" })).await;
    assert_eq!(kept["expires_at"], Value::Null);
    let short = client.seed(json!({ "scenario": "standard", "ttl": "1s" })).await;
    let path = format!("/api/test/islands/{}", short["island_id"].as_str().unwrap());
    let certificate = eventually("reaping", async || {
        Some(client.get(&format!("{path}/certificate")).await).filter(|reply| reply.status == 200)
    });
    let certificate = certificate.await.json();
    assert_eq!((&certificate["expired"], &certificate["actor"]), (&json!(true), &json!("reaper")));
    assert_eq!((&certificate["clean"], &certificate["rows"]["clinics"]), (&json!(true), &json!(1)));
    let gone = client.get(&path).await;
    assert_eq!(gone.status, 410);
    let detail = gone.problem()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("expired at 2"), "{detail}");
    assert_eq!(host.islands().await, 2);

    let renew = format!("/api/test/islands/{}/renew", long["island_id"].as_str().unwrap());
    assert_eq!(client.post(&renew, json!({ "ttl": "keep" })).await.json()["expires_at"], Value::Null);
    let metrics = client.get("/metrics").await.text;
    assert!(metrics.contains("insula_islands{state=\"overdue\"} 0"), "{metrics}");
    let events = client.get(&format!("{path}/events")).await.json();
    let kinds = events["events"].as_array().unwrap().iter().map(|event| &event["kind"]);
    let kinds: Vec<_> = kinds.filter(|kind| **kind != "answered").collect();
    assert_eq!(kinds, ["seeded", "expired"]);
}

#[tokio::test]
async fn what_ended_is_verified_and_removed_by_whom_is_told() {
    let host = TestHost::start().await;
    let client = host.client();
    let island =
        client.seed(json!({ "scenario": "full_clinic" })).await["island_id"].as_str().unwrap().to_owned();
    let path = format!("/api/test/islands/{island}");
    assert_eq!(client.get(&format!("{path}/certificate")).await.status, 404);
    let ended = client.delete(&path).await.json();
    assert_eq!(ended["certificate"], client.get(&format!("{path}/certificate")).await.json());
    assert_eq!(client.delete(&path).await.json()["certificate"], ended["certificate"]);
    assert_eq!(ended["certificate"]["found"], json!({}));
    for query in ["".to_owned(), format!("?island={island}")] {
        let verified = client.get(&format!("/api/test/verify/cleanup{query}")).await.json();
        assert_eq!((&verified["clean"], &verified["certificates"]), (&json!(true), &json!(1)), "{verified}");
        assert_eq!(verified["left"]["appointments"], 0);
    }
    let gone = client.get(&path).await.problem();
    assert!(gone["detail"].as_str().unwrap().contains("was removed at 2"), "{gone}");

    // Also after a reset, which proves nothing of what it takes away itself.
    let there = client.seed(json!({ "scenario": "minimal" })).await["island_id"].as_str().unwrap().to_owned();
    assert_eq!(client.post_raw("/api/test/reset", "").await.json()["rows"]["insula_island"], 1);
    assert_eq!(client.get(&format!("{path}/certificate")).await.json(), ended["certificate"]);
    assert_eq!(client.get(&path).await.status, 410);
    assert_eq!(client.get(&format!("/api/test/islands/{there}/certificate")).await.status, 404);
    let verified = client.get("/api/test/verify/cleanup").await.json();
    assert_eq!((&verified["clean"], &verified["certificates"]), (&json!(true), &json!(1)), "{verified}");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_islands_of_fifty_clients_end_clean() {
    let host = TestHost::start().await;
    let clients = (0..50).map(|number| {
        let client = host.client();
        tokio::spawn(async move {
            for turn in 0..10 {
                let scenario = ["standard", "minimal", "full_clinic"][(number + turn) % 3];
                let island = client.seed(json!({ "scenario": scenario, "label": "many" })).await;
                if turn % 2 == 0 {
                    let path = format!("/api/test/islands/{}", island["island_id"].as_str().unwrap());
                    let ended = client.delete(&path).await.json();
                    assert_eq!(ended["certificate"]["clean"], true, "{ended}");
                }
            }
        })
    });
    for done in join_all(clients).await {
        done.unwrap();
    }
    let client = host.client();
    assert_eq!(host.islands().await, 250);
    let ended = client.delete("/api/test/islands?label=many").await.json();
    assert_eq!((ended["islands"].as_array().unwrap().len(), &ended["stuck"]), (250, &json!([])));
    let verified = client.get("/api/test/verify/cleanup").await.json();
    assert_eq!((&verified["clean"], &verified["certificates"]), (&json!(true), &json!(500)), "{verified}");
    // No event is lost: one of each island's beginning, and one of its end.
    let (mut after, mut events) = (0, Vec::new());
    loop {
        let page = client.get(&format!("/api/test/events/past?limit=1000&after={after}")).await.json();
        let found = page["events"].as_array().unwrap().clone();
        after = page["next"].as_i64().unwrap();
        if found.is_empty() {
            break;
        }
        events.extend(found);
    }
    let count = |kind: &str| events.iter().filter(|event| event["kind"] == kind).count();
    assert_eq!((count("seeded"), count("ended")), (500, 500));
    assert!(events.is_sorted_by_key(|event| event["id"].as_i64().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_add_while_the_island_ends_leave_nothing() {
    let host = TestHost::start().await;
    let client = host.client();
    for _ in 0..5 {
        let island = client.seed(json!({ "scenario": "standard" })).await["island_id"].clone();
        let adds = (0..8).map(|_| {
            let (client, island) = (host.client(), island.clone());
            tokio::spawn(async move {
                client.post("/api/test/seed", json!({ "scenario": "minimal", "into": island })).await.status
            })
        });
        let adds: Vec<_> = adds.collect();
        let path = format!("/api/test/islands/{}", island.as_str().unwrap());
        let ended = client.delete(&path).await.json();
        assert_eq!(ended["certificate"]["clean"], true, "{ended}");
        for added in join_all(adds).await {
            let status = added.unwrap();
            // A second one of the same finds what the first has named.
            assert!([201, 410, 422].contains(&status), "{status}");
        }
    }
    assert_eq!(client.get("/api/test/verify/cleanup").await.json()["clean"], true);
    assert_eq!(host.islands().await, 0);
}

#[tokio::test]
async fn a_reset_waits_for_nobody_and_takes_no_ground_from_a_run_unless_it_is_forced() {
    let guest = insula_test_guests::guest("loops_for_ever");
    let host = TestHost::builder().plugin("loops_for_ever", guest).start().await;
    let client = host.client();
    client.seed(json!({ "scenario": "minimal" })).await;
    let run = {
        let client = host.client();
        tokio::spawn(async move {
            client.post("/api/test/seed", json!({ "scenario": "loops_for_ever" })).await.status
        })
    };
    let refused = eventually("a run", async || {
        Some(client.post_raw("/api/test/reset", "").await).filter(|reply| reply.status != 200)
    });
    assert_eq!(refused.await.problem()["type"], "/problems/runs-under-way");
    let events = client.get("/api/test/events/past").await.json();
    let told = events["events"].as_array().unwrap().iter().find(|event| event["kind"] == "refused");
    let told = told.unwrap_or_else(|| panic!("the refusal is not told: {events:#}"));
    assert_eq!((&told["outcome"], &told["details"]["asked"]), (&json!("running"), &json!("reset")));
    let forced = client.post_raw("/api/test/reset?force=true", "").await;
    assert_eq!(forced.status, 200, "{}", forced.text);
    assert_ne!(run.await.unwrap(), 201);
    crate::is_well(&host, 0).await;
}

/// A host that closes gives the reaper's lease back; one that is killed keeps it for half a minute.
#[tokio::test]
async fn the_next_host_may_reap_at_once() {
    let place = Place::usual();
    let url = place.url();
    let host = TestHost::builder().place(Place::Elsewhere(url.clone())).start().await;
    let client = host.client();
    let island = client.seed(json!({ "scenario": "minimal", "ttl": "1s" })).await;
    let path = format!("/api/test/islands/{}/certificate", island["island_id"].as_str().unwrap());
    eventually("reaping", async || Some(client.get(&path).await).filter(|reply| reply.status == 200)).await;
    let lease = async || {
        let store = Store::open(StoreConfig::new(&url)).await.unwrap();
        let request =
            LeaseRequest { name: "reaper", holder: "next".to_owned(), time: Duration::from_secs(30) };
        let lease = store.lease(request).await.unwrap();
        store.close().await.unwrap();
        lease
    };
    assert!(!lease().await.mine, "the host that reaps has it");
    host.stop().await;
    assert!(lease().await.mine);
    drop(place);
}

#[tokio::test]
async fn an_age_that_is_to_come_is_none() {
    let host = TestHost::start().await;
    let client = host.client();
    client.seed(json!({ "scenario": "minimal" })).await;
    for age in ["-1m", "30m%20ago", "soon"] {
        let reply = client.delete(&format!("/api/test/islands?older_than={age}")).await;
        assert_eq!(
            (reply.status, &reply.problem()["type"]),
            (422, &json!("/problems/invalid-request")),
            "{age}"
        );
    }
    for (filter, total) in [("scenario=MinimalClinic", 1), ("scenario=minimal", 1), ("scenario=standard", 0)]
    {
        assert_eq!(
            client.get(&format!("/api/test/islands?{filter}")).await.json()["total"],
            total,
            "{filter}"
        );
    }
    assert_eq!(client.get("/api/test/islands?label=%00").await.status, 422);
    host.stop().await;
}
