//! Matrices of floats, and where the sequences in them end.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::Range;

/// Floats in rows, row-major.
///
/// Its memory is that of an earlier matrix of the same thread where there is one:
/// a layer needs several that are as large as those of the layer before it.
#[derive(Debug)]
pub struct Matrix {
    data: Vec<f32>,
    columns: usize,
}

/// Buffers that a thread keeps. A layer has at most about as many at a time.
const KEPT_MAX: usize = 8;

thread_local! {
    static FREE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

impl Matrix {
    /// A matrix with any numbers in it, for who writes all of them.
    pub(crate) fn scratch(rows: usize, columns: usize) -> Self {
        let data = FREE.with_borrow_mut(Vec::pop);
        let mut data = data.unwrap_or_default();
        data.resize(rows * columns, 0.0);
        Self { data, columns }
    }

    /// Zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let mut matrix = Self::scratch(rows, columns);
        matrix.data.fill(0.0);
        matrix
    }

    /// # Panics
    ///
    /// If `data` is not a number of whole rows of `columns`.
    pub fn from_vec(data: Vec<f32>, columns: usize) -> Self {
        assert!(columns > 0 && data.len().is_multiple_of(columns));
        Self { data, columns }
    }

    /// Rows.
    pub fn n_rows(&self) -> usize {
        self.data.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Numbers in a row.
    pub fn n_columns(&self) -> usize {
        self.columns
    }

    /// Row `index`.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.data[index * self.columns..][..self.columns]
    }

    /// All rows.
    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.data.chunks_exact_mut(self.columns.max(1))
    }

    /// All numbers, row-major.
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// All columns, to be split.
    pub(crate) fn columns_mut(&mut self) -> Columns<'_> {
        Columns {
            start: self.data.as_mut_ptr(),
            rows: self.n_rows(),
            stride: self.columns,
            range: 0..self.columns,
            owner: PhantomData,
        }
    }
}

impl Clone for Matrix {
    fn clone(&self) -> Self {
        let mut copy = Self::scratch(self.n_rows(), self.columns);
        copy.data.copy_from_slice(&self.data);
        copy
    }
}

impl Drop for Matrix {
    fn drop(&mut self) {
        let data = std::mem::take(&mut self.data);
        // A thread that ends has no place for it any more.
        let _ = FREE.try_with(|free| {
            let mut free = free.borrow_mut();
            if free.len() < KEPT_MAX && data.capacity() > 0 {
                free.push(data);
            }
        });
    }
}

/// Some columns of a matrix: threads that write different columns of the same
/// rows have no slice of their own.
pub(crate) struct Columns<'a> {
    start: *mut f32,
    rows: usize,
    stride: usize,
    range: Range<usize>,
    owner: PhantomData<&'a mut [f32]>,
}

// SAFETY: it stands for `&mut` access to the numbers in its columns, which no
// other value gives access to: it is made from a `&mut Matrix`, and `split_at`
// consumes it and gives disjoint ranges of columns.
#[expect(unsafe_code, reason = "disjoint columns are no disjoint slices")]
unsafe impl Send for Columns<'_> {}

impl Columns<'_> {
    pub(crate) fn n_rows(&self) -> usize {
        self.rows
    }

    /// The first `n` of its columns, and the others.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    pub(crate) fn split_at(self, n: usize) -> (Self, Self) {
        let Range { start, end } = self.range;
        let middle = start + n;
        assert!(middle <= end);
        let part = |range| Self { range, ..self };
        (part(start..middle), part(middle..end))
    }

    /// Its columns `columns` of its rows `rows`.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[expect(unsafe_code, reason = "disjoint columns are no disjoint slices")]
    pub(crate) fn part(&mut self, rows: Range<usize>, columns: Range<usize>) -> Columns<'_> {
        let Range { start, end } = self.range;
        let columns = start + columns.start..start + columns.end;
        assert!(rows.start <= rows.end && rows.end <= self.rows);
        assert!(columns.start <= columns.end && columns.end <= end);
        Columns {
            // SAFETY: `rows.start` is at most the number of rows, so this is in the
            // matrix or just behind it.
            start: unsafe { self.start.add(rows.start * self.stride) },
            rows: rows.len(),
            stride: self.stride,
            range: columns,
            owner: PhantomData,
        }
    }

    /// Its part of row `index`, from its column `from` on.
    ///
    /// # Panics
    ///
    /// If there is no such row or column.
    #[expect(unsafe_code, reason = "disjoint columns are no disjoint slices")]
    #[inline(always)]
    pub(crate) fn row(&mut self, index: usize, from: usize) -> &mut [f32] {
        assert!(index < self.rows && self.range.start + from <= self.range.end);
        let Range { start, end } = self.range;
        let start = start + from;
        // SAFETY: `start..end` is within a row (`range` only ever shrinks from
        // `0..stride`), and the row within the matrix, whose numbers are
        // initialized and live for the lifetime of `owner`. No other reference to
        // these numbers exists while the result lives: `self` is borrowed, and
        // other `Columns` have other columns.
        unsafe {
            let row = self.start.add(index * self.stride + start);
            std::slice::from_raw_parts_mut(row, end - start)
        }
    }
}

/// Where sequences end that stand one below the other.
#[derive(Clone, Debug, Default)]
pub struct Sequences {
    ends: Vec<usize>,
}

impl Sequences {
    /// Sequences of `lengths`, in rows.
    pub fn new(lengths: impl IntoIterator<Item = usize>) -> Self {
        let sums = lengths.into_iter().scan(0, |sum, length| {
            *sum += length;
            Some(*sum)
        });
        Self {
            ends: sums.collect(),
        }
    }

    /// The rows of each sequence.
    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| start..end)
    }

    /// Rows of all of them.
    pub fn n_rows(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Rows of the longest.
    pub fn longest(&self) -> usize {
        self.ranges().map(|range| range.len()).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_disjoint() {
        let mut matrix = Matrix::from_vec((0..12).map(|x| x as f32).collect(), 4);
        let (mut left, right) = matrix.columns_mut().split_at(1);
        let (mut middle, mut right) = right.split_at(2);
        left.row(2, 0)[0] = -1.0;
        middle.row(0, 1)[0] = -2.0;
        assert_eq!(right.row(1, 0), [7.0]);
        assert!(right.row(1, 1).is_empty());
        let mut part = middle.part(1..2, 1..2);
        assert_eq!(part.row(0, 0), [6.0]);
        assert_eq!(matrix.row(0), [0., 1., -2., 3.]);
        assert_eq!(matrix.row(2), [-1., 9., 10., 11.]);
    }

    #[test]
    #[should_panic(expected = "assertion failed")]
    fn columns_end() {
        let mut matrix = Matrix::zeros(2, 3);
        matrix.columns_mut().row(2, 0);
    }

    #[test]
    fn sequences_stand_one_below_the_other() {
        let sequences = Sequences::new([2, 0, 3]);
        let ranges: Vec<_> = sequences.ranges().collect();
        assert_eq!(ranges, [0..2, 2..2, 2..5]);
        assert_eq!((sequences.n_rows(), sequences.longest()), (5, 3));
        assert_eq!(Sequences::new([]).n_rows(), 0);
    }

    #[test]
    fn a_matrix_of_nothing_is_one() {
        assert_eq!(Matrix::zeros(0, 3).n_rows(), 0);
        assert_eq!(Matrix::zeros(3, 0).n_rows(), 0);
        assert_eq!(Matrix::zeros(2, 2).clone().as_slice(), [0.0; 4]);
    }
}
