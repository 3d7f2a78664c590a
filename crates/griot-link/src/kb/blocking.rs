//! Keys that only narrow the search, as hashes: the order of words, the sound,
//! the consonants. Two keys may share a hash, so what is found is compared.

use super::Matched;
use super::bytes::{BitArray, BitWriter, bits_for, put_bit_array, take_len, take_u64};

/// Bits of a hash beyond those that choose the bucket: with buckets of about
/// 12, one false hit in 20 searches.
const REST_BITS: u32 = 8;
/// Bits of a hash that the builder sorts by.
pub(super) const HASH_BITS: u32 = 48;
/// Most entities that are kept for a hash.
pub(super) const ENTITIES_MAX: usize = 64;

/// Marks the keys of demonyms; others have the way in which they are found.
const DEMONYM: u8 = 6;

/// The hash of the key of a demonym.
pub(super) fn hash_of_demonym(key: &str) -> u64 {
    hash_of(DEMONYM, key)
}

/// The hash of a key.
pub(super) fn hash(how: Matched, key: &str) -> u64 {
    hash_of(how as u8, key)
}

/// FNV-1a with its bits mixed, fixed by the format.
fn hash_of(mark: u8, key: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in [mark].into_iter().chain(key.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash >> (64 - HASH_BITS)
}

/// The entities by hash, as stored.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Blocking<'a> {
    bucket_bits: u32,
    entity_bits: u32,
    starts: BitArray<'a>,
    entries: BitArray<'a>,
}

impl<'a> Blocking<'a> {
    pub(super) fn take(section: &mut &'a [u8]) -> Option<Self> {
        let len = take_len(section)?;
        let bucket_bits = u32::try_from(take_u64(section)?)
            .ok()
            .filter(|&bits| bits <= 32)?;
        let entity_bits = u32::try_from(take_u64(section)?)
            .ok()
            .filter(|&bits| bits <= 32)?;
        let start_width = u32::try_from(take_u64(section)?).ok()?;
        // Starts of no width would let a small file ask for billions of steps.
        if bucket_bits > 0 && start_width == 0 {
            return None;
        }
        Some(Self {
            bucket_bits,
            entity_bits,
            starts: BitArray::take(
                section,
                start_width,
                (1usize << bucket_bits).checked_add(1)?,
            )?,
            entries: BitArray::take(section, entity_bits + REST_BITS, len)?,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Entry `index` of all: an entity.
    pub(super) fn entity(&self, index: usize) -> Option<u32> {
        let entry = self.entries.get(index)?;
        Some((entry & ((1 << self.entity_bits) - 1)) as u32)
    }

    /// The first bucket that does not begin where the one before it ends.
    pub(super) fn bad_start(&self) -> Option<usize> {
        let mut previous = 0;
        (0..self.starts.len()).find(|&bucket| {
            let start = self.starts.get(bucket).unwrap_or(u64::MAX);
            let good = (previous..=self.entries.len() as u64).contains(&start);
            previous = start;
            !good
        })
    }

    /// Hands each entity of this hash to `each`.
    pub(super) fn each(&self, hash: u64, mut each: impl FnMut(u32)) -> Option<()> {
        let bucket = usize::try_from(hash >> (HASH_BITS - self.bucket_bits)).ok()?;
        let start = usize::try_from(self.starts.get(bucket)?).ok()?;
        let end = usize::try_from(self.starts.get(bucket + 1)?).ok()?;
        let rest = rest(hash, self.bucket_bits);
        let end = end.min(self.entries.len());
        // Hashes are spread evenly: about so far into the bucket, which is in order.
        let rest_at = |index| Some(self.entries.get(index)? >> self.entity_bits);
        let n_entries = end.saturating_sub(start) as u64;
        let mut index = start + ((n_entries * rest) >> REST_BITS) as usize;
        while index > start && rest_at(index - 1)? >= rest {
            index -= 1;
        }
        while index < end {
            let entry = self.entries.get(index)?;
            match (entry >> self.entity_bits).cmp(&rest) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => each((entry & ((1 << self.entity_bits) - 1)) as u32),
                std::cmp::Ordering::Greater => break,
            }
            index += 1;
        }
        Some(())
    }
}

fn rest(hash: u64, bucket_bits: u32) -> u64 {
    hash >> (HASH_BITS - bucket_bits - REST_BITS) & ((1 << REST_BITS) - 1)
}

/// Writes a [`Blocking`]; pairs come in ascending order of hash and entity.
#[derive(Debug)]
pub(super) struct BlockingWriter {
    bucket_bits: u32,
    entity_bits: u32,
    starts: Vec<u64>,
    len: u64,
    bits: BitWriter,
    bytes: Vec<u8>,
}

impl BlockingWriter {
    /// For at most `pairs` pairs.
    pub(super) fn new(entities: usize, pairs: u64) -> Self {
        Self {
            bucket_bits: bits_for(pairs / 16).min(32),
            entity_bits: bits_for(entities.saturating_sub(1) as u64),
            starts: Vec::new(),
            len: 0,
            bits: BitWriter::default(),
            bytes: Vec::new(),
        }
    }

    pub(super) fn push(
        &mut self,
        hash: u64,
        entity: u32,
        data: &mut impl std::io::Write,
    ) -> std::io::Result<()> {
        let bucket = (hash >> (HASH_BITS - self.bucket_bits)) as usize;
        self.starts
            .resize(self.starts.len().max(bucket + 1), self.len);
        let entry = rest(hash, self.bucket_bits) << self.entity_bits | u64::from(entity);
        self.bits
            .put(&mut self.bytes, entry, self.entity_bits + REST_BITS);
        self.len += 1;
        data.write_all(&self.bytes)?;
        self.bytes.clear();
        Ok(())
    }

    /// Writes the last bits to `data`; returns what goes before the data.
    pub(super) fn finish(mut self, data: &mut impl std::io::Write) -> std::io::Result<Vec<u8>> {
        self.bits.finish(&mut self.bytes);
        data.write_all(&self.bytes)?;
        self.starts.resize((1 << self.bucket_bits) + 1, self.len);
        let mut starts = Vec::new();
        let width = put_bit_array(&mut starts, &self.starts);
        let mut head = Vec::new();
        for number in [
            self.len,
            self.bucket_bits.into(),
            self.entity_bits.into(),
            width.into(),
        ] {
            head.extend(number.to_le_bytes());
        }
        head.extend(starts);
        Ok(head)
    }
}
