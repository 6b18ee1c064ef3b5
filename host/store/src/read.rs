//! From rows to an island.

use std::collections::HashMap;

use insula_domain::{AnyHandle, Entities, EntityId, FieldType, FieldValue, Ids, Island, IslandId, Kind};

use crate::cell::{self, Cell};
use crate::plan::{Place, Plan};
use crate::records::RunRecord;

/// Ids on their way back to handles.
#[derive(Debug, Default)]
struct Positions {
    ids: Ids,
    of: [HashMap<EntityId, u32>; Kind::ALL.len()],
}

impl Positions {
    /// The position of an id; a new one where it was not seen before.
    fn intern(&mut self, kind: Kind, id: EntityId) -> u32 {
        let list = self.ids.of_mut(kind);
        *self.of[kind as usize].entry(id).or_insert_with(|| {
            list.push(id);
            u32::try_from(list.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn find(&self, kind: Kind, id: EntityId) -> Option<u32> {
        self.of[kind as usize].get(&id).copied()
    }
}

/// An island that is being read, one kind after another in the order of [`Kind::ALL`].
pub(crate) struct Reading<'a> {
    plan: &'a Plan,
    island: IslandId,
    entities: Entities,
    positions: Positions,
    /// Whether all that is referred to was read before: else any id is taken as it comes.
    whole: bool,
}

impl<'a> Reading<'a> {
    /// For an island whole.
    pub(crate) fn whole(plan: &'a Plan, island: IslandId) -> Self {
        Self { plan, island, entities: Entities::default(), positions: Positions::default(), whole: true }
    }

    /// For a page of one kind.
    pub(crate) fn page(plan: &'a Plan, island: IslandId) -> Self {
        Self { whole: false, ..Self::whole(plan, island) }
    }

    /// Takes in the rows of one kind, and those of its link tables: owner and target, by the table's place.
    ///
    /// # Errors
    /// What cannot be read, and where.
    pub(crate) fn take(
        &mut self,
        kind: Kind,
        rows: &[Vec<Cell>],
        links: &[(usize, Vec<[EntityId; 2]>)],
    ) -> Result<(), String> {
        let how = self.plan.kind(kind);
        for row in rows {
            let id = row.get(how.id).and_then(cell::entity_id);
            let id = id.ok_or_else(|| format!("{} has a row without an id", self.plan.table(kind).name))?;
            self.positions.intern(kind, id);
        }
        let mut links: Vec<Vec<Vec<u32>>> = links
            .iter()
            .map(|(table, pairs)| self.grouped(kind, rows.len(), *table, pairs))
            .collect::<Result<_, _>>()?;
        for (index, row) in rows.iter().enumerate() {
            let mut lists = links.iter_mut().map(|link| std::mem::take(&mut link[index]));
            self.take_row(kind, row, &mut lists)?;
        }
        Ok(())
    }

    /// The targets of each owner, in the order of the owners.
    fn grouped(
        &mut self,
        kind: Kind,
        owners: usize,
        table: usize,
        pairs: &[[EntityId; 2]],
    ) -> Result<Vec<Vec<u32>>, String> {
        let name = &self.plan.tables[table].name;
        let fields = Entities::fields(kind).iter().zip(&self.plan.kind(kind).fields);
        let target = fields.filter(|(_, place)| matches!(place, Place::Link(at) if *at == table)).find_map(
            |(field, _)| {
                if let FieldType::Refs(target) = field.ty { Some(target) } else { None }
            },
        );
        let mut lists = vec![Vec::new(); owners];
        for &[owner, id] in pairs {
            let list = self.positions.find(kind, owner).and_then(|owner| lists.get_mut(owner as usize));
            let position = target.and_then(|target| self.position(target, id));
            match (list, position) {
                (Some(list), Some(position)) => list.push(position),
                _ => {
                    return Err(format!(
                        "{name} refers to {owner} and {id}, and the island does not have both"
                    ));
                }
            }
        }
        for list in &mut lists {
            list.sort_unstable();
        }
        Ok(lists)
    }

    fn position(&mut self, kind: Kind, id: EntityId) -> Option<u32> {
        if self.whole { self.positions.find(kind, id) } else { Some(self.positions.intern(kind, id)) }
    }

    fn take_row(
        &mut self,
        kind: Kind,
        row: &[Cell],
        lists: &mut dyn Iterator<Item = Vec<u32>>,
    ) -> Result<(), String> {
        let plan = self.plan;
        let how = plan.kind(kind);
        let wrong = |place: usize, wanted: &str| {
            let table = plan.table(kind);
            let id = row.get(how.id).and_then(cell::entity_id).map(|id| id.to_string()).unwrap_or_default();
            format!("{}.{} of {id} is {:?}, wanted {wanted}", table.name, table.columns[place], row[place])
        };
        let mut values = Vec::with_capacity(how.fields.len());
        for (field, place) in Entities::fields(kind).iter().zip(&how.fields) {
            values.push(match (*place, field.ty) {
                (Place::Column(at, _), FieldType::Ref(target)) => match cell::entity_id(&row[at]) {
                    None => FieldValue::Null,
                    Some(id) => {
                        let position = self.position(target, id);
                        FieldValue::Ref(target, position.ok_or_else(|| wrong(at, "one of the island's"))?)
                    }
                },
                (Place::Column(at, _), ty) => {
                    cell::decode((&row[at], None), ty, self.island).map_err(|wanted| wrong(at, wanted))?
                }
                (Place::Columns(date, time), ty) => {
                    let cells = (&row[date], Some(&row[time]));
                    cell::decode(cells, ty, self.island).map_err(|wanted| wrong(date, wanted))?
                }
                (Place::Link(_), FieldType::Refs(target)) => {
                    FieldValue::Refs(target, lists.next().unwrap_or_default().into())
                }
                (Place::Link(_), _) => FieldValue::Null,
            });
        }
        self.entities.push_values(kind, values).map_err(|error| {
            let id = row.get(how.id).and_then(cell::entity_id).map(|id| id.to_string()).unwrap_or_default();
            format!("{} {id}: {error}", plan.table(kind).name)
        })
    }

    /// The island, with the names that its runs gave. A name of what is not there any more is left out.
    pub(crate) fn island(self, runs: &[RunRecord]) -> Island {
        let names = runs.iter().flat_map(|run| &run.names);
        let names = names.filter_map(|(name, named)| {
            let index = self.positions.find(named.kind, named.id)?;
            Some((name.clone(), AnyHandle { kind: named.kind, index }))
        });
        Island { id: self.island, names: names.collect(), entities: self.entities, ids: self.positions.ids }
    }
}
