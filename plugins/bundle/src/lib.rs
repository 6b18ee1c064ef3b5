//! The scenarios that every Insula brings along, as components inside the program, so that the program alone
//! is a working product.

/// A scenario that is built in.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// The name in its manifest.
    pub name: &'static str,
    /// The component.
    pub wasm: &'static [u8],
}

/// All of them, simplest first.
pub static BUILTINS: &[Builtin] = include!(concat!(env!("OUT_DIR"), "/builtins.rs"));
