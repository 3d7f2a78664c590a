//! How well two groupings of mentions agree.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, btree_map::Entry};

use super::Prf;
use super::assignment::{Cell, heaviest};

/// A gold grouping and a predicted one, compared.
///
/// An item is anything that names a mention in both groupings, such as a document
/// and a span: items of two documents may share a group. The groupings need not
/// have the same items. Those that only one has (*twinless*) are neither removed
/// nor added to the other: an item that only the prediction has lowers precision,
/// one that only gold has lowers recall. Pradhan et al. (2014, *Scoring
/// Coreference Partitions of Predicted Mentions*) argue for this and the scorer
/// of `CoNLL` does it since version 8; it does not move them about as the
/// "sys" variants of Cai and Strube (2010) do. Groups of one count.
///
/// # Example
///
/// ```
/// use griot_text::score::Clusters;
///
/// // The example of Pradhan et al. (2014).
/// let gold = [('a', 1), ('b', 1), ('c', 1), ('d', 2), ('e', 2), ('f', 2), ('g', 2)];
/// let predicted = [
///     ('a', "x"), ('b', "x"), ('c', "y"), ('d', "y"),
///     ('f', "z"), ('g', "z"), ('h', "z"), ('i', "z"),
/// ];
/// let clusters = Clusters::new(gold, predicted);
/// assert_eq!(format!("{:.2}", clusters.b_cubed().f1), "0.45");
/// assert_eq!(format!("{:.2}", clusters.ceaf_e().f1), "0.52");
/// assert_eq!(format!("{:.2}", clusters.lea().f1), "0.28");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clusters {
    /// Number of items of each gold group.
    gold: Vec<u32>,
    /// Number of items of each predicted group.
    predicted: Vec<u32>,
    overlaps: Vec<Overlap>,
}

/// Items that a gold and a predicted group share, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Overlap {
    gold: usize,
    predicted: usize,
    shared: u32,
}

impl Clusters {
    /// Compares two groupings, each a list of items with the group they are in.
    /// An item that is given twice counts once, in the group named first. Cost:
    /// O(n log n).
    pub fn new<K: Ord, G: Ord, P: Ord>(
        gold: impl IntoIterator<Item = (K, G)>,
        predicted: impl IntoIterator<Item = (K, P)>,
    ) -> Self {
        let (gold_groups, gold) = grouped(gold);
        let (predicted_groups, predicted) = grouped(predicted);
        let mut shared = BTreeMap::new();
        for (item, group) in &gold_groups {
            if let Some(other) = predicted_groups.get(item) {
                *shared.entry((*group, *other)).or_insert(0) += 1;
            }
        }
        let overlaps = shared
            .into_iter()
            .map(|((gold, predicted), shared)| Overlap {
                gold,
                predicted,
                shared,
            });
        Self {
            gold,
            predicted,
            overlaps: overlaps.collect(),
        }
    }

    /// Number of gold groups.
    pub fn n_gold(&self) -> usize {
        self.gold.len()
    }

    /// Number of predicted groups.
    pub fn n_predicted(&self) -> usize {
        self.predicted.len()
    }

    /// B-cubed (Bagga and Baldwin 1998): for each item, how much of its predicted
    /// group is in its gold group (precision) and the reverse (recall).
    pub fn b_cubed(&self) -> Prf {
        let (mut precision, mut recall) = (0.0, 0.0);
        for overlap in &self.overlaps {
            let square = f64::from(overlap.shared) * f64::from(overlap.shared);
            precision += square / self.predicted_size(*overlap);
            recall += square / self.gold_size(*overlap);
        }
        Prf::new(
            (precision, n_items(&self.predicted)),
            (recall, n_items(&self.gold)),
        )
    }

    /// CEAF-e (Luo 2005): groups are paired one to one so that the sum of
    /// `2 · shared / (size + size)` is greatest; that sum over the number of
    /// predicted (precision) and of gold groups (recall). Cost: O(r · c log c) for
    /// `r` gold groups connected through `c` overlaps, at worst.
    pub fn ceaf_e(&self) -> Prf {
        let mut rows = vec![Vec::new(); self.gold.len()];
        for overlap in &self.overlaps {
            let sizes = self.gold_size(*overlap) + self.predicted_size(*overlap);
            rows[overlap.gold].push(Cell {
                column: overlap.predicted,
                weight: 2.0 * f64::from(overlap.shared) / sizes,
            });
        }
        let similarity = heaviest(&rows, self.predicted.len());
        Prf::new(
            (similarity, self.predicted.len() as f64),
            (similarity, self.gold.len() as f64),
        )
    }

    /// LEA (Moosavi and Strube 2016): the share of the links inside each group
    /// that the other grouping has, each group weighted by its size. A group of
    /// one has a link to itself, which is found if the item is alone on the other
    /// side too.
    pub fn lea(&self) -> Prf {
        let (mut precision, mut recall) = (0.0, 0.0);
        for overlap in &self.overlaps {
            let (gold, predicted) = (self.gold_size(*overlap), self.predicted_size(*overlap));
            let both_alone = gold + predicted < 3.0;
            let found = if both_alone {
                1.0
            } else {
                pairs(overlap.shared)
            };
            recall += found * gold / n_links(self.gold[overlap.gold]);
            precision += found * predicted / n_links(self.predicted[overlap.predicted]);
        }
        Prf::new(
            (precision, n_items(&self.predicted)),
            (recall, n_items(&self.gold)),
        )
    }

    /// Pairs of items that are in one group. Zero where no group has two items.
    pub fn pairwise(&self) -> Prf {
        let shared: f64 = self.overlaps.iter().map(|it| pairs(it.shared)).sum();
        let all = |sizes: &[u32]| sizes.iter().map(|&size| pairs(size)).sum();
        Prf::new((shared, all(&self.predicted)), (shared, all(&self.gold)))
    }

    fn gold_size(&self, overlap: Overlap) -> f64 {
        f64::from(self.gold[overlap.gold])
    }

    fn predicted_size(&self, overlap: Overlap) -> f64 {
        f64::from(self.predicted[overlap.predicted])
    }
}

/// The group of each item as a number, and the size of each group.
fn grouped<K: Ord, C: Ord>(
    items: impl IntoIterator<Item = (K, C)>,
) -> (BTreeMap<K, usize>, Vec<u32>) {
    let mut numbers = BTreeMap::new();
    let mut sizes = Vec::new();
    let mut groups = BTreeMap::new();
    for (item, group) in items {
        let Entry::Vacant(place) = groups.entry(item) else {
            continue;
        };
        let number = *numbers.entry(group).or_insert_with(|| {
            sizes.push(0);
            sizes.len() - 1
        });
        sizes[number] += 1;
        place.insert(number);
    }
    (groups, sizes)
}

fn n_items(sizes: &[u32]) -> f64 {
    sizes.iter().copied().map(f64::from).sum()
}

/// Number of pairs among `n`.
fn pairs(n: u32) -> f64 {
    f64::from(n) * f64::from(n.saturating_sub(1)) / 2.0
}

/// Links inside a group of LEA.
fn n_links(size: u32) -> f64 {
    pairs(size).max(1.0)
}
