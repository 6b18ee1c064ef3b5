//! Reading and changing single entities, as an application does: what to look for.
//!
//! A [`Find`] names entities of one kind by their fields. The statement for it is made from the layout, so that none is
//! written for one table.

use insula_domain::{EntityId, FieldValue, Kind};

/// Some of an island's entities of one kind.
#[derive(Clone, Debug)]
pub struct Find {
    /// What they are.
    pub kind: Kind,
    /// Which of them.
    pub filter: Filter,
    /// The fields by which they are sorted; after them by id, so by when they were made.
    pub order: Vec<&'static str>,
    /// How many of these to leave out, and how many to read at most; all where it is not said.
    pub page: Option<(u32, u32)>,
}

/// Which entities are meant. A field is called by its name on the wire.
#[derive(Clone, Debug)]
pub enum Filter {
    /// Those for which all of these hold; all there are, where there is none.
    All(Vec<Filter>),
    /// Those for which one of these holds; none, where there is none.
    Any(Vec<Filter>),
    /// Those for which this does not hold.
    Not(Box<Filter>),
    /// Those with one of these ids.
    Id(Vec<EntityId>),
    /// Those whose field refers to one of these, or, where it is a list, holds one of them.
    Refers(&'static str, Vec<EntityId>),
    /// Those whose field has this value.
    Is(&'static str, FieldValue<'static>),
    /// Those whose field has a value from the first to the second, both included.
    Between(&'static str, FieldValue<'static>, FieldValue<'static>),
    /// Those whose field, a text, holds this text; letters of either case are the same, on
    /// SQLite those of ASCII alone.
    Contains(&'static str, String),
}

impl Find {
    /// The entities of a kind for which a filter holds.
    pub fn new(kind: Kind, filter: Filter) -> Self {
        Self { kind, filter, order: Vec::new(), page: None }
    }

    /// All of a kind that the island has.
    pub fn all(kind: Kind) -> Self {
        Self::new(kind, Filter::All(Vec::new()))
    }

    /// One, by its id.
    pub fn one(kind: Kind, id: EntityId) -> Self {
        Self::new(kind, Filter::Id(vec![id]))
    }

    /// Sorted by these fields.
    #[must_use]
    pub fn by(mut self, order: &[&'static str]) -> Self {
        self.order = order.to_vec();
        self
    }

    /// Without the first `offset`, and of the rest at most `limit`.
    #[must_use]
    pub fn page(mut self, offset: u32, limit: u32) -> Self {
        self.page = Some((offset, limit));
        self
    }
}

impl Filter {
    /// Those whose field refers to this.
    pub fn of(field: &'static str, id: EntityId) -> Self {
        Self::Refers(field, vec![id])
    }

    /// Those for which this and the other hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut all) => {
                all.push(other);
                Self::All(all)
            }
            one => Self::All(vec![one, other]),
        }
    }
}
