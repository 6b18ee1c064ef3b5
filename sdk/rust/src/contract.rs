//! The contract as wit-bindgen reads it: the records of `insula:scenario`, and the calls below the builders.

#![expect(missing_docs, reason = "wit-bindgen copies the contract's comments, and not every field has one")]
#![allow(unsafe_code, reason = "wit-bindgen writes the passage between guest and host")]

wit_bindgen::generate!({
    path: "../wit/0.1.0",
    world: "scenario",
    pub_export_macro: true,
    export_macro_name: "export",
    default_bindings_module: "insula::contract",
    runtime_path: "crate::wit_bindgen::rt",
    additional_derives: [PartialEq, Eq, PartialOrd, Ord, Hash],
    generate_unused_types: true,
});

pub use self::exports::insula::scenario::plugin;
pub use self::insula::scenario::{context, island, types};
