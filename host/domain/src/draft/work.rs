//! How a call adds to a draft: as a whole, or not at all.

use super::undo::{Undo, Unique};
use super::weight::weigh;
use super::{Draft, DraftSize, Refusal};
use crate::entity::Entity;
use crate::handle::Handle;
use crate::rejection::Rejection;

impl Draft {
    /// Does all of it or nothing.
    pub(super) fn whole<T>(
        &mut self,
        call: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let size = self.size;
        let outcome = call(self);
        if outcome.is_err() {
            self.undo_all();
            self.size = size;
        }
        self.undo.clear();
        outcome
    }

    /// Does it for each, all or nothing; a refusal says which one it was.
    pub(super) fn each<N, T>(
        &mut self,
        news: impl IntoIterator<Item = N>,
        mut add: impl FnMut(&mut Self, N) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        self.whole(|draft| {
            let numbered = (0..).zip(news);
            numbered.map(|(index, new)| add(draft, new).map_err(|refusal| at(refusal, index))).collect()
        })
    }

    /// Adds an entity that keeps the rules between entities, after checking those of its own.
    pub(super) fn add<E: Entity>(&mut self, entity: E) -> Result<Handle<E>, Refusal> {
        let weight = weigh(&entity);
        weight.sound(E::KIND)?;
        self.setup.schemas.check(&entity)?;
        self.grow(1, weight.rows, weight.bytes)?;
        Ok(self.push(entity))
    }

    fn push<E: Entity>(&mut self, entity: E) -> Handle<E> {
        let list = E::all_mut(&mut self.entities);
        // A draft holds far fewer than 2^32 entities: its limits are counted before.
        let handle = Handle::new(u32::try_from(list.len()).unwrap_or(u32::MAX));
        list.push(entity);
        self.undo.push(Undo::Entity(E::KIND));
        handle
    }

    pub(super) fn grow(&mut self, entities: u64, rows: u64, bytes: usize) -> Result<(), Refusal> {
        let size = DraftSize {
            entities: self.size.entities + entities,
            rows: self.size.rows + rows,
            bytes: self.size.bytes + bytes as u64,
        };
        let full = |quota, limit| Err(Refusal::Full { quota, limit });
        if size.entities > self.limits.entities {
            return full("entities", self.limits.entities);
        }
        if size.rows > self.limits.rows {
            return full("rows", self.limits.rows);
        }
        if size.bytes > self.limits.bytes {
            return full("bytes", self.limits.bytes);
        }
        self.size = size;
        Ok(())
    }

    /// Claims a value that only one thing may have.
    pub(super) fn claim(
        &mut self,
        key: Unique,
        rejection: impl FnOnce() -> Rejection,
    ) -> Result<(), Refusal> {
        if !self.index.unique.insert(key.clone()) {
            return Err(rejection().into());
        }
        self.undo.push(Undo::Claim(key));
        Ok(())
    }
}

fn at(refusal: Refusal, index: u32) -> Refusal {
    match refusal {
        Refusal::Rejected(rejection) => Refusal::Rejected(Rejection { index: Some(index), ..rejection }),
        full @ Refusal::Full { .. } => full,
    }
}
