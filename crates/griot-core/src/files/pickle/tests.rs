use std::io::Write;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

/// An archive as `torch.save` makes it.
fn archive(pickle: &[u8], others: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in [&[("m/data.pkl", pickle)], others].concat() {
        zip.start_file(name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// `X` and a text.
fn text(text: &str) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap().to_le_bytes();
    [b"X", &length[..], text.as_bytes()].concat()
}

/// A tensor of storage `0`: `offset`, shape and strides are instructions.
fn tensor(storage: &str, offset: &[u8], shape: &[u8], strides: &[u8]) -> Vec<u8> {
    [
        b"ctorch._utils\n_rebuild_tensor_v2\n((".as_slice(),
        &text("storage"),
        format!("ctorch\n{storage}\n").as_bytes(),
        &text("0"),
        &text("cpu"),
        b"K\x06tQ",
        offset,
        shape,
        strides,
        b"\x89ccollections\nOrderedDict\n)RtR",
    ]
    .concat()
}

fn dict(value: &[u8]) -> Vec<u8> {
    [b"\x80\x02}(".as_slice(), &text("w"), value, b"u."].concat()
}

const DATA: (&str, &[u8]) = ("m/data/0", &[0; 24]);

#[test]
fn tensors_are_found() {
    let good = tensor(
        "FloatStorage",
        b"K\x01",
        b"K\x01K\x05\x86",
        b"K\x05K\x01\x86",
    );
    let bytes = archive(&dict(&good), &[DATA]);
    let places = read("model.bin", &bytes).unwrap();
    let place = &places["w"];
    assert_eq!(
        (place.dtype, &*place.shape),
        (safetensors::Dtype::F32, &[1, 5][..])
    );
    assert_eq!(place.range.len(), 20);
    let storage = bytes
        .windows(24)
        .position(|window| window == [0; 24])
        .unwrap();
    assert_eq!(place.range.start, storage + 4);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn nothing_but_tensors_is_read() {
    let sound = |offset: &[u8], shape: &[u8], strides: &[u8]| {
        dict(&tensor("FloatStorage", offset, shape, strides))
    };
    let shared = [b"K\x01q\x00".as_slice(), &b"h\x00h\x00\x86q\x00".repeat(12)].concat();
    for (name, pickle, expected) in [
        (
            "a call",
            b"\x80\x02cos\nsystem\n(".to_vec(),
            "names what tensors do not need: os.system",
        ),
        ("builtins", b"cbuiltins\neval\n.".to_vec(), "builtins.eval"),
        (
            "another torch class",
            b"ctorch\nload\n.".to_vec(),
            "torch.load",
        ),
        ("an object", b"\x80\x02(\x81.".to_vec(), "0x81"),
        (
            "no dictionary",
            b"K\x01.".to_vec(),
            "something else than a dictionary",
        ),
        ("a number", dict(b"K\x01"), "`w` is an integer"),
        ("a dictionary inside", dict(b"}"), "`w` is a dictionary"),
        ("no name", b"}(K\x01K\x02u.".to_vec(), "tensor without name"),
        (
            "half a pair",
            b"}(K\x01u.".to_vec(),
            "takes more than it put",
        ),
        ("nothing", Vec::new(), "cut off"),
        (
            "a text that is cut",
            b"X\xff\xff\xff\xffab".to_vec(),
            "cut off",
        ),
        ("an empty stack", b"0.".to_vec(), "0x30"),
        (
            "a mark too far",
            b"(K\x01(\x85.".to_vec(),
            "takes more than it put",
        ),
        (
            "no arguments",
            b"ctorch._utils\n_rebuild_tensor_v2\n)R.".to_vec(),
            "wrong arguments",
        ),
        ("a huge number", b"\x8a\xff".to_vec(), "cut off"),
        (
            "a long number",
            [b"\x8a\x09".as_slice(), &[0; 9]].concat(),
            "too large",
        ),
        (
            "deep tuples",
            [b"K\x01".as_slice(), &b"\x85".repeat(100_000)].concat(),
            "nests too deeply",
        ),
        ("deep dictionaries", b"}(K\x01".repeat(100_000), "cut off"),
        (
            "twice itself, twelve times",
            [shared.as_slice(), b"."].concat(),
            "something else than a dictionary",
        ),
        (
            "a dictionary twice",
            b"}q\x00h\x00.".to_vec(),
            "twice to a dictionary",
        ),
        (
            "a shape too long",
            sound(b"K\x00", b"K\x07\x85", b"K\x01\x85"),
            "longer than its storage",
        ),
        (
            "a huge shape",
            sound(
                b"K\x00",
                b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x87",
                b"K\x01K\x01K\x01\x87",
            ),
            "longer than its storage",
        ),
        (
            "a negative offset",
            sound(b"J\xff\xff\xff\xff", b"K\x01\x85", b"K\x01\x85"),
            "wrong arguments",
        ),
        (
            "a far offset",
            sound(
                b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
                b"K\x01\x85",
                b"K\x01\x85",
            ),
            "longer than its storage",
        ),
        (
            "columns",
            sound(b"K\x00", b"K\x02K\x03\x86", b"K\x01K\x02\x86"),
            "not row-major",
        ),
        (
            "too few strides",
            sound(b"K\x00", b"K\x02K\x03\x86", b"K\x01\x85"),
            "not row-major",
        ),
        (
            "another storage",
            dict(&tensor(
                "QInt8Storage",
                b"K\x00",
                b"K\x01\x85",
                b"K\x01\x85",
            )),
            "torch.QInt8Storage",
        ),
    ] {
        let Err(Error::Pickle {
            file,
            problem,
            found,
        }) = read("model.bin", &archive(&pickle, &[DATA]))
        else {
            panic!("{name} was read");
        };
        assert_eq!(file, "model.bin");
        let message = format!("{problem}: {found}");
        assert!(message.contains(expected), "{name}: {message}");
    }
}

#[test]
fn archives_that_are_none_are_refused() {
    let good = dict(&tensor(
        "FloatStorage",
        b"K\x00",
        b"K\x06\x85",
        b"K\x01\x85",
    ));
    let whole = archive(&good, &[DATA]);
    let long = vec![b'N'; PICKLE_BYTES_MAX as usize + 1];
    for (name, bytes, expected) in [
        ("nothing", Vec::new(), "is no ZIP archive"),
        ("a pickle alone", good.clone(), "is no ZIP archive"),
        (
            "half",
            whole[..whole.len() / 2].to_vec(),
            "is no ZIP archive",
        ),
        ("no storage", archive(&good, &[]), "lacks a storage"),
        (
            "a short storage",
            archive(&good, &[("m/data/0", &[0; 20])]),
            "longer than its storage",
        ),
        (
            "two pickles",
            archive(&good, &[DATA, ("n/data.pkl", b".")]),
            "or several",
        ),
        (
            "big-endian",
            archive(&good, &[DATA, ("m/byteorder", b"big")]),
            "little-endian",
        ),
        ("a long pickle", archive(&long, &[]), "too long"),
    ] {
        let Err(Error::Pickle { problem, found, .. }) = read("model.bin", &bytes) else {
            panic!("{name} was read");
        };
        let message = format!("{problem}: {found}");
        assert!(message.contains(expected), "{name}: {message}");
    }
    // Wherever it is cut, or a byte of it is another.
    for index in 0..whole.len() {
        assert!(read("model.bin", &whole[..index]).is_err(), "{index}");
        let mut changed = whole.clone();
        changed[index] ^= 0x55;
        // An error or other tensors, but no panic.
        let _ = read("model.bin", &changed);
    }
}
