//! What wasmtime makes of the contract.

wasmtime::component::bindgen!({
    path: "../../sdk/wit/0.1.0",
    world: "scenario",
    imports: { default: trappable },
    exports: { default: async },
    // For the journal of a run.
    additional_derives: [serde::Serialize],
    trappable_error_type: { "insula:scenario/types.rejection" => crate::host::Refused },
});
