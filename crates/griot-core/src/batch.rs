//! Windows of like length go through the model together.

/// Groups rows into batches. Returns the indices of the rows of each batch.
///
/// Rows are sorted by length, longest first, so that little of a batch is
/// padding; a batch of `n` rows costs `n × longest` units, at most `budget`.
/// A row over the budget is a batch of its own. Rows of equal length keep their
/// order. Cost: O(n log n).
pub(crate) fn pack(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&row| std::cmp::Reverse(lengths[row]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for row in order {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * lengths[batch[0]] <= budget => batch.push(row),
            _ => batches.push(vec![row]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_under_the_budget() {
        let check = |lengths: &[usize], budget, expected: &[&[usize]]| {
            assert_eq!(
                pack(lengths, budget),
                expected,
                "{lengths:?} under {budget}"
            );
        };
        check(&[], 10, &[]);
        check(&[3], 1, &[&[0]]);
        check(&[1, 1, 1], 3, &[&[0, 1, 2]]);
        check(&[1, 5, 5, 2], 10, &[&[1, 2], &[3, 0]]);
        check(&[4, 3, 2, 1], 8, &[&[0, 1], &[2, 3]]);
        check(&[0, 0], 0, &[&[0, 1]]);
    }
}
