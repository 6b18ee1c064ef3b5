//! The memory of a run.
//!
//! A run is short and its memory is thrown away after it, so speed means touching few pages: blocks are cut
//! one after the other from the module's own memory, and a freed block waits in a list of its size for the
//! next of that size. Nothing is merged or given back.

/// Sizes are powers of two, from the smallest that holds a list's link and keeps any usual alignment.
const SMALLEST: usize = 16;
const SIZES: usize = usize::BITS as usize;

/// Cuts blocks from the addresses between `next` and `end`.
pub(crate) struct Arena {
    next: usize,
    end: usize,
    /// The first freed block of each size; a freed block begins with the address of the one after it.
    free: [usize; SIZES],
}

impl Arena {
    /// `next` must be aligned to 16 bytes.
    pub(crate) const fn new(next: usize, end: usize) -> Self {
        Self { next, end, free: [0; SIZES] }
    }

    /// A block's address; None when `grow`, asked for so many more bytes, does not give a new end.
    ///
    /// # Safety
    /// What lies between the arena's bounds must be writable, and used by nothing else.
    pub(crate) unsafe fn alloc(
        &mut self,
        size: usize,
        align: usize,
        grow: impl Fn(usize) -> Option<usize>,
    ) -> Option<usize> {
        let size = block(size, align)?;
        let list = self.free.get_mut(size.trailing_zeros() as usize)?;
        if *list != 0 && align <= SMALLEST {
            let taken = *list;
            // SAFETY: a freed block of this arena begins with the link that `dealloc` wrote.
            *list = unsafe { *std::ptr::with_exposed_provenance(taken) };
            return Some(taken);
        }
        let start = self.next.checked_next_multiple_of(align.max(SMALLEST))?;
        self.reach(start.checked_add(size)?, grow)?;
        Some(start)
    }

    /// # Safety
    /// The block must come from `alloc` with the same size and alignment, and not be used any more.
    pub(crate) unsafe fn dealloc(&mut self, start: usize, size: usize, align: usize) {
        let Some(size) = block(size, align) else { return };
        if start + size == self.next {
            self.next = start;
        } else if let Some(list) = self.free.get_mut(size.trailing_zeros() as usize) {
            // SAFETY: the block is this arena's, unused, and no smaller than a link.
            unsafe { *std::ptr::with_exposed_provenance_mut(start) = *list };
            *list = start;
        }
    }

    /// Whether the block could grow or shrink where it is.
    pub(crate) fn resize(
        &mut self,
        start: usize,
        old: usize,
        new: usize,
        align: usize,
        grow: impl Fn(usize) -> Option<usize>,
    ) -> bool {
        let (Some(old), Some(new)) = (block(old, align), block(new, align)) else { return false };
        let is_last = start + old == self.next;
        old == new || (is_last && start.checked_add(new).is_some_and(|next| self.reach(next, grow).is_some()))
    }

    fn reach(&mut self, next: usize, grow: impl Fn(usize) -> Option<usize>) -> Option<()> {
        if next > self.end {
            self.end = grow(next - self.end).filter(|end| *end >= next)?;
        }
        self.next = next;
        Some(())
    }
}

/// The size of the block that holds so many bytes.
fn block(size: usize, align: usize) -> Option<usize> {
    size.max(align).max(SMALLEST).checked_next_power_of_two()
}

#[cfg(target_arch = "wasm32")]
mod installed {
    use std::alloc::{GlobalAlloc, Layout};
    use std::cell::UnsafeCell;
    use std::ptr::{copy_nonoverlapping, null_mut, with_exposed_provenance_mut};

    use super::Arena;

    const PAGE: usize = 64 * 1024;

    #[global_allocator]
    static MEMORY: Memory = Memory(UnsafeCell::new(None));

    struct Memory(UnsafeCell<Option<Arena>>);

    // SAFETY: a scenario has one thread; its target has no others.
    unsafe impl Sync for Memory {}

    unsafe extern "C" {
        /// Where the linker's own data ends; its address counts.
        static __heap_base: u8;
    }

    fn grow(bytes: usize) -> Option<usize> {
        let before = core::arch::wasm32::memory_grow::<0>(bytes.div_ceil(PAGE));
        (before != usize::MAX).then(|| core::arch::wasm32::memory_size::<0>() * PAGE)
    }

    impl Memory {
        #[expect(clippy::mut_from_ref, reason = "one thread, and no call below keeps the reference")]
        fn arena(&self) -> &mut Arena {
            // SAFETY: one thread, and `grow` allocates nothing, so no two of these live at once.
            let arena = unsafe { &mut *self.0.get() };
            arena.get_or_insert_with(|| {
                let start = (&raw const __heap_base).expose_provenance();
                #[cfg(feature = "document")]
                let start = start.max(crate::document::end());
                Arena::new(
                    start.next_multiple_of(super::SMALLEST),
                    core::arch::wasm32::memory_size::<0>() * PAGE,
                )
            })
        }
    }

    // SAFETY: blocks are aligned as asked, do not overlap, and stay valid until they are freed.
    unsafe impl GlobalAlloc for Memory {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the memory past `__heap_base` is nobody else's.
            let block = unsafe { self.arena().alloc(layout.size(), layout.align(), grow) };
            block.map_or(null_mut(), with_exposed_provenance_mut)
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the caller gives back what `alloc` gave.
            unsafe { self.arena().dealloc(block.expose_provenance(), layout.size(), layout.align()) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            let start = block.expose_provenance();
            if self.arena().resize(start, layout.size(), size, layout.align(), grow) {
                return block;
            }
            // SAFETY: the new block is another one, and both hold what is copied.
            unsafe {
                let moved = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
                if !moved.is_null() {
                    copy_nonoverlapping(block, moved, layout.size().min(size));
                    self.dealloc(block, layout);
                }
                moved
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FULL: fn(usize) -> Option<usize> = |_| None;

    /// An arena over a buffer that lives as long as it.
    fn arena(bytes: usize) -> (Vec<u128>, Arena) {
        let buffer = vec![0_u128; bytes / 16];
        let start = buffer.as_ptr().expose_provenance();
        (buffer, Arena::new(start, start + bytes))
    }

    #[test]
    fn a_freed_block_is_used_again() {
        let (_buffer, mut arena) = arena(4096);
        // SAFETY: the buffer outlives the arena.
        unsafe {
            let first = arena.alloc(100, 1, FULL).unwrap();
            arena.alloc(100, 1, FULL).unwrap();
            arena.dealloc(first, 100, 1);
            assert_eq!(arena.alloc(128, 8, FULL), Some(first));
        }
    }

    #[test]
    fn batches_do_not_pile_up() {
        let (_buffer, mut arena) = arena(256 * 1024);
        for _ in 0..1_000 {
            // SAFETY: the buffer outlives the arena.
            unsafe {
                let lowered = arena.alloc(40_000, 4, FULL).unwrap();
                let answer = arena.alloc(2_000, 4, FULL).unwrap();
                arena.dealloc(lowered, 40_000, 4);
                arena.dealloc(answer, 2_000, 4);
            }
        }
    }

    #[test]
    fn the_last_block_grows_where_it_is() {
        let (_buffer, mut arena) = arena(4096);
        // SAFETY: the buffer outlives the arena.
        let block = unsafe { arena.alloc(16, 1, FULL) }.unwrap();
        assert!(arena.resize(block, 16, 1000, 1, FULL));
        // SAFETY: as above.
        unsafe { arena.alloc(16, 1, FULL) }.unwrap();
        assert!(!arena.resize(block, 1000, 2000, 1, FULL));
    }

    #[test]
    fn memory_that_does_not_grow_is_an_end_and_no_crash() {
        let (_buffer, mut arena) = arena(64);
        // SAFETY: the buffer outlives the arena.
        unsafe {
            assert_eq!(arena.alloc(65, 1, FULL), None);
            assert_eq!(arena.alloc(usize::MAX, 1, FULL), None);
        }
    }

    proptest! {
        #[test]
        fn live_blocks_never_overlap(steps in prop::collection::vec((0_usize..3000, 0_u32..8, any::<bool>()), 1..200)) {
            let (_buffer, mut arena) = arena(4 << 20);
            let mut live: Vec<(usize, usize, usize)> = Vec::new();
            for (size, align, frees) in steps {
                let align = 1 << align;
                if frees && !live.is_empty() {
                    let (start, size, align) = live.swap_remove(size % live.len());
                    // SAFETY: the block is live, and forgotten here.
                    unsafe { arena.dealloc(start, size, align) };
                    continue;
                }
                // SAFETY: the buffer outlives the arena.
                let start = unsafe { arena.alloc(size, align, FULL) }.unwrap();
                prop_assert_eq!(start % align, 0);
                prop_assert!(live.iter().all(|(s, n, _)| start + size <= *s || s + n <= start));
                live.push((start, size, align));
            }
        }
    }
}
