//! Functions that were compiled, for plugins that come again with little changed.
//!
//! A plugin in TypeScript is an engine with the scenario in its memory: thousands of functions that are the same at every
//! build. They are known by a hash of what they are compiled from and of the compiler's settings.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use wasmtime::CacheStore;

/// The most bytes that are kept: a plugin in TypeScript has six million.
const LARGEST: usize = 64 << 20;

/// Functions that were compiled, in the memory of this process.
#[derive(Debug, Default)]
pub(crate) struct Functions(RwLock<Held>);

#[derive(Debug, Default)]
struct Held {
    functions: HashMap<Box<[u8]>, Box<[u8]>>,
    bytes: usize,
}

impl CacheStore for Functions {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.functions.get(key).map(|function| Cow::Owned(function.to_vec()))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        held.bytes += key.len() + value.len();
        if held.bytes > LARGEST {
            // Which of them are still of use is not known; what is will be back after one build.
            *held = Held { bytes: key.len() + value.len(), ..Held::default() };
        }
        held.functions.insert(key.into(), value.into());
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
}
