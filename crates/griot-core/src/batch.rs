//! Windows go through the model together.

/// What a batch costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// The sum of its rows.
    Sum,
    /// All rows filled up to the longest.
    Padded,
}

/// Groups rows into batches that cost at most `budget` units. Returns the indices of
/// the rows of each batch.
///
/// Rows are sorted by length, longest first, so that little of a batch is padding,
/// and short ones are left to fill gaps in time at the end. A row over the budget is
/// a batch of its own. Rows of equal length keep their order. Cost: O(n log n).
pub(crate) fn pack(lengths: &[usize], budget: usize, cost: Cost) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&row| std::cmp::Reverse(lengths[row]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut n_units = 0;
    for row in order {
        n_units += match (cost, batches.last()) {
            (Cost::Padded, Some(batch)) => lengths[batch[0]],
            _ => lengths[row],
        };
        match batches.last_mut() {
            Some(batch) if n_units <= budget => batch.push(row),
            _ => {
                n_units = lengths[row];
                batches.push(vec![row]);
            }
        }
    }
    batches
}

/// The budget of a batch when rows of `n_units` in all are to keep `threads` busy, at
/// most `budget`.
pub(crate) fn share(n_units: usize, threads: usize, budget: usize) -> usize {
    /// Fewer are not worth a batch: weights are read for each.
    const LEAST: usize = 48;
    n_units.div_ceil(threads.max(1)).max(LEAST).min(budget)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_under_the_budget() {
        let check = |lengths: &[usize], budget, cost, expected: &[&[usize]]| {
            assert_eq!(
                pack(lengths, budget, cost),
                expected,
                "{lengths:?} under {budget}"
            );
        };
        for cost in [Cost::Sum, Cost::Padded] {
            check(&[], 10, cost, &[]);
            check(&[3], 1, cost, &[&[0]]);
            check(&[1, 1, 1], 3, cost, &[&[0, 1, 2]]);
            check(&[4, 3, 2, 1], 8, cost, &[&[0, 1], &[2, 3]]);
            check(&[0, 0], 0, cost, &[&[0, 1]]);
        }
        check(&[1, 5, 5, 2], 10, Cost::Padded, &[&[1, 2], &[3, 0]]);
        check(&[5, 1, 2, 2], 10, Cost::Padded, &[&[0, 2], &[3, 1]]);
        check(&[5, 1, 2, 2], 10, Cost::Sum, &[&[0, 2, 3, 1]]);
    }

    #[test]
    fn every_thread_gets_a_share() {
        assert_eq!(share(10_000, 2, 512), 512);
        assert_eq!(share(300, 2, 512), 150);
        assert_eq!(share(30, 8, 512), 48);
        assert_eq!(share(30, 8, 10), 10);
        assert_eq!(share(0, 0, 512), 48);
    }
}
