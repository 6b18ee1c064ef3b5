//! Where UUIDs come from.

use std::sync::Mutex;

use uuid::Uuid;

/// Makes UUIDv7s (RFC 9562) in blocks. Within a block each is one more than the one before (method 2 of section 6.2:
/// the random bits as a counter), and no block begins before the end of another, so that ids sort in the order in
/// which they were given.
#[derive(Debug, Default)]
pub(crate) struct IdSource {
    last: Mutex<u128>,
}

/// The top bit of the counter: left free at the start of a block, so that counting never leaves the random bits.
const HEADROOM: u128 = 1 << 61;

impl IdSource {
    /// A block of `count` ids, all of them greater than `after`.
    pub(crate) fn block(&self, count: usize, after: Option<Uuid>) -> impl Iterator<Item = Uuid> + use<> {
        let fresh = Uuid::now_v7().as_u128() & !HEADROOM;
        // A poisoned lock only means that another task died here; the number in it is still good.
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let start = fresh.max(*last + 1).max(after.map_or(0, |after| after.as_u128() + 1));
        *last = start + count as u128;
        (start..start + count as u128).map(Uuid::from_u128)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_in_the_order_in_which_they_were_given() {
        let source = IdSource::default();
        let ids: Vec<Uuid> = (0..500).flat_map(|n| source.block(n % 7, None)).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
        assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
    }

    #[test]
    fn ids_sort_after_those_of_a_host_whose_clock_is_ahead() {
        let ahead = Uuid::parse_str("7fffffff-ffff-7000-8000-000000000000").unwrap();
        let first = IdSource::default().block(1, Some(ahead)).next().unwrap();
        assert_eq!(first.as_u128(), ahead.as_u128() + 1);
    }
}
