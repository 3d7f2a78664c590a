//! `griot models`, and models that are not the one in the program.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "hub")]
#[path = "../../../tests/it/hub_server.rs"]
#[allow(dead_code, reason = "other tests make it misbehave")]
mod hub_server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// What one run gave.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Run {
    #[track_caller]
    fn assert(&self, code: i32, says: &[&str]) -> &Self {
        let said = format!("{}{}", self.stdout, self.stderr);
        assert_eq!(self.code, Some(code), "{said}");
        for part in says {
            assert!(said.contains(part), "no {part:?} in {said}");
        }
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// A folder with a cache of its own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// The tiny BERT, in the folder `model`.
    fn with_model(self) -> Self {
        for name in ["config.json", "tokenizer.json", "model.safetensors"] {
            self.write(&format!("model/{name}"), tiny_bert(name));
        }
        self
    }

    fn run(&self, args: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
        for variable in [
            "HF_ENDPOINT",
            "HF_TOKEN",
            "HF_HUB_CACHE",
            "HF_HUB_OFFLINE",
            "HTTP_PROXY",
            "http_proxy",
        ] {
            command.env_remove(variable);
        }
        let output = command
            .current_dir(self.0.path())
            .args(args)
            .env("HF_HOME", self.path("home"))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn tiny_bert(name: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../griot-core/tests/data/tiny-bert");
    fs::read(root.join(name)).unwrap()
}

#[test]
fn lists_what_needs_no_download() {
    let run = Folder::new().run(&["models", "list"], &[]);
    run.assert(0, &["embedded", "griot-mini@"]);
    let run = Folder::new().run(&["models", "list", "--json"], &[]);
    assert_eq!(run.assert(0, &[]).json()["place"], "embedded");
}

#[test]
fn tells_what_a_model_is() {
    let folder = Folder::new().with_model();
    folder.write(
        "model/README.md",
        "---\nlanguage:\n- fr\n- bm\nlicense: mit\n---\n# Tiny\n",
    );
    let run = folder.run(&["models", "info", "model", "--json"], &[]);
    let info = run.assert(0, &[]).json();
    for (field, expected) in [
        ("name", r#""model""#),
        ("family", r#""bert""#),
        ("labels", r#"["PER","ORG","LOC","MISC"]"#),
        ("scheme", r#""IOB2""#),
        ("languages", r#"["fr","bm"]"#),
        ("license", r#""mit""#),
        ("dtype", r#"["F32"]"#),
        ("bytes", "168460"),
        ("files", r#"["model.safetensors"]"#),
    ] {
        assert_eq!(info[field].to_string(), expected, "{field}");
    }
    assert!(info["parameters"].as_u64() > Some(30_000), "{info}");
    let run = folder.run(&["models", "info", "model"], &[]);
    run.assert(0, &["family        bert", "languages     fr, bm"]);
    let run = folder.run(&["models", "info"], &[]);
    run.assert(0, &["griot-words", "max_length    not known"]);
}

#[test]
fn verifies_checksums_structure_and_numbers() {
    let folder = Folder::new().with_model();
    let run = |folder: &Folder| folder.run(&["models", "verify", "model"], &[]);
    run(&folder).assert(
        0,
        &["no checksum   model.safetensors", "ok            structure"],
    );
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    folder.write(
        "model/SHA256SUMS",
        format!("{empty}  empty.txt\n{empty} *config.json\n{empty}  ../x\n"),
    );
    folder.write("model/empty.txt", "");
    let wrong = run(&folder);
    wrong.assert(
        1,
        &[
            "ok            empty.txt",
            "DIFFERS       config.json",
            empty,
        ],
    );
    assert!(!wrong.stdout.contains("../x"), "{}", wrong.stdout);
    folder.write("model/SHA256SUMS", format!("{empty}  gone.txt\n"));
    run(&folder).assert(1, &["missing       gone.txt"]);

    folder.write(
        "model/model.safetensors",
        &tiny_bert("model.safetensors")[..9_999],
    );
    run(&folder).assert(2, &["model.safetensors is damaged"]);
    folder
        .run(&["models", "verify", "no-such-folder"], &[])
        .assert(2, &["is not there"]);
    folder
        .run(&["models", "verify"], &[])
        .assert(0, &["structure"]);
}

#[test]
fn tags_with_a_part_of_the_vocabulary() {
    let folder = Folder::new().with_model();
    folder.write("a.txt", "Moussa Keïta vit à Bamako.");
    folder.write("b.txt", "Москва и Путин");
    let whole = folder.run(&["tag", "--model", "model", "a.txt"], &[]);
    for flags in [["--keep-scripts", "latin"], ["--keep-vocab-of", "a.txt"]] {
        let part = folder.run(
            &[&["tag", "--model", "model", "a.txt"], &flags[..]].concat(),
            &[],
        );
        part.assert(0, &["of 640 sub-words were loaded", "of memory"]);
        assert_eq!(part.stdout, whole.stdout, "{flags:?}");
    }
    let latin = [
        "tag",
        "--model",
        "model",
        "--keep-scripts",
        "latin",
        "b.txt",
        "a.txt",
    ];
    let failed = folder.run(&latin, &[]);
    failed.assert(1, &["is not in the part of the vocabulary"]);
    assert_eq!(failed.stdout, whole.stdout);
    let unknown = folder.run(&[&latin[..], &["--not-kept", "unknown"]].concat(), &[]);
    assert_eq!(unknown.assert(0, &[]).stdout.lines().count(), 2);
    folder
        .run(&["tag", "--keep-scripts", "latin", "a.txt"], &[])
        .assert(2, &["has no table of sub-words"]);
    folder
        .run(
            &[
                "tag",
                "--model",
                "model",
                "--keep-scripts",
                "elvish",
                "a.txt",
            ],
            &[],
        )
        .assert(2, &["elvish"]);
}

#[test]
fn warns_of_labels_without_names() {
    let folder = Folder::new().with_model();
    let config = String::from_utf8(tiny_bert("config.json")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    let names = (0..9).map(|id: usize| (id.to_string(), format!("LABEL_{id}").into()));
    config["id2label"] = Value::Object(names.collect());
    folder.write("model/config.json", config.to_string());
    folder.write("a.txt", "Bamako");
    folder
        .run(&["tag", "--model", "model", "a.txt"], &[])
        .assert(0, &["warning: config.json does not name 9 labels"]);
    folder
        .run(&["models", "info", "model"], &[])
        .assert(0, &["warning:", "IO"]);
}

#[cfg(feature = "hub")]
#[test]
fn models_of_the_hub_have_names() {
    use hub_server::{COMMIT, Server};

    let files = ["config.json", "tokenizer.json", "model.safetensors"];
    let files = files.map(|name| (name, tiny_bert(name)));
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (*name, &bytes[..]))
        .collect();
    let server = Server::start(&files);
    let folder = Folder::new();
    folder.write("a.txt", "Moussa Keïta vit à Bamako.");
    let online = [("HF_ENDPOINT", server.url())];
    let offline = [("HF_ENDPOINT", server.url()), ("HF_HUB_OFFLINE", "1")];
    let name = format!("org/tiny@{COMMIT}");

    let tag = ["tag", "--model", "org/tiny", "a.txt"];
    folder
        .run(&tag, &offline)
        .assert(2, &["HF_HUB_OFFLINE is set", "griot models pull"]);
    folder
        .run(&["models", "verify", "org/tiny"], &online)
        .assert(2, &["griot models pull org/tiny@main"]);
    folder
        .run(&["models", "pull", "org/tiny"], &online)
        .assert(0, &[&name]);
    for variables in [&online[..], &offline] {
        let run = folder.run(&tag, variables);
        assert_eq!(run.assert(0, &[]).json()["model"], name.as_str());
    }
    folder
        .run(&["models", "list"], &offline)
        .assert(0, &["cached", &name, "main"]);
    folder
        .run(&["models", "info", &name], &offline)
        .assert(0, &["family        bert"]);
    folder
        .run(&["models", "verify", "org/tiny"], &offline)
        .assert(0, &["structure"]);
    folder
        .run(&["models", "pull", "org/gated"], &online)
        .assert(2, &["HF_TOKEN"]);
    let with_token = [online[0], ("HF_TOKEN", "good")];
    folder
        .run(&["models", "pull", "org/gated"], &with_token)
        .assert(0, &["org/gated@"]);
    folder
        .run(&["tag", "--model", "org/none", "a.txt"], &online)
        .assert(2, &["spelling", "/api/models/org/none/"]);
    folder
        .run(&["models", "pull", "org/tiny@v9"], &online)
        .assert(2, &["no such revision"]);
}

#[test]
fn stores_weights_in_eight_bits() {
    let folder = Folder::new().with_model();
    let quantize = ["models", "quantize", "model", "--output", "small"];
    folder.run(&quantize, &[]).assert(0, &["small: ", "before"]);
    let n_bytes =
        |model| folder.run(&["models", "info", model, "--json"], &[]).json()["bytes"].as_u64();
    assert!(n_bytes("small").unwrap() * 2 < n_bytes("model").unwrap());
    folder.write("a.txt", "Sergueï Lavrov est à Bamako.");
    for precision in ["f32", "int8", "bf16", "auto"] {
        let tag = [
            "tag",
            "--model",
            "small",
            "--precision",
            precision,
            "--profile",
            "a.txt",
        ];
        folder.run(&tag, &[]).assert(0, &["for the network"]);
    }
    folder.run(&quantize, &[]).assert(2, &["exists"]);
    let unknown = [("GRIOT_ISA", "mmx")];
    let plain = ["tag", "--model", "small", "a.txt"];
    folder
        .run(&plain, &unknown)
        .assert(2, &["`GRIOT_ISA` is mmx", "portable"]);
    let portable = [("GRIOT_ISA", "portable")];
    let profile = ["tag", "--model", "small", "--profile", "a.txt"];
    folder
        .run(&profile, &portable)
        .assert(0, &["kernels f32, portable"]);
    let tag = [
        "tag",
        "--model",
        "small",
        "--engine",
        "candle",
        "--precision",
        "int8",
        "a.txt",
    ];
    folder
        .run(&tag, &[])
        .assert(2, &["precision int8 is not supported by the engine candle"]);
}
