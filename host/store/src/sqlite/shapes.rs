//! The shapes of groups: how many rows go to each table.
//!
//! The same tests seed the same scenarios, so the same few shapes come again and again.

use std::collections::HashMap;

use sqlx::SqlStr;

use super::sql::{self, Statements};
use crate::select;

/// A group with more rows is not made one text: what the changes of threads cost is nothing against its rows, and its
/// statements would take much memory.
const ROWS: usize = 256;

/// So many shapes are kept. Each is some 50 KiB of statements in SQLite.
const SHAPES: usize = 64;

/// Which shapes were seen, and the text of each.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    seen: HashMap<(Vec<usize>, bool), SqlStr>,
}

impl Shapes {
    /// The text that writes so many rows to each table and ends the transaction. Nothing when the group is large, or of a
    /// shape that was not seen before: preparing it would cost more than it saves.
    pub(super) fn text(&mut self, statements: &Statements, counts: &[usize], begin: bool) -> Option<SqlStr> {
        if counts.iter().sum::<usize>() > ROWS {
            return None;
        }
        let shape = (counts.to_vec(), begin);
        if let Some(text) = self.seen.get(&shape) {
            return Some(text.clone());
        }
        if self.seen.len() >= SHAPES {
            self.seen.clear();
        }
        let text = text(statements, counts, begin);
        self.seen.insert(shape, text);
        None
    }
}

fn text(statements: &Statements, counts: &[usize], begin: bool) -> SqlStr {
    let mut text = if begin { format!("{}; ", sql::BEGIN) } else { String::new() };
    for (insert, rows) in statements.inserts.iter().zip(counts) {
        for (piece, _) in insert.pieces(*rows) {
            text.push_str(piece.as_str());
            text.push_str("; ");
        }
    }
    text.push_str(sql::COMMIT);
    select::sql(text)
}
