//! What a database is busy with while something happens to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures::future::join_all;
use insula_domain::{Island, IslandId, Kind};
use insula_store::{IslandFilter, Page, Store, StoreConfig, StoreError};

use crate::support::{busy, commit, empty, end};

/// Seeds islands from several tasks, and ends every other one, whatever happens to the database meanwhile.
pub struct Load {
    acknowledged: Arc<AtomicUsize>,
    enough: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<Made>>,
}

/// The islands that were acknowledged.
#[derive(Default)]
struct Made {
    /// Nobody asked for their end.
    kept: Vec<Island>,
    /// Their end was acknowledged.
    ended: Vec<IslandId>,
    /// Their end was asked for, and nobody knows.
    asked: Vec<Island>,
}

const APPOINTMENTS: u32 = 20;

impl Made {
    /// Seeds one, and ends it if it is to end. Says whether it was acknowledged.
    async fn more(&mut self, store: &Store, ends: bool) -> bool {
        let mut draft = empty();
        busy(&mut draft, APPOINTMENTS);
        let island = match store.commit(commit(draft)).await {
            Ok(committed) => committed.island,
            Err(StoreError::Away { .. }) => return false,
            Err(other) => panic!("{other}"),
        };
        if !ends {
            self.kept.push(island);
            return true;
        }
        match end(store, island.id).await {
            Ok(removal) => {
                assert!(removal.certificate.clean, "{:?}", removal.certificate);
                self.ended.push(island.id);
            }
            Err(StoreError::Away { .. }) => self.asked.push(island),
            Err(other) => panic!("{other}"),
        }
        true
    }
}

impl Load {
    pub fn start(stores: &[Store]) -> Self {
        let (acknowledged, enough) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let tasks = stores.iter().cycle().take(8).cloned().map(|store| {
            let (acknowledged, enough) = (Arc::clone(&acknowledged), Arc::clone(&enough));
            tokio::spawn(async move {
                let (mut made, mut ends) = (Made::default(), false);
                while !enough.load(Ordering::Relaxed) {
                    if made.more(&store, ends).await {
                        ends = !ends;
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                    } else {
                        tokio::task::yield_now().await;
                    }
                }
                made
            })
        });
        Self { tasks: tasks.collect(), acknowledged, enough }
    }

    /// Waits until so many more have been acknowledged.
    pub async fn go_on(&self, more: usize) {
        let until = self.acknowledged.load(Ordering::Relaxed) + more;
        while self.acknowledged.load(Ordering::Relaxed) < until {
            tokio::task::yield_now().await;
        }
    }

    /// Ends it: what was acknowledged is there, or has ended with nothing left of it; and all that is there is whole.
    pub async fn end(self, config: StoreConfig) {
        self.enough.store(true, Ordering::Relaxed);
        let store = Store::open(config).await.unwrap();
        let (mut kept, mut ended) = (0, 0);
        for made in join_all(self.tasks).await {
            let Made { kept: there, ended: gone, asked } = made.unwrap();
            for island in &there {
                assert_eq!(store.island(island.id).await.unwrap().island, *island);
            }
            for island in &gone {
                assert_gone(&store, *island).await;
            }
            for island in &asked {
                match store.island(island.id).await {
                    Ok(stored) => assert_eq!(stored.island, *island, "half an end"),
                    Err(StoreError::Gone { .. }) => assert_gone(&store, island.id).await,
                    Err(other) => panic!("{other}"),
                }
            }
            (kept, ended) = (kept + there.len(), ended + gone.len());
        }
        assert!(kept > 0 && ended > 0, "{kept} were kept, and {ended} ended");
        assert_all_whole(&store, kept).await;
        // Also of those that nobody was told of.
        assert_eq!(store.uncertified(None).await.unwrap(), []);
        let strays = store.strays(None).await.unwrap();
        assert!(strays.values().all(|rows| *rows == 0), "{strays:?}");
    }
}

/// It ended, with nothing left of it, and that is proven.
async fn assert_gone(store: &Store, island: IslandId) {
    let certificate = store.certificate(island).await.unwrap();
    assert!(certificate.clean && certificate.is_intact(), "{certificate:?}");
    assert_eq!(certificate.rows["appointments"], u64::from(APPOINTMENTS));
    let left = store.strays(Some(island)).await.unwrap();
    assert!(left.contains_key("appointments") && left.values().all(|rows| *rows == 0), "{left:?}");
}

/// All that are there are whole, also those that nobody was told of; and there are so many at least.
async fn assert_all_whole(store: &Store, least: usize) {
    let filter = IslandFilter { there: Some(true), ..IslandFilter::default() };
    let (mut after, mut there) = (None, 0);
    loop {
        let page = store.islands(&filter, Page { after, limit: 100 }).await.unwrap();
        for record in &page.items {
            let island = store.island(record.id).await.unwrap().island;
            assert_eq!(island.entities.len(Kind::Appointment), APPOINTMENTS as usize, "half an island");
            assert_eq!(island.entities.len(Kind::Availability), 5, "half an island");
        }
        there += page.items.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(there >= least);
}
