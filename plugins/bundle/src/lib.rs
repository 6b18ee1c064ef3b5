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

#[cfg(test)]
mod tests {
    use super::BUILTINS;

    #[test]
    fn each_is_a_component() {
        let header_of_a_component = b"\0asm\x0d\0\x01\0";
        for builtin in BUILTINS {
            assert!(builtin.wasm.starts_with(header_of_a_component), "{}", builtin.name);
        }
    }
}
