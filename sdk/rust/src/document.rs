//! A document that is put into a component after it was compiled.
//!
//! The component has a slot, which whoever puts a document into it finds by its mark: where the document begins, and
//! how long it is. It lies above the memory that the linker laid out, and the scenario's own memory begins after it.

/// Marks the slot. `splice` in sdk/declarative/compiler looks for it.
pub const MARK: [u8; 16] = *b"insula:document\0";

#[repr(C)]
struct Slot {
    mark: [u8; 16],
    /// An address, and bytes; 0 in a component without a document.
    begins: u32,
    length: u32,
}

#[used]
static SLOT: Slot = Slot { mark: MARK, begins: 0, length: 0 };

/// What was put into this component: nothing, as long as nobody did.
pub fn document() -> &'static [u8] {
    let (begins, length) = bounds();
    if length == 0 {
        return &[];
    }
    // SAFETY: whoever fills the slot puts as many bytes there, which nothing else uses: `end` keeps the arena away.
    unsafe { std::slice::from_raw_parts(std::ptr::with_exposed_provenance(begins), length) }
}

/// Where the document ends: 0 where there is none.
#[cfg(target_arch = "wasm32")]
pub(crate) fn end() -> usize {
    let (begins, length) = bounds();
    begins + length
}

/// The slot as it is in memory, which the compiler does not know.
fn bounds() -> (usize, usize) {
    // SAFETY: it reads a field of a static, at its own type.
    let read = |field: *const u32| unsafe { std::ptr::read_volatile(field) } as usize;
    (read(&raw const SLOT.begins), read(&raw const SLOT.length))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_component_as_it_was_compiled_has_no_document() {
        assert_eq!(super::document(), b"");
    }
}
