//! Randomness that depends on a run's seed and a path, and not on the order of calls.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

/// The randomness of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Randomness {
    seed: u64,
}

impl Randomness {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The number of a path: the first 8 bytes, read from the least, of SHA-256 over a tag, the seed and the path.
    pub(crate) fn number(self, path: &str) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.hash(b"insula random 1\0", path);
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    /// A stream of random bits for a path, independent of its number.
    pub(crate) fn stream(self, path: &str) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(self.hash(b"insula stream 1\0", path))
    }

    fn hash(self, tag: &[u8], path: &str) -> [u8; 32] {
        let hash = Sha256::new().chain_update(tag).chain_update(self.seed.to_le_bytes());
        hash.chain_update(path).finalize().into()
    }
}

/// The seed of a scenario that extends others, in a run with this seed: what it makes up is not what its base, which has
/// the run's own seed, makes up under the same path.
pub fn extension_seed(seed: u64, scenario: &str) -> u64 {
    Randomness::new(seed).number(&format!("extends/{scenario}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::Rng;

    #[test]
    fn the_first_values_never_change() {
        assert_eq!(Randomness::new(0).number(""), 10_407_710_214_436_912_475);
        assert_eq!(Randomness::new(42).number("patients/7"), 15_532_156_573_902_500_684);
        assert_eq!(Randomness::new(42).stream("patients/7").next_u64(), 13_704_369_801_662_686_697);
    }

    #[test]
    fn seed_and_path_both_matter() {
        let numbers = [(1, "a"), (2, "a"), (1, "b")].map(|(seed, path)| Randomness::new(seed).number(path));
        assert!(numbers[0] != numbers[1] && numbers[0] != numbers[2] && numbers[1] != numbers[2]);
    }
}
