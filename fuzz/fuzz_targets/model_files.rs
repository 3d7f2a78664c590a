//! Whatever the text files of a model say: an error, and no panic.
//!
//! `tests/it/hostile_models.rs` does the same with generated JSON on stable
//! Rust.

#![no_main]

use std::fs;

use griot_core::{ModelFiles, Recognizer, RecognizerConfig};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// Three files, separated by a byte that JSON does not have.
fuzz_target!(|data: &[u8]| {
    let folder = TempDir::new().expect("a temporary folder");
    let write = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).expect("a temporary file");
    };
    let mut parts = data.splitn(3, |&byte| byte == 0xff);
    for name in ["config.json", "tokenizer_config.json", "model.safetensors.index.json"] {
        write(name, parts.next().unwrap_or_default());
    }
    write("vocab.txt", b"[UNK]\n[CLS]\n[SEP]\n");
    write("a.safetensors", b"\x02\0\0\0\0\0\0\0{}");
    if let Ok(files) = ModelFiles::read(folder.path()) {
        let _ = files.summary();
        assert!(Recognizer::from_bytes(&files, RecognizerConfig::default()).is_err());
    }
});
