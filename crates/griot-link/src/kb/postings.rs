//! What each key may mean.

use super::bytes::{BitArray, put_varint, take, take_len, take_u64, take_varint};
use super::{AliasKind, Lang};

/// Most entities that are kept for a key.
pub(super) const ENTITIES_MAX: usize = 64;
/// A prior is `2^(-q / PRIOR_STEPS)` for a byte `q`: 4 % apart, down to 2⁻¹⁶.
const PRIOR_STEPS: f32 = 16.0;

/// One meaning of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Posting {
    pub(super) entity: u32,
    /// Place of kind and language in the table of uses.
    pub(super) usage: u32,
    /// The prior on a log scale, see [`prior`].
    pub(super) prior: u8,
}

/// The postings, as stored.
///
/// Most keys mean one entity, so that is what has a place of fixed width, found
/// without an index; the lists of others are elsewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Postings<'a> {
    entity_bits: u32,
    entries: BitArray<'a>,
    lists: &'a [u8],
}

impl<'a> Postings<'a> {
    pub(super) fn take(section: &mut &'a [u8]) -> Option<Self> {
        let len = take_len(section)?;
        let entity_bits = u32::try_from(take_u64(section)?)
            .ok()
            .filter(|&bits| bits <= 32)?;
        let width = u32::try_from(take_u64(section)?).ok()?;
        let lists_len = take_len(section)?;
        Some(Self {
            entity_bits,
            entries: BitArray::take(section, width, len)?,
            lists: take(section, lists_len)?,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Hands what the key of this ordinal may mean to `each`, most probable first;
    /// `None` if the list is damaged.
    pub(super) fn each(&self, ordinal: usize, mut each: impl FnMut(Posting)) -> Option<()> {
        let entry = self.entries.get(ordinal)?;
        let payload = entry >> 1;
        if entry & 1 == 0 {
            each(Posting {
                entity: (payload & ((1 << self.entity_bits) - 1)) as u32,
                usage: u32::try_from(payload >> self.entity_bits).ok()?,
                prior: 0,
            });
            return Some(());
        }
        let mut list = self.lists.get(usize::try_from(payload).ok()?..)?;
        let len = take_varint(&mut list)?;
        for _ in 0..len.min(ENTITIES_MAX as u64) {
            each(Posting {
                entity: u32::try_from(take_varint(&mut list)?).ok()?,
                usage: u32::try_from(take_varint(&mut list)?).ok()?,
                prior: take(&mut list, 1)?[0],
            });
        }
        (len <= ENTITIES_MAX as u64).then_some(())
    }
}

/// The probability that `quantized` stands for.
pub(super) fn prior(quantized: u8) -> f32 {
    (-f32::from(quantized) / PRIOR_STEPS).exp2()
}

/// The nearest byte to a probability in `[0, 1]`.
pub(super) fn quantize(probability: f64) -> u8 {
    (-probability.log2() * f64::from(PRIOR_STEPS))
        .round()
        .clamp(0.0, 255.0) as u8
}

/// How much a name of this kind counts, to one that a list gives as the main one.
pub(super) const fn weight(kind: AliasKind) -> f64 {
    match kind {
        AliasKind::Label => 1.0,
        AliasKind::Alias => 0.6,
        AliasKind::Acronym => 0.5,
        AliasKind::Demonym => 0.3,
        AliasKind::Surname => 0.05,
    }
}

/// Kind and language of a name.
pub(super) type Usage = (AliasKind, Lang);

/// Widths of the entries, known before the first is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths {
    pub(super) entity: u32,
    pub(super) usage: u32,
    pub(super) entry: u32,
}

impl Widths {
    /// For so many entities, usages and postings.
    pub(super) fn new(entities: usize, usages: usize, postings: u64) -> Self {
        use super::bytes::bits_for;
        let entity = bits_for(entities.saturating_sub(1) as u64);
        // A rare usage goes to the lists.
        let usage = bits_for(usages.saturating_sub(1) as u64).min(6);
        // A posting takes at most five bytes for the entity, three for the usage
        // and two for the rest.
        let entry = 1 + (entity + usage).max(bits_for(postings * 10));
        Self {
            entity,
            usage,
            entry,
        }
    }

    /// The entry of a key with this only meaning, if it has a place for it.
    pub(super) fn single(&self, posting: Posting) -> Option<u64> {
        let usage = u64::from(posting.usage);
        (usage < 1 << self.usage).then(|| (u64::from(posting.entity) | usage << self.entity) << 1)
    }
}

/// Appends a list of postings.
pub(super) fn put_list(out: &mut Vec<u8>, postings: &[Posting]) {
    put_varint(out, postings.len() as u64);
    for posting in postings {
        put_varint(out, u64::from(posting.entity));
        put_varint(out, u64::from(posting.usage));
        out.push(posting.prior);
    }
}
