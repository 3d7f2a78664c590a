//! Pairs of rows and columns that together weigh most.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An entry of a sparse matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) column: usize,
    /// Greater than zero.
    pub(super) weight: f64,
}

/// The weight of a heaviest set of cells with at most one in each row and in
/// each column, in a matrix of which only the cells above zero are given.
///
/// The method of Jonker and Volgenant: rows enter one after the other, each
/// along a shortest path through the rows already paired. A row may stay alone,
/// which costs nothing, so the matrix need be neither square nor full. Cost:
/// O(cells log cells) for each row, among the cells that are connected with it;
/// memory O(cells).
pub(super) fn heaviest(rows: &[Vec<Cell>], n_columns: usize) -> f64 {
    let mut matching = Matching::new(rows, n_columns);
    for row in 0..rows.len() {
        matching.insert(row);
    }
    matching.weight()
}

struct Matching<'a> {
    rows: &'a [Vec<Cell>],
    /// Potentials: `-weight - row_price - column_price >= 0` for every cell, and
    /// `= 0` for those chosen; the price of a row without a column is 0.
    row_price: Vec<f64>,
    column_price: Vec<f64>,
    row_of: Vec<Option<usize>>,
    column_of: Vec<Option<usize>>,
    /// Of the search under way; `f64::INFINITY` for columns not reached.
    distance: Vec<f64>,
    /// The row from which a column was reached.
    parent: Vec<usize>,
}

/// Where a shortest path ends.
#[derive(Clone, Copy)]
enum End {
    /// A column that nobody has.
    Column(usize),
    /// A row that gives its column up.
    Alone(usize),
}

impl<'a> Matching<'a> {
    fn new(rows: &'a [Vec<Cell>], n_columns: usize) -> Self {
        Self {
            rows,
            row_price: vec![0.0; rows.len()],
            column_price: vec![0.0; n_columns],
            row_of: vec![None; n_columns],
            column_of: vec![None; rows.len()],
            distance: vec![f64::INFINITY; n_columns],
            parent: vec![0; n_columns],
        }
    }

    fn weight(&self) -> f64 {
        let pairs = self.rows.iter().zip(&self.column_of);
        pairs
            .filter_map(|(cells, column)| {
                let column = (*column)?;
                cells.iter().find(|cell| cell.column == column)
            })
            .map(|cell| cell.weight)
            .sum()
    }

    fn insert(&mut self, row: usize) {
        let reduced = |cell: &Cell| -cell.weight - self.column_price[cell.column];
        let least = self.rows[row].iter().map(reduced).fold(0.0, f64::min);
        self.row_price[row] = least;
        let mut search = Search::new(row, -least);
        self.expand(&mut search, row, 0.0);
        while let Some(Reached { column, distance }) = search.queue.pop() {
            if distance >= search.length {
                break;
            }
            if distance > self.distance[column] {
                continue;
            }
            let Some(owner) = self.row_of[column] else {
                (search.length, search.end) = (distance, End::Column(column));
                break;
            };
            search.passed.push((owner, distance));
            let alone = distance - self.row_price[owner];
            if alone < search.length {
                (search.length, search.end) = (alone, End::Alone(owner));
            }
            self.expand(&mut search, owner, distance);
        }
        self.reprice(row, &search);
        self.augment(row, search.end);
        for column in search.touched {
            self.distance[column] = f64::INFINITY;
        }
    }

    /// Reaches the columns of `row`, which is `distance` away.
    fn expand(&mut self, search: &mut Search, row: usize, distance: f64) {
        for cell in &self.rows[row] {
            let reduced = -cell.weight - self.row_price[row] - self.column_price[cell.column];
            // Rounding may leave a chosen cell a hair below zero.
            let through = distance + reduced.max(0.0);
            let known = &mut self.distance[cell.column];
            if through < *known {
                if known.is_infinite() {
                    search.touched.push(cell.column);
                }
                *known = through;
                self.parent[cell.column] = row;
                search.queue.push(Reached {
                    column: cell.column,
                    distance: through,
                });
            }
        }
    }

    /// Moves the prices so that every cell of the path becomes free of charge.
    fn reprice(&mut self, row: usize, search: &Search) {
        self.row_price[row] += search.length;
        for &(owner, distance) in &search.passed {
            let shift = (search.length - distance).max(0.0);
            self.row_price[owner] += shift;
            if let Some(column) = self.column_of[owner] {
                self.column_price[column] -= shift;
            }
        }
    }

    /// Shifts the pairs along the path that ends at `end` and begins at `start`.
    fn augment(&mut self, start: usize, end: End) {
        let mut column = match end {
            End::Column(column) => column,
            End::Alone(row) => match self.column_of[row].take() {
                Some(column) => column,
                None => return,
            },
        };
        loop {
            let row = self.parent[column];
            self.row_of[column] = Some(row);
            let given_up = self.column_of[row].replace(column);
            match given_up {
                Some(next) if row != start => column = next,
                _ => return,
            }
        }
    }
}

struct Search {
    queue: BinaryHeap<Reached>,
    /// Columns whose distance must be forgotten afterwards.
    touched: Vec<usize>,
    /// Paired rows on the way, and how far they are.
    passed: Vec<(usize, f64)>,
    length: f64,
    end: End,
}

impl Search {
    /// A search from `row`, which would be alone at the cost of `length`.
    fn new(row: usize, length: f64) -> Self {
        Self {
            queue: BinaryHeap::new(),
            touched: Vec::new(),
            passed: Vec::new(),
            length,
            end: End::Alone(row),
        }
    }
}

/// Ordered so that the nearest is the greatest; of equals, the first column.
#[derive(Clone, Copy, PartialEq)]
struct Reached {
    column: usize,
    distance: f64,
}

impl Eq for Reached {}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reached {
    fn cmp(&self, other: &Self) -> Ordering {
        let nearest = other.distance.total_cmp(&self.distance);
        nearest.then_with(|| other.column.cmp(&self.column))
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "sums of small integers are exact")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sparse(dense: &[Vec<u8>]) -> Vec<Vec<Cell>> {
        let row = |row: &Vec<u8>| {
            let cells = row.iter().enumerate().filter(|(_, weight)| **weight > 0);
            cells
                .map(|(column, weight)| Cell {
                    column,
                    weight: f64::from(*weight),
                })
                .collect()
        };
        dense.iter().map(row).collect()
    }

    /// Tries everything.
    fn exhaustive(rows: &[Vec<Cell>], taken: u32) -> f64 {
        let Some((first, rest)) = rows.split_first() else {
            return 0.0;
        };
        let free = first.iter().filter(|cell| taken >> cell.column & 1 == 0);
        free.map(|cell| cell.weight + exhaustive(rest, taken | 1 << cell.column))
            .fold(exhaustive(rest, taken), f64::max)
    }

    #[test]
    fn greed_is_not_enough() {
        // The heaviest cell, 9, would leave 1 for the other row; 8 + 8 is more.
        let cases: [(&[&[u8]], f64); 4] = [
            (&[&[9, 8], &[8, 1]], 16.0),
            (&[&[5], &[7], &[6]], 7.0),
            (&[&[0, 0], &[0, 0]], 0.0),
            (&[], 0.0),
        ];
        for (dense, expected) in cases {
            let rows = sparse(&dense.iter().map(|row| row.to_vec()).collect::<Vec<_>>());
            assert_eq!(heaviest(&rows, 2), expected, "{dense:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_weighs_more(
            dense in prop::collection::vec(prop::collection::vec(0_u8..6, 6), 0..7),
        ) {
            let rows = sparse(&dense);
            prop_assert_eq!(heaviest(&rows, 6), exhaustive(&rows, 0));
        }
    }
}
