//! Tables on the terminal; Chinese letters are two columns wide.

use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, TableStyle};
use std::fmt;

/// A rule under the head, and no other: rows are easy to read, and to cut and sort.
const HEAD_RULE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table with a head.
#[derive(Debug)]
pub struct TextTable(comfy_table::Table);

impl TextTable {
    /// A table with these columns.
    pub fn new<T: Into<String>>(head: impl IntoIterator<Item = T>) -> Self {
        let mut table = comfy_table::Table::new();
        table
            .load_style(HEAD_RULE)
            .set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(head.into_iter().map(Into::<String>::into));
        Self(table)
    }

    /// Adds a row.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.0
            .add_row(cells.into_iter().map(|cell| Cell::new(cell.into())));
    }

    /// Aligns the columns from `first` on as figures are.
    pub fn figures_from(&mut self, first: usize) {
        for column in self.0.column_iter_mut().skip(first) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

impl fmt::Display for TextTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
