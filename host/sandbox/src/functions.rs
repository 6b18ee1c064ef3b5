//! Functions that were compiled, for plugins that come again with little changed.
//!
//! A plugin in TypeScript is an interpreter with the scenario in its memory: thousands of functions that are the same in each,
//! and at every build. They are known by a hash of what they are compiled from and of the compiler's settings. Where there
//! is a [`Cache`], the next process finds them there.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use wasmtime::{CacheStore, Engine};

use crate::cache::Cache;

/// The most bytes that are held: a plugin in TypeScript has six million.
const LARGEST: usize = 64 << 20;

/// So many new bytes are worth writing. A plugin in Rust has fewer, and is compiled in no time.
const WORTH_KEEPING: usize = 1 << 20;

/// Functions that were compiled.
#[derive(Default)]
pub(crate) struct Functions {
    held: RwLock<Held>,
    /// Where they are kept: for one engine, which holds these functions and so must not be held by them.
    kept: OnceLock<(Arc<Cache>, PathBuf)>,
    read: OnceLock<()>,
}

#[derive(Default)]
struct Held {
    functions: HashMap<Box<[u8]>, Box<[u8]>>,
    bytes: usize,
    /// How many of them are not kept.
    new: usize,
}

impl Held {
    fn insert(&mut self, key: &[u8], function: &[u8]) {
        let bytes = key.len() + function.len();
        if self.bytes + bytes > LARGEST {
            // Which of them are still of use is not known; what is will be back after one build.
            *self = Self::default();
        }
        self.bytes += bytes;
        self.functions.insert(key.into(), function.into());
    }

    /// All of them, each with its lengths before it.
    fn written(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes + 16 * self.functions.len());
        for part in self.functions.iter().flat_map(|(key, function)| [key, function]) {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(&**part);
        }
        bytes
    }

    fn insert_written(&mut self, mut bytes: &[u8]) -> Option<()> {
        let mut next = || {
            let (length, rest) = bytes.split_first_chunk::<8>()?;
            let (part, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
            bytes = rest;
            Some(part)
        };
        while let Some(key) = next() {
            self.insert(key, next()?);
        }
        Some(())
    }
}

impl Functions {
    /// From now on what is compiled for an engine is kept in a cache, and what is there is known.
    pub(crate) fn keep_in(&self, cache: Arc<Cache>, engine: &Engine) {
        self.kept.get_or_init(|| {
            let path = cache.path(engine, "functions");
            (cache, path)
        });
    }

    /// Keeps what is new, if that is worth it.
    pub(crate) fn keep(&self) {
        let Some((cache, path)) = self.kept.get() else { return };
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.new >= WORTH_KEEPING {
            held.new = 0;
            cache.keep(path, &held.written());
        }
    }

    /// Reads what is kept, before the first is asked for.
    fn read(&self) {
        self.read.get_or_init(|| {
            let Some(bytes) = self.kept.get().and_then(|(_, path)| Cache::kept(path)) else {
                return;
            };
            let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
            if held.insert_written(&bytes).is_none() {
                tracing::debug!("compiled functions were kept that cannot be read");
            }
        });
    }
}

impl std::fmt::Debug for Functions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Functions")
    }
}

impl CacheStore for Functions {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        self.read();
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.functions.get(key).map(|function| Cow::Owned(function.to_vec()))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.insert(key, &value);
        held.new += key.len() + value.len();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compiled_is_found_again_until_there_is_too_much() {
        let functions = Functions::default();
        assert!(functions.get(b"one").is_none());
        assert!(functions.insert(b"one", vec![1; 100]));
        assert_eq!(functions.get(b"one").as_deref(), Some([1; 100].as_slice()));
        assert!(functions.insert(b"two", vec![2; LARGEST]));
        assert!(functions.get(b"one").is_none());
        assert!(functions.insert(b"three", vec![3; 100]));
        assert!(functions.get(b"two").is_none() && functions.get(b"three").is_some());
    }

    #[test]
    fn the_next_process_finds_what_was_worth_keeping() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let open = |engine: &Engine| {
            let functions = Functions::default();
            functions.keep_in(Arc::new(Cache::open(folder.path()).unwrap()), engine);
            functions
        };
        let first = open(&engine);
        first.insert(b"small", vec![1; 100]);
        first.keep();
        assert!(open(&engine).get(b"small").is_none());
        first.insert(b"large", vec![2; WORTH_KEEPING]);
        first.keep();
        let next = open(&engine);
        assert_eq!(next.get(b"small").as_deref(), Some([1; 100].as_slice()));
        assert_eq!(next.get(b"large").unwrap().len(), WORTH_KEEPING);
        let other = Engine::new(wasmtime::Config::new().consume_fuel(true)).unwrap();
        assert!(open(&other).get(b"small").is_none());
    }

    #[test]
    fn what_was_cut_short_is_not_taken_for_a_function() {
        let mut held = Held::default();
        held.insert(b"one", b"1");
        let bytes = held.written();
        let mut again = Held::default();
        assert_eq!(again.insert_written(&bytes), Some(()));
        assert_eq!(again.functions, held.functions);
        assert_eq!(Held::default().insert_written(&bytes[..bytes.len() - 1]), None);
    }
}
