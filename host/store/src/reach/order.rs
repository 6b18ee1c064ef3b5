//! The tables that lead to an island, in an order in which each comes after those that it refers to.

use std::collections::{HashMap, HashSet};

use super::{Own, TableDef, TableName};

/// The tables that are not our own and from which references lead to one that is: their places, in groups of those
/// that refer to one another, what is referred to first (Tarjan's strongly connected components).
pub(super) fn groups(tables: &[TableDef], own: &[Own]) -> Vec<Vec<usize>> {
    let own: HashSet<&TableName> = own.iter().map(|own| &own.name).collect();
    let foreign = |table: &&TableDef| !own.contains(&table.name);
    let places: HashMap<&TableName, usize> = (0..)
        .zip(tables)
        .filter(|(_, table)| foreign(table))
        .map(|(place, table)| (&table.name, place))
        .collect();

    let mut reached: HashSet<usize> = HashSet::new();
    loop {
        let before = reached.len();
        for (name, place) in &places {
            let leads = tables[*place].references.iter().any(|reference| {
                let to = &reference.to;
                own.contains(to) || (to != *name && places.get(to).is_some_and(|to| reached.contains(to)))
            });
            if leads {
                reached.insert(*place);
            }
        }
        if reached.len() == before {
            break;
        }
    }

    let mut sorted: Vec<usize> = reached.iter().copied().collect();
    sorted.sort_unstable();
    let refers = |place: usize| {
        let to = tables[place].references.iter().filter_map(|reference| places.get(&reference.to).copied());
        to.filter(|to| reached.contains(to)).collect::<Vec<_>>()
    };
    let mut search = Search::new(&refers);
    for place in sorted {
        if !search.numbers.contains_key(&place) {
            search.visit(place);
        }
    }
    search.groups
}

/// Those of these groups to which references lead from our own tables: neither can go before the other.
pub(super) fn referred_to_by_own(tables: &[TableDef], own: &[Own], groups: &[Vec<usize>]) -> HashSet<usize> {
    let is_own = |table: &TableDef| own.iter().any(|own| own.name == table.name);
    let places = groups.iter().flatten().map(|place| (&tables[*place].name, *place));
    let places: HashMap<&TableName, usize> = places.collect();
    let refers = |table: &TableDef| -> Vec<usize> {
        table.references.iter().filter_map(|reference| places.get(&reference.to).copied()).collect()
    };
    let mut open: Vec<usize> = tables.iter().filter(|table| is_own(table)).flat_map(refers).collect();
    let mut referred = HashSet::new();
    while let Some(place) = open.pop() {
        if referred.insert(place) {
            open.extend(refers(&tables[place]));
        }
    }
    referred
}

struct Search<'a> {
    refers: &'a dyn Fn(usize) -> Vec<usize>,
    numbers: HashMap<usize, usize>,
    open: Vec<usize>,
    groups: Vec<Vec<usize>>,
}

impl<'a> Search<'a> {
    fn new(refers: &'a dyn Fn(usize) -> Vec<usize>) -> Self {
        Self { refers, numbers: HashMap::new(), open: Vec::new(), groups: Vec::new() }
    }

    /// Visits a table and those that it refers to; returns the lowest number that can be come back to.
    fn visit(&mut self, place: usize) -> usize {
        let number = self.numbers.len();
        let mut lowest = number;
        self.numbers.insert(place, number);
        self.open.push(place);
        for to in (self.refers)(place) {
            let seen = match self.numbers.get(&to) {
                None => self.visit(to),
                Some(number) if self.open.contains(&to) => *number,
                Some(_) => continue,
            };
            lowest = lowest.min(seen);
        }
        if lowest == number
            && let Some(start) = self.open.iter().position(|open| *open == place)
        {
            self.groups.push(self.open.split_off(start));
        }
        lowest
    }
}
