//! One run at a time adds to an island.
//!
//! A run that adds is checked together with what the island held when it began. Two at once would each be checked
//! without the other, and could book the same hour twice. Runs on different islands do not wait for each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use insula_domain::IslandId;
use tokio::sync::OwnedMutexGuard;

/// Whose turn it is, by island. Only islands with a run that adds or waits are remembered.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    by_island: Mutex<HashMap<IslandId, Weak<tokio::sync::Mutex<()>>>>,
}

impl Turns {
    /// Waits for the turn to add to an island; it ends when the guard is dropped.
    pub(crate) async fn take(&self, island: IslandId) -> OwnedMutexGuard<()> {
        let turn = {
            // The map holds no state that a panic could leave half changed.
            let mut by_island = self.by_island.lock().unwrap_or_else(PoisonError::into_inner);
            by_island.retain(|_, turn| turn.strong_count() > 0);
            let turn = by_island.get(&island).and_then(Weak::upgrade).unwrap_or_default();
            by_island.insert(island, Arc::downgrade(&turn));
            turn
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IslandId = IslandId(uuid::Uuid::from_u128(1));
    const OTHER: IslandId = IslandId(uuid::Uuid::from_u128(2));

    #[tokio::test]
    async fn one_at_a_time_and_others_are_not_kept_waiting() {
        let turns = Turns::default();
        let first = turns.take(ONE).await;
        let _other = turns.take(OTHER).await;
        let mut second = Box::pin(turns.take(ONE));
        assert!(futures::poll!(&mut second).is_pending());
        drop(first);
        let _second = second.await;
    }

    #[tokio::test]
    async fn an_island_is_forgotten_when_nobody_waits() {
        let turns = Turns::default();
        drop(turns.take(ONE).await);
        let _other = turns.take(OTHER).await;
        assert_eq!(turns.by_island.lock().unwrap().len(), 1);
    }
}
