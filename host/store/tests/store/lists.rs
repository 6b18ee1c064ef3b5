//! Lists, with filters and pages.

use insula_domain::{IslandId, Kind};
use insula_store::{IslandFilter, Page, Store};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::{Place, both, busy, commit, empty, end, full, labelled, standard_commit};

both!(
    islands_are_found_by_what_is_remembered_of_them,
    islands_come_by_pages,
    pages_of_entities_show_what_the_island_whole_shows
);

async fn listed(store: &Store, filter: IslandFilter) -> Vec<IslandId> {
    let page = store.islands(&filter, Page { after: None, limit: 100 }).await.unwrap();
    assert_eq!(page.total, page.items.len() as u64);
    assert_eq!(page.next, None);
    page.items.into_iter().map(|record| record.id).collect()
}

async fn islands_are_found_by_what_is_remembered_of_them(place: Place) {
    let store = place.open().await;
    let a = store.commit(labelled(empty(), "a")).await.unwrap().island.id;
    let mut other = labelled(empty(), "a");
    other.run.scenario = "minimal".to_owned();
    let b = store.commit(other).await.unwrap();
    let c = store.commit(standard_commit()).await.unwrap().island.id;
    end(&store, c).await.unwrap();

    let all = IslandFilter::default;
    assert_eq!(listed(&store, all()).await, [c, b.island.id, a]);
    assert_eq!(listed(&store, IslandFilter { label: Some("a".into()), ..all() }).await, [b.island.id, a]);
    assert_eq!(listed(&store, IslandFilter { label: Some("A".into()), ..all() }).await, []);
    assert_eq!(
        listed(&store, IslandFilter { scenario: Some("minimal".into()), ..all() }).await,
        [b.island.id]
    );
    assert_eq!(listed(&store, IslandFilter { there: Some(false), ..all() }).await, [c]);
    let before = b.record.created_at;
    assert_eq!(listed(&store, IslandFilter { older_than: Some(before), ..all() }).await, [a]);
    let long_ago = Timestamp::now().checked_sub(SignedDuration::from_hours(1)).unwrap();
    assert_eq!(listed(&store, IslandFilter { older_than: Some(long_ago), ..all() }).await, []);
}

async fn islands_come_by_pages(place: Place) {
    let store = place.open().await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.push(store.commit(labelled(empty(), "mine")).await.unwrap().island.id);
        store.commit(labelled(empty(), "theirs")).await.unwrap();
    }
    ids.reverse();
    let filter = IslandFilter { label: Some("mine".into()), ..IslandFilter::default() };
    let (mut after, mut found, mut sizes) = (None, Vec::new(), Vec::new());
    loop {
        let page = store.islands(&filter, Page { after, limit: 3 }).await.unwrap();
        assert_eq!(page.total, 7);
        sizes.push(page.items.len());
        found.extend(page.items.into_iter().map(|record| record.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, ids);
    assert_eq!(sizes, [3, 3, 1]);
}

async fn pages_of_entities_show_what_the_island_whole_shows(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    full(&mut draft);
    let mut other = empty();
    busy(&mut other, 50);
    for draft in [draft, other] {
        let island = store.commit(commit(draft)).await.unwrap().island;
        store.commit(standard_commit()).await.unwrap();
        for kind in Kind::ALL {
            let whole: Vec<Value> =
                island.views(kind).map(|view| serde_json::to_value(view).unwrap()).collect();
            let (mut after, mut found) = (None, Vec::new());
            loop {
                let page = store.entities(island.id, kind, Page { after, limit: 2 }).await.unwrap();
                assert_eq!(page.total, whole.len() as u64);
                found.extend(page.views().map(|view| serde_json::to_value(view).unwrap()));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(found, whole, "{kind:?}");
        }
    }
}
