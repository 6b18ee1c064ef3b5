//! Values as statements write them. They come from a database that anybody may have written to.

use std::fmt::Write as _;

use crate::reach::Dialect;

/// A value, read as the database keeps it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    /// Only SQLite's: PostgreSQL's are read as text, as is all that is not named here.
    Real(f64),
    /// UTF-8, as far as the database keeps to that.
    Text(Vec<u8>),
    /// Only SQLite's.
    Blob(Vec<u8>),
}

impl Literal {
    /// Writes it: on one line, whatever it holds.
    pub(super) fn write(&self, dialect: Dialect, to: &mut String) {
        let written = match self {
            Self::Null => write!(to, "NULL"),
            Self::Bool(value) => write!(to, "{value}"),
            Self::Int(value) => write!(to, "{value}"),
            // SQLite knows no other word for it, and has no NaN. What it reads of numbers far from 1 may differ in the last
            // digit.
            Self::Real(value) if value.is_infinite() => {
                write!(to, "{}9e999", if *value < 0.0 { "-" } else { "" })
            }
            Self::Real(value) => write!(to, "{value:?}"),
            Self::Text(bytes) => {
                text(bytes, dialect, to);
                Ok(())
            }
            Self::Blob(bytes) => {
                hex(bytes, to);
                Ok(())
            }
        };
        // Writing to a String cannot fail.
        written.unwrap_or_default();
    }
}

/// A text (SQLite's `lang_expr.html`; PostgreSQL's documentation, 4.1.2).
fn text(bytes: &[u8], dialect: Dialect, to: &mut String) {
    match (dialect, std::str::from_utf8(bytes)) {
        (Dialect::Sqlite, Ok(text)) if !text.contains(char::is_control) => plain(text, to),
        (Dialect::Sqlite, _) => {
            to.push_str("CAST(");
            hex(bytes, to);
            to.push_str(" AS TEXT)");
        }
        (Dialect::Postgres, Ok(text)) if !text.contains(|c: char| c == '\\' || c.is_control()) => {
            plain(text, to);
        }
        // What is read from PostgreSQL is UTF-8.
        (Dialect::Postgres, _) => escaped(&String::from_utf8_lossy(bytes), to),
    }
}

/// Quoted; nothing but the quote has a meaning inside.
fn plain(text: &str, to: &mut String) {
    to.push('\'');
    to.push_str(&text.replace('\'', "''"));
    to.push('\'');
}

/// With escapes, which mean the same whatever `standard_conforming_strings` is.
fn escaped(text: &str, to: &mut String) {
    to.push_str("E'");
    for letter in text.chars() {
        match letter {
            '\'' => to.push_str("''"),
            '\\' => to.push_str("\\\\"),
            '\n' => to.push_str("\\n"),
            letter if letter.is_control() => {
                write!(to, "\\u{:04x}", u32::from(letter)).unwrap_or_default();
            }
            letter => to.push(letter),
        }
    }
    to.push('\'');
}

fn hex(bytes: &[u8], to: &mut String) {
    to.push_str("X'");
    for byte in bytes {
        write!(to, "{byte:02x}").unwrap_or_default();
    }
    to.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use sqlx::ConnectOptions;
    use sqlx::sqlite::SqliteConnectOptions;

    fn written(value: &Literal, dialect: Dialect) -> String {
        let mut text = String::new();
        value.write(dialect, &mut text);
        text
    }

    #[test]
    fn what_a_text_holds_stays_inside_its_quotes() {
        for (text, sqlite, postgres) in [
            ("Anna", "'Anna'", "'Anna'"),
            ("'; DROP TABLE users; --", "'''; DROP TABLE users; --'", "'''; DROP TABLE users; --'"),
            (r"\'; --", r"'\''; --'", r"E'\\''; --'"),
            ("a\n.shell rm", "CAST(X'610a2e7368656c6c20726d' AS TEXT)", r"E'a\n.shell rm'"),
            ("a\0", "CAST(X'6100' AS TEXT)", r"E'a\u0000'"),
            ("\u{85}", "CAST(X'c285' AS TEXT)", r"E'\u0085'"),
        ] {
            let value = Literal::Text(text.into());
            assert_eq!(written(&value, Dialect::Sqlite), sqlite);
            assert_eq!(written(&value, Dialect::Postgres), postgres);
        }
    }

    fn values() -> impl Strategy<Value = Literal> {
        prop_oneof![
            any::<i64>().prop_map(Literal::Int),
            (-1e9..1e9).prop_map(Literal::Real),
            any::<String>().prop_map(|text| Literal::Text(text.into_bytes())),
            any::<Vec<u8>>().prop_map(Literal::Text),
            any::<Vec<u8>>().prop_map(Literal::Blob),
        ]
    }

    #[tokio::test]
    async fn sqlite_reads_what_was_written() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let made = proptest::collection::vec(values(), 500).new_tree(&mut runner).unwrap().current();
        let edges = [i64::MIN, i64::MAX].map(Literal::Int).into_iter();
        let edges = edges.chain([f64::INFINITY, f64::NEG_INFINITY, 1e300, 0.1 + 0.2].map(Literal::Real));
        let mut db = SqliteConnectOptions::new().in_memory(true).connect().await.unwrap();
        for value in made.into_iter().chain(edges) {
            let text = written(&value, Dialect::Sqlite);
            assert!(!text.contains('\n'));
            let select = sqlx::AssertSqlSafe(format!("SELECT {text}"));
            let row = sqlx::query(select).fetch_one(&mut db).await.unwrap();
            assert_eq!(crate::sqlite::literal(&row, 0).unwrap(), value, "{text}");
        }
    }
}
