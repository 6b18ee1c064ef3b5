//! What is remembered of how rows of islands are reached.

use super::{Dialect, Own, Reach, TableDef};
use crate::plan::Plan;

/// How rows of islands are reached, for as long as the schema stays as it is. It belongs to one connection, on which its
/// sets are.
#[derive(Debug)]
pub(crate) struct Reaches {
    own: Vec<Own>,
    dialect: Dialect,
    known: Option<(i64, Reach)>,
}

impl Reaches {
    pub(crate) fn new(plan: &Plan, dialect: Dialect) -> Self {
        let own = |table: &crate::plan::PlanTable| Own {
            name: (&*table.name).into(),
            island: table.island.to_string(),
        };
        Self { own: plan.tables.iter().map(own).collect(), dialect, known: None }
    }

    /// To be called when the connection, or what the transaction made on it, is lost.
    pub(crate) fn forget(&mut self) {
        self.known = None;
    }

    /// Takes what is known of a version of the schema, to be [kept](Reaches::keep) again.
    pub(crate) fn take(&mut self, version: i64) -> Option<Reach> {
        self.known.take().filter(|(known, _)| *known == version).map(|(_, reach)| reach)
    }

    /// Keeps what holds at a version of the schema.
    pub(crate) fn keep(&mut self, version: i64, reach: Reach) -> &Reach {
        &self.known.insert((version, reach)).1
    }

    /// How rows of an island are reached in these tables.
    pub(crate) fn of(&self, tables: &[TableDef]) -> Reach {
        Reach::new(tables, &self.own, self.dialect)
    }

    /// How rows of all islands are reached in these tables.
    pub(crate) fn of_all(&self, tables: &[TableDef]) -> Reach {
        Reach::of_all(tables, &self.own, self.dialect)
    }
}
