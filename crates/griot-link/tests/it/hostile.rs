//! Damaged and crafted files: a typed error or nothing found, never a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use griot_link::kb::{
    BuildConfig, CandidateSource, Entity, EntityRef, KbBuilder, KbError, KnowledgeBase, Matched,
    Validation,
};
use griot_link::name::Name;
use proptest::prelude::*;

const HEADER: usize = 32;
const ROW: usize = 24;

fn file(n: usize) -> Vec<u8> {
    let mut builder =
        KbBuilder::new(BuildConfig::default().with_manifest("test", "2026-11-21", "CC0-1.0"));
    for i in 0..n {
        let json = format!(
            r#"{{"id":"{}{i}","name":"Ville {i}","type":"LOC","country":"ml","popularity":0.5,
                "aliases":{{"fr":["Ville {i}","La Ville","ville du {i}"],"ru":["Город {i}"]}},
                "demonyms":{{"fr":["villageois {i}"]}},"description":"place number {}",
                "neighbours":["Q1","X2"],"stands_for":"Q1","redirects":["old{i}","Q9{i}"]}}"#,
            if i % 3 == 0 { "X" } else { "Q" },
            i % 7,
        );
        builder
            .add(serde_json::from_str::<Entity>(&json).unwrap())
            .unwrap();
    }
    let mut bytes = Vec::new();
    builder.finish(&mut bytes).unwrap();
    bytes
}

fn number(bytes: &[u8], at: usize) -> usize {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize
}

fn sections(bytes: &[u8]) -> Vec<(usize, usize)> {
    let n = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    (0..n)
        .map(|i| {
            (
                number(bytes, HEADER + i * ROW),
                number(bytes, HEADER + i * ROW + 8),
            )
        })
        .collect()
}

/// Makes all checksums those of the content.
fn seal(bytes: &mut [u8]) {
    for (i, (offset, len)) in sections(bytes).into_iter().enumerate() {
        let checksum = crc32fast::hash(&bytes[offset..offset + len]);
        bytes[HEADER + i * ROW + 16..HEADER + i * ROW + 20]
            .copy_from_slice(&checksum.to_le_bytes());
    }
    let end = HEADER + sections(bytes).len() * ROW;
    bytes[24..28].fill(0);
    let checksum = crc32fast::hash(&bytes[..end]);
    bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
}

/// Asks for everything that can be asked for.
fn use_all(kb: &KnowledgeBase) {
    let mut hits = Vec::new();
    for text in [
        "Ville 1",
        "La Ville",
        "la vile",
        "Город 4",
        "nothing at all",
        "",
        "ville 12",
    ] {
        let name = Name::new(text);
        for how in [
            Matched::Exact,
            Matched::Sorted,
            Matched::Phonetic,
            Matched::Skeleton,
            Matched::Edit,
            Matched::Trigram,
        ] {
            kb.candidates(&name, how, &mut hits);
        }
    }
    let entities = hits
        .iter()
        .map(|hit| hit.entity)
        .chain(kb.iter().take(40))
        .chain([EntityRef(u32::MAX)]);
    for entity in entities {
        let id = kb.facts(entity).id.into_owned();
        kb.find(&id);
        kb.names(entity);
        kb.each_name(entity, &mut |_| {});
        kb.label(entity);
        kb.description(entity);
        kb.neighbours(entity);
        kb.entity(entity);
    }
    for id in ["Q1", "X3", "old4", "Q94", "Q4294967295", "Q99999999999", ""] {
        kb.find(id);
    }
    kb.info();
    let _ = kb.verify();
}

#[test]
fn a_sound_file_is_verified() {
    for n in [0, 1, 2, 40, 200] {
        let kb = KnowledgeBase::from_bytes(file(n)).unwrap();
        kb.verify().unwrap();
        use_all(&kb);
    }
}

#[test]
fn every_flipped_byte_is_told() {
    let bytes = file(3);
    let padding: Vec<usize> = {
        let mut used = vec![false; bytes.len()];
        used[..HEADER + sections(&bytes).len() * ROW].fill(true);
        for (offset, len) in sections(&bytes) {
            used[offset..offset + len].fill(true);
        }
        (0..bytes.len()).filter(|&i| !used[i]).collect()
    };
    for at in 0..bytes.len() {
        for bit in [0, 3, 7] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let opened = KnowledgeBase::from_bytes(damaged);
            assert!(
                opened.is_err() || padding.contains(&at),
                "byte {at} bit {bit}"
            );
        }
    }
}

#[test]
fn every_length_but_the_right_one_is_told() {
    let bytes = file(3);
    for len in 0..bytes.len() {
        let error = KnowledgeBase::from_bytes(&bytes[..len]).expect_err("cut off");
        assert!(matches!(error, KbError::TooShort { .. }), "{len}: {error}");
    }
    let longer = [bytes.as_slice(), b"x"].concat();
    assert!(matches!(
        KnowledgeBase::from_bytes(longer),
        Err(KbError::BadTable { .. })
    ));
}

#[test]
fn what_is_wrong_is_said() {
    let mut new = file(1);
    new[8..12].copy_from_slice(&9000u32.to_le_bytes());
    let mut old = file(1);
    old[8..12].copy_from_slice(&0u32.to_le_bytes());
    let rows = [
        (Vec::new(), "0 bytes"),
        (b"{\"id\":1}{\"id\":2}".to_vec(), "not a knowledge base"),
        (new, "format 9000; this program reads format 2001: update"),
        (old, "old format 0"),
    ];
    for (bytes, expected) in rows {
        let error = KnowledgeBase::from_bytes(bytes).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = KnowledgeBase::open("no such file").unwrap_err();
    assert!(matches!(error, KbError::Io { .. }));
}

/// Checksums are right, content is not: the work of someone who means harm.
#[test]
fn crafted_content_never_panics() {
    let bytes = file(20);
    for (section, (offset, len)) in sections(&bytes).into_iter().enumerate() {
        // Some bytes of every section; the property below tries others.
        for at in (offset..offset + len).step_by(len / 40 + 1) {
            for change in [0xff, 0x01] {
                let mut crafted = bytes.clone();
                crafted[at] ^= change;
                seal(&mut crafted);
                check_crafted(crafted, &format!("section {section} byte {}", at - offset));
            }
        }
    }
}

#[test]
fn cut_sections_never_panic() {
    let bytes = file(20);
    for (section, (_, len)) in sections(&bytes).into_iter().enumerate() {
        for kept in (0..len).step_by(len / 25 + 1) {
            let mut crafted = bytes.clone();
            let row = HEADER + section * ROW + 8;
            crafted[row..row + 8].copy_from_slice(&(kept as u64).to_le_bytes());
            assert!(
                KnowledgeBase::from_bytes(crafted.clone()).is_err(),
                "section {section} cut to {kept}"
            );
            seal(&mut crafted);
            check_crafted(crafted, &format!("section {section} cut to {kept}"));
        }
    }
}

fn check_crafted(bytes: Vec<u8>, what: &str) {
    let done = catch_unwind(AssertUnwindSafe(|| {
        if let Ok(kb) = KnowledgeBase::from_bytes(bytes) {
            use_all(&kb);
        }
    }));
    assert!(done.is_ok(), "panic: {what}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(KnowledgeBase::from_bytes(bytes.clone()).is_err());
        let mut with_magic = b"GRIOTKB\n\x01\0\0\0".to_vec();
        with_magic.extend(bytes);
        prop_assert!(KnowledgeBase::from_bytes(with_magic).is_err());
    }

    #[test]
    fn random_sections_never_panic(
        section in 0usize..14,
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = file(20);
        let (offset, len) = sections(&bytes)[section];
        for (index, byte) in noise {
            if len > 0 {
                bytes[offset + index.index(len)] = byte;
            }
        }
        seal(&mut bytes);
        if let Ok(kb) = KnowledgeBase::from_bytes(bytes.clone()) {
            use_all(&kb);
        }
        let leaked: &'static [u8] = Box::leak(bytes.into_boxed_slice());
        if let Ok(kb) = KnowledgeBase::from_static(leaked, Validation::Header) {
            use_all(&kb);
        }
    }
}
