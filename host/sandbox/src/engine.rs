//! The one wasmtime engine of a process.

use std::sync::Arc;

use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig, Strategy, WasmBacktraceDetails};

use crate::config::SandboxConfig;
use crate::functions::Functions;
use crate::host::{MAX_INSTANCES, MAX_MEMORIES, MAX_TABLE_ELEMENTS, MAX_TABLES};

/// Bytes of address space for one linear memory: all that 32 bits reach, so that no access needs a check.
const MEMORY_RESERVATION: usize = 4 << 30;
/// Bytes of a memory that are cleaned in place rather than given back: with `pagemap_scan` it makes two threads five
/// times as fast, because they no longer wait for one another's page tables (limits.md).
const MEMORY_KEEP_RESIDENT: usize = 4 << 20;
/// Bytes of a table that are cleaned in place: the tables of a Rust plugin.
const TABLE_KEEP_RESIDENT: usize = 64 << 10;
/// Frames of a backtrace that are worth reading.
pub(crate) const BACKTRACE_FRAMES: usize = 20;

/// Makes the engine; with a pool where one is wanted and the machine allows it. It compiles no function that is there already.
pub(crate) fn engine(config: &SandboxConfig, functions: Option<&Arc<Functions>>) -> wasmtime::Result<Engine> {
    if config.pooling {
        // Whether the machine has the address space, only trying tells.
        match Engine::new(settings(functions)?.allocation_strategy(pool(config.slots))) {
            Ok(engine) => return Ok(engine),
            Err(reason) => tracing::warn!(
                slots = config.slots,
                reason = format!("{reason:#}"),
                "no memory could be reserved for sandboxes, so runs will be slower; allow more address space \
                 (`ulimit -v unlimited`) or take fewer slots"
            ),
        }
    }
    Engine::new(&settings(functions)?)
}

fn settings(functions: Option<&Arc<Functions>>) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    if let Some(functions) = functions {
        config.enable_incremental_compilation(Arc::<Functions>::clone(functions))?;
    }
    config
        .strategy(Strategy::Cranelift)
        // Fuel ends a run at the same instruction everywhere; epochs let the others run meanwhile.
        .consume_fuel(true)
        .epoch_interruption(true)
        // Both would let results differ from machine to machine.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        // Not needed by any plugin.
        .concurrency_support(false)
        .wasm_memory64(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(BACKTRACE_FRAMES));
    Ok(config)
}

fn pool(slots: u32) -> PoolingAllocationConfig {
    let each = |count: usize| slots.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_stacks(slots)
        .total_core_instances(each(MAX_INSTANCES))
        .total_memories(each(MAX_MEMORIES))
        .total_tables(each(MAX_TABLES))
        .max_core_instances_per_component(u32::try_from(MAX_INSTANCES).unwrap_or(u32::MAX))
        .max_memories_per_component(u32::try_from(MAX_MEMORIES).unwrap_or(u32::MAX))
        .max_tables_per_component(u32::try_from(MAX_TABLES).unwrap_or(u32::MAX))
        .max_tables_per_module(u32::try_from(MAX_TABLES).unwrap_or(u32::MAX))
        .table_elements(MAX_TABLE_ELEMENTS)
        .max_memory_size(MEMORY_RESERVATION)
        .linear_memory_keep_resident(MEMORY_KEEP_RESIDENT)
        .table_keep_resident(TABLE_KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    pool
}
