//! Jumps of the clock that counts: no lease ends early, whichever host looks first.

use insula_domain::IslandId;
use insula_store::Store;
use jiff::{SignedDuration, Timestamp};

use crate::support::{Place, both, empty, end, expiring, standard_commit};

both!(
    one_of_two_hosts_moves_leases,
    a_lease_of_a_host_is_moved_as_well,
    what_has_ended_and_what_is_kept_is_left_alone
);

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How far apart two looks may be taken for.
const NEAR: SignedDuration = SignedDuration::from_secs(20);

/// As if the database were a backup from before a jump ahead.
async fn forget_a_jump(place: &Place, hours: u32) {
    place.sql(&format!("UPDATE insula_clock SET moved = moved - {hours} * 3600000000")).await.unwrap();
}

/// A store that has looked at the clock, as a reaper does when it begins.
async fn open(place: &Place) -> Store {
    let store = place.open().await;
    store.look().await.unwrap();
    store
}

async fn for_an_hour(store: &Store) -> (IslandId, Timestamp) {
    let expires_at = store.now() + HOUR;
    (store.commit(expiring(empty(), expires_at)).await.unwrap().island.id, expires_at)
}

/// How long an island is still there.
async fn rest(store: &Store, id: IslandId) -> SignedDuration {
    store.island(id).await.unwrap().record.expires_at.unwrap().duration_since(store.now())
}

fn near(one: SignedDuration, other: SignedDuration) -> bool {
    (one - other).abs() < NEAR
}

async fn one_of_two_hosts_moves_leases(place: Place) {
    let (one, other) = (open(&place).await, open(&place).await);
    let (id, expired_at) = for_an_hour(&one).await;
    forget_a_jump(&place, 3).await;
    let (first, second) = tokio::join!(one.look(), other.look());
    first.unwrap();
    second.unwrap();
    let expires_at = other.island(id).await.unwrap().record.expires_at.unwrap();
    assert!(near(expires_at.duration_since(expired_at), HOUR * 3), "{expired_at} to {expires_at}");
    // What both took over is all there is to it.
    one.look().await.unwrap();
    assert_eq!(one.island(id).await.unwrap().record.expires_at, Some(expires_at));
}

async fn a_lease_of_a_host_is_moved_as_well(place: Place) {
    let store = open(&place).await;
    let request = |holder: &str| insula_store::LeaseRequest {
        name: "test",
        holder: holder.to_owned(),
        time: std::time::Duration::from_secs(60),
    };
    let before = store.lease(request("one")).await.unwrap();
    forget_a_jump(&place, 3).await;
    store.look().await.unwrap();
    let after = store.lease(request("other")).await.unwrap();
    assert!(!after.mine && near(after.until.duration_since(before.until), HOUR * 3), "{after:?}");
}

async fn what_has_ended_and_what_is_kept_is_left_alone(place: Place) {
    let store = open(&place).await;
    let (ended, expired_at) = for_an_hour(&store).await;
    end(&store, ended).await.unwrap();
    let kept = store.commit(standard_commit()).await.unwrap().island.id;
    forget_a_jump(&place, 3).await;
    store.look().await.unwrap();
    let removal = end(&store, ended).await.unwrap();
    assert!(removal.already);
    assert_eq!(removal.record.expires_at, Some(expired_at));
    assert_eq!(store.island(kept).await.unwrap().record.expires_at, None);
}

/// A server whose clock is set while two hosts are there: what a function of that name in a schema of the database says.
#[tokio::test]
async fn the_clock_of_postgresql_is_set_ahead_and_back() {
    let place = Place::postgres();
    let set = |hours: i32| {
        format!(
            "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS \
             $$SELECT pg_catalog.clock_timestamp() + interval '{hours} hours'$$"
        )
    };
    place
        .sql("DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END$$")
        .await
        .unwrap();
    place.sql(&set(0)).await.unwrap();
    let (one, other) = (open(&place).await, open(&place).await);
    let (id, _) = for_an_hour(&one).await;
    for (hours, jump) in [(3, 3), (-2, -5), (0, 2)] {
        let before = one.now();
        place.sql(&set(hours)).await.unwrap();
        for store in [&one, &other, &one] {
            // As a reaper does it.
            store.look().await.unwrap();
            assert_eq!(store.expired(store.now(), 10).await.unwrap(), [], "{hours}");
            assert!(near(store.now().duration_since(before), HOUR * jump), "{hours}");
            assert!(near(rest(store, id).await, HOUR), "{hours}: {}", rest(store, id).await);
        }
    }
    let (next, _) = for_an_hour(&other).await;
    assert!(near(rest(&one, next).await, HOUR));
}
