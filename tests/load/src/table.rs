//! Tables in Markdown.

use std::time::Duration;

/// A table to be printed.
#[derive(Debug)]
pub struct Table {
    columns: usize,
    text: String,
}

impl Table {
    /// A table with these headings.
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        let mut table = Self { columns: N, text: String::new() };
        table.line(headings.map(str::to_owned));
        table.line([const { "---" }; N].map(str::to_owned));
        table
    }

    /// One more row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns, "a row has a cell for each heading");
        self.line(cells);
    }

    fn line<const N: usize>(&mut self, cells: [String; N]) {
        self.text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }

    /// Prints it.
    pub fn print(self) {
        println!("{}", self.text);
    }
}

/// A time in milliseconds.
pub fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Bytes in mebibytes.
pub fn mebibytes(bytes: u64) -> String {
    let (whole, rest) = (bytes >> 20, bytes & ((1 << 20) - 1));
    format!("{whole}.{} MiB", (rest * 10) >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(["what", "how long"]);
        table.row(["a start".to_owned(), millis(Duration::from_micros(1234))]);
        assert_eq!(table.text, "| what | how long |\n| --- | --- |\n| a start | 1.23 ms |\n");
    }

    #[test]
    fn bytes_are_cut_not_rounded_up() {
        let shown = [0, (1 << 20) - 1, 1 << 20, (5 << 20) + (1 << 19)].map(mebibytes);
        assert_eq!(shown, ["0.0 MiB", "0.9 MiB", "1.0 MiB", "5.5 MiB"]);
    }
}
