//! The program as its users run it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What one run gave.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// A folder to run the program in.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = Self(TempDir::new().unwrap());
        for (name, bytes) in files {
            let path = folder.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        command(self.0.path(), args)
    }

    fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, b"")
    }

    fn run_with(&self, args: &[&str], stdin: &[u8]) -> Run {
        run(self.command(args), stdin)
    }
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
    command.current_dir(folder).args(args);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(variable);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(mut command: Command, stdin: &[u8]) -> Run {
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs in the root of the repository.
fn run_in_repository(args: &[&str], stdin: &[u8]) -> Run {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    run(command(&root, args), stdin)
}

impl Run {
    #[track_caller]
    fn assert(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "stderr: {}", self.stderr);
        self
    }

    #[track_caller]
    fn records(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[track_caller]
    fn ids(&self) -> Vec<String> {
        self.records()
            .iter()
            .map(|record| record["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

const TEXT: &str = "🎷 Sergueï Lavrov est arrivé à Bamako.";

#[test]
fn tags_files_in_their_order() {
    let texts = [
        "examples/data/003_d76808d42f407870.txt",
        "examples/data/000_fff721fdf8c08f85.txt",
        "examples/data/001_72e7f41f74cb261a.txt",
    ];
    let run = run_in_repository(&[&["tag"], &texts[..]].concat(), b"");
    run.assert(0);
    assert_eq!(run.ids(), texts);
    assert!(run.stderr.starts_with("3 documents ("), "{}", run.stderr);
    let quiet = run_in_repository(&["tag", "--quiet", texts[0]], b"");
    assert_eq!(quiet.assert(0).stderr, "");
}

#[test]
fn offsets_are_in_the_unit_asked_for() {
    let folder = Folder::new(&[("a.txt", TEXT.as_bytes())]);
    for unit in ["char", "byte", "utf16"] {
        let run = folder.run(&["tag", "a.txt", "--offsets", unit]);
        let record = &run.assert(0).records()[0];
        let fields: Vec<&String> = record.as_object().unwrap().keys().collect();
        let expected = [
            "id",
            "offset_unit",
            "model",
            "entities",
            "lang",
            "boilerplate",
        ];
        let mut expected = expected.map(str::to_owned).to_vec();
        expected.sort();
        assert_eq!(fields.into_iter().cloned().collect::<Vec<_>>(), expected);
        assert_eq!(record["offset_unit"], unit);
        assert!(record["model"].as_str().unwrap().starts_with("griot-mini@"));
        let entities = record["entities"].as_array().unwrap();
        assert!(entities.len() >= 2, "{record}");
        for entity in entities {
            let [start, end] =
                ["start", "end"].map(|field| entity[field].as_u64().unwrap() as usize);
            let cut: String = match unit {
                "char" => TEXT.chars().skip(start).take(end - start).collect(),
                "byte" => TEXT[start..end].to_owned(),
                _ => {
                    let units: Vec<u16> = TEXT.encode_utf16().collect();
                    String::from_utf16(&units[start..end]).unwrap()
                }
            };
            assert_eq!(entity["text"], cut.as_str());
        }
    }
}

#[test]
fn reads_standard_input() {
    let folder = Folder::new(&[]);
    for args in [&["tag"][..], &["tag", "-"]] {
        let run = folder.run_with(args, TEXT.as_bytes());
        assert_eq!(run.assert(0).ids(), ["-"]);
    }
    let lines = "{\"url\":\"u\",\"body\":\"Bamako\"}\n\n{\"body\":\"Dakar\"}\n";
    let args = [
        "tag",
        "--input",
        "jsonl",
        "--text-field",
        "body",
        "--id-field",
        "url",
    ];
    let run = folder.run_with(&args, lines.as_bytes());
    assert_eq!(run.assert(0).ids(), ["u", "-:3"]);
    assert_eq!(folder.run(&["tag"]).assert(0).ids(), ["-"]);
}

#[test]
fn walks_folders_and_patterns() {
    let folder = Folder::new(&[
        ("b/2.txt", b"Mali"),
        ("b/1.TXT", b"Mali"),
        ("b/c/3.jsonl", b"{\"id\":\"x\",\"text\":\"Mali\"}"),
        ("b/.hidden/4.txt", b"Mali"),
        ("b/5.md", b"Mali"),
        ("a.txt", b"Mali"),
        ("a[1].txt", b"Mali"),
    ]);
    let ids = |args: &[&str]| {
        let run = folder.run(&[&["tag"], args].concat());
        run.assert(0)
            .ids()
            .iter()
            .map(|id| id.replace('\\', "/"))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&["b"]), ["b/1.TXT", "b/2.txt", "x"]);
    assert_eq!(ids(&["b/5.md", "a.txt"]), ["b/5.md", "a.txt"]);
    assert_eq!(ids(&["**/[23].*"]), ["b/2.txt", "x"]);
    assert_eq!(ids(&["a[1].txt"]), ["a[1].txt"]);
    assert_eq!(ids(&["b/.hidden"]), ["b/.hidden/4.txt"]);
}

#[test]
fn a_bad_document_does_not_end_the_batch() {
    let folder = Folder::new(&[
        ("good.txt", b"Mali"),
        ("latin1.txt", b"S\xe9gou"),
        (
            "lines.jsonl",
            b"{\"id\":1,\"text\":\"Mali\"}\n{\"id\":2,\"txt\":1}\nno\n{\"id\":4,\"text\":\"\"}\n",
        ),
        ("empty/readme.md", b""),
        ("last.txt", b"Mali"),
    ]);
    let paths = [
        "good.txt",
        "latin1.txt",
        "missing.txt",
        "lines.jsonl",
        "empty",
        "*.csv",
        "last.txt",
    ];
    let run = folder.run(&[&["tag"], &paths[..]].concat());
    run.assert(1);
    assert_eq!(run.ids(), ["good.txt", "1", "4", "last.txt"]);
    let is_figure = |line: &&str| line.contains(" mentions") || line.contains(" documents (");
    let said: Vec<&str> = run.stderr.lines().filter(|line| !is_figure(line)).collect();
    insta::assert_snapshot!(said.join("\n").replace('\\', "/"), @r#"
    error: "latin1.txt" is not UTF-8: invalid byte 0xe9 at offset 1
    error: cannot read "missing.txt": No such file or directory (os error 2)
    error: lines.jsonl:2: no field "text"
    error: lines.jsonl:3: expected ident at line 1 column 2
    error: no text, web page or JSON Lines file in empty: see --glob
    error: no file matches "*.csv"
    note: 6 of 10 documents failed
    "#);
    let quiet = folder.run(&["tag", "--quiet", "latin1.txt"]);
    assert_eq!(quiet.assert(1).stderr.lines().count(), 1);
}

#[test]
fn usage_errors() {
    let folder = Folder::new(&[("a.txt", b"Mali")]);
    let error = |args: &[&str]| {
        let run = folder.run(args);
        assert_eq!(run.assert(2).stdout, "");
        run.stderr
            .lines()
            .next()
            .unwrap_or_default()
            .replace('\\', "/")
    };
    insta::assert_snapshot!(
        [
            error(&["tag", "--device", "gpu"]),
            error(&["tag", "--threshold", "2"]),
            error(&["tag", "--threshold", "0.5,ORG=high"]),
            error(&["tag", "--threshold", "DATE=0.5", "a.txt"]),
            error(&["tag", "--format", "xml"]),
            error(&["tag", "--threads", "0"]),
            error(&["tag", "--model", "nowhere", "a.txt"]),
            error(&["tag", "a.txt", "--output", "./a.txt"]),
            error(&["tag", "a.txt", "--aggregation", "first"]),
            error(&["tag", "a.txt", "--format", "hf", "--offsets", "byte"]),
            error(&["tag", "a.txt", "--output", "no/a.jsonl"]),
            error(&["score", "nowhere", "a.txt"]),
            error(&["score", "--by-form", "--match", "exact", "a.txt", "a.txt"]),
        ].join("\n"),
        @r"
    error: invalid value 'gpu' for '--device <DEVICE>': expected auto, cpu, cuda, cuda:N, metal or metal:N
    error: invalid value '2' for '--threshold <[LABEL=]SCORE>': not between 0 and 1
    error: invalid value 'ORG=high' for '--threshold <[LABEL=]SCORE>': not a number
    error: cannot load the model in this program: `threshold` is DATE, expected a label of the model: PER, ORG, LOC, MISC
    error: invalid value 'xml' for '--format <FORMAT>'
    error: invalid value '0' for '--threads <N>': number would be zero for non-zero type
    error: cannot load the model in nowhere, which is not there: cannot read model file nowhere/config.json: No such file or directory (os error 2)
    error: a.txt is both input and output
    error: --aggregation and --stride are for --format hf
    error: --format hf has no links and no text, and counts code points
    error: cannot write no/a.jsonl: its folder cannot be used: No such file or directory (os error 2)
    error: cannot read the gold standard: nowhere: No such file or directory (os error 2)
    error: the argument '--by-form' cannot be used with '--match <HOW>'
    "
    );
    assert_eq!(fs::read(folder.path("a.txt")).unwrap(), b"Mali");
    #[cfg(not(feature = "cuda"))]
    assert!(error(&["tag", "--device", "cuda", "a.txt"]).contains("cuda"));
}

#[test]
fn text_view_reads_without_colors() {
    let folder = Folder::new(&[("a.txt", TEXT.as_bytes())]);
    let args = ["tag", "a.txt", "--format", "text"];
    let plain = folder.run(&args);
    assert!(
        plain.assert(0).stdout.contains("[Bamako](LOC)"),
        "{}",
        plain.stdout
    );
    assert!(!plain.stdout.contains('\u{1b}'));

    let colored = folder.run(&[&args[..], &["--color", "always"]].concat());
    assert!(colored.assert(0).stdout.contains("\u{1b}["));

    let forced = |no_color: Option<&str>| {
        let mut command = folder.command(&args);
        command.env("CLICOLOR_FORCE", "1");
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        run(command, b"").stdout
    };
    assert!(forced(None).contains('\u{1b}'));
    assert!(!forced(Some("1")).contains('\u{1b}'));
}

#[test]
fn writes_conll() {
    let folder = Folder::new(&[("a.txt", b"Il est \xc3\xa0 Bamako.")]);
    let run = folder.run(&["tag", "a.txt", "--format", "conll"]);
    let expected = "# newdoc id = a.txt\nIl\tO\nest\tO\nà\tO\nBamako\tB-LOC\n.\tO\n\n";
    assert_eq!(run.assert(0).stdout, expected);

    // And reads it: words, not tags.
    fs::write(folder.path("a.conll"), run.stdout).unwrap();
    let again = folder.run(&["tag", "a.conll"]);
    assert_eq!(again.assert(0).ids(), ["a.txt"]);
}

/// Sub-words of a checkpoint, and the words of the embedded model; a text that is too
/// long for one window needs a stride.
#[test]
fn writes_what_the_pipeline_gives() {
    let long = "Awa quitte Sikasso. ".repeat(200);
    let folder = Folder::new(&[
        ("a.txt", b"Awa quitte S\xc3\xa9gou."),
        ("b.txt", long.as_bytes()),
    ]);
    let bert = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/parity/bert");
    let hf = ["tag", "--format", "hf"];
    let run = |args: &[&str], code| {
        let run = folder.run(&[&hf, args].concat());
        (run.assert(code).records(), run.stderr)
    };
    let (records, _) = run(&["a.txt"], 0);
    let last = records[0].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["entity_group"], &last["word"]),
        (&"LOC".into(), &"Ségou".into())
    );
    assert_eq!((&last["start"], &last["end"]), (&11.into(), &16.into()));
    let (records, _) = run(&["a.txt", "--model", bert, "--aggregation", "none"], 0);
    let first = &records[0][0];
    assert!(
        first["index"].is_u64() && first["entity"].is_string(),
        "{first}"
    );
    let (records, error) = run(&["a.txt", "b.txt", "--model", bert], 1);
    assert_eq!(records.len(), 1);
    assert!(
        error.contains("b.txt") && error.contains("stride"),
        "{error}"
    );
    let (records, _) = run(&["a.txt", "b.txt", "--model", bert, "--stride", "16"], 0);
    assert!(records[1].as_array().unwrap().last().unwrap()["end"].as_u64() > Some(3900));
}

#[test]
fn writes_to_a_file_and_does_not_read_it() {
    let folder = Folder::new(&[("in/a.txt", b"Mali")]);
    let args = ["tag", "in", "--output", "in/out.jsonl"];
    for _ in 0..2 {
        assert_eq!(folder.run(&args).assert(0).stdout, "");
        let written = fs::read_to_string(folder.path("in/out.jsonl")).unwrap();
        assert_eq!(written.lines().count(), 1, "{written}");
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = Folder::new(&[]);
    let line = format!("{{\"text\":\"{}\"}}\n", "Bamako. ".repeat(10));
    let mut child = folder
        .command(&["tag", "--input", "jsonl"])
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    // The program may stop reading before it has all.
    let _ = child
        .stdin
        .take()
        .unwrap()
        .write_all(line.repeat(30).as_bytes());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(stderr, "");
}

const GOLD: &str = r#"{"doc":"a.txt","mentions":[
    {"start":0,"end":4,"text":"Mali","label":"LOC"},
    {"start":8,"end":12,"text":"Mali","label":"LOC"},
    {"start":20,"end":25,"text":"ÉTAT!","label":"ORG"},
    {"start":30,"end":32,"text":"FB","label":"ORG","boilerplate":true}]}"#;

const PREDICTED: &str = r#"{"id":"x/a.txt","entities":[{"start":0,"end":4,"text":"Mali","label":"LOC"},{"start":20,"end":24,"text":"ÉTAT","label":"ORG"},{"start":30,"end":32,"text":"FB","label":"PER"}]}"#;

#[test]
fn scores_by_mention() {
    let folder = Folder::new(&[
        ("gold.json", GOLD.as_bytes()),
        ("p.jsonl", PREDICTED.as_bytes()),
    ]);
    insta::assert_snapshot!(folder.run(&["score", "gold.json", "p.jsonl"]).assert(0).stdout, @r"
    strict match, 1 document
    label  precision  recall      f1    gold  predicted  correct
    LOC       1.0000  0.5000  0.6667       2          1        1
    ORG       0.0000  0.0000  0.0000       2          1        0
    PER       0.0000  0.0000  0.0000       0          1        0
    micro     0.3333  0.2500  0.2857       4          3        1
    ");
    let micro = |args: &[&str]| {
        let run = folder.run(&[&["score", "gold.json", "p.jsonl", "--json"], args].concat());
        let report: Value = serde_json::from_str(&run.assert(0).stdout).unwrap();
        ["correct", "predicted", "gold"].map(|field| report["micro"][field].as_u64().unwrap())
    };
    assert_eq!(micro(&[]), [1, 3, 4]);
    assert_eq!(micro(&["--match", "exact"]), [2, 3, 4]);
    assert_eq!(micro(&["--match", "type"]), [2, 3, 4]);
    assert_eq!(micro(&["--by-form"]), [1, 3, 3]);
    assert_eq!(micro(&["--no-boilerplate"]), [1, 2, 3]);
}

#[test]
fn scores_what_tag_prints() {
    let gold = run_in_repository(&["score", "benches/gold", "benches/gold", "--json"], b"");
    let report: Value = serde_json::from_str(&gold.assert(0).stdout).unwrap();
    assert_eq!(report["micro"]["f1"], 1.0);
    assert_eq!(report["documents"], 3);

    let texts = [
        "examples/data/000_fff721fdf8c08f85.txt",
        "examples/data/002_b618d0d5ab75cad4.txt",
    ];
    let tagged = run_in_repository(&[&["tag"], &texts[..]].concat(), b"");
    let scored = run_in_repository(&["score", "benches/gold", "-"], tagged.stdout.as_bytes());
    insta::assert_snapshot!(scored.assert(0).stderr, @r#"
    note: no predictions for "001_72e7f41f74cb261a.txt": all its mentions count as missed
    note: no predictions for "003_d76808d42f407870.txt": all its mentions count as missed
    note: not in the gold standard: "examples/data/002_b618d0d5ab75cad4.txt"
    "#);
}

#[test]
fn scores_conll() {
    let gold = "EU B-ORG\nrejects O\n\nPeter B-PER\nBlackburn I-PER\n";
    let predicted = "EU B-ORG\nrejects O\n\nPeter B-PER\nBlackburn O\n";
    let folder = Folder::new(&[
        ("g.conll", gold.as_bytes()),
        ("p.tsv", predicted.as_bytes()),
    ]);
    let run = folder.run(&["score", "g.conll", "p.tsv"]);
    insta::assert_snapshot!(run.assert(0).stdout, @r"
    strict match, 1 document
    label  precision  recall      f1    gold  predicted  correct
    ORG       1.0000  1.0000  1.0000       1          1        1
    PER       0.0000  0.0000  0.0000       1          1        0
    micro     0.5000  0.5000  0.5000       2          2        1
    ");
    insta::assert_snapshot!(run.stderr, @r"
    note: no file names agree: documents are paired by position
    ");

    let bytes = PREDICTED.replacen("\"entities\"", "\"offset_unit\":\"byte\",\"entities\"", 1);
    let folder = Folder::new(&[
        ("gold.json", GOLD.as_bytes()),
        ("p.jsonl", bytes.as_bytes()),
    ]);
    insta::assert_snapshot!(folder.run(&["score", "gold.json", "p.jsonl"]).assert(2).stderr, @r#"
    error: "a.txt": gold offsets count in "char", predicted ones in "byte"
    "#);
}

#[test]
#[expect(clippy::too_many_lines, reason = "the help of every command")]
fn help() {
    let folder = Folder::new(&[]);
    insta::assert_snapshot!(folder.run(&["--help"]).assert(0).stdout, @r"
    Named-entity recognition and linking for many languages, French first

    Usage: griot [OPTIONS] <COMMAND>

    Commands:
      tag      Find the named entities of texts
      link     Link mentions, found by any program, to a knowledge base
      score    Score predictions against a gold standard
      convert  Turn annotated texts into another format
      kb       Build knowledge bases and look into them
      models   List models, look into them, download and check them
      serve    Answer over HTTP
      help     Print this message or the help of the given subcommand(s)

    Options:
          --color <WHEN>  Color the output; `auto` asks the terminal and the variable `NO_COLOR`
                          [default: auto] [possible values: auto, always, never]
      -q, --quiet         Print nothing but results and errors
      -h, --help          Print help
      -V, --version       Print version
    ");
    insta::assert_snapshot!(folder.run(&["tag", "-h"]).assert(0).stdout, @r"
    Find the named entities of texts

    Usage: griot tag [OPTIONS] [PATHS]...

    Arguments:
      [PATHS]...  Files, folders (their texts, web pages and JSON Lines, at any depth), quoted patterns,
                  or - for standard input, which is also read without paths. Any of them may be
                  compressed: gzip, bzip2, xz, Zstandard

    Options:
      -f, --format <FORMAT>            How to write the result [default: text on a terminal, else jsonl]
                                       [possible values: text, jsonl, conll, hf, brat, spacy,
                                       label-studio, web-annotation, nif, hipe, csv, tsv, parquet, html]
          --offsets <UNIT>             What `start` and `end` count, in formats where that can be chosen
                                       [default: char] [possible values: char, byte, utf16]
      -o, --output <FILE>              Write to this file instead of standard output. It has its name
                                       once it is complete
          --threshold <[LABEL=]SCORE>  Drop entities with a lower score, from 0 to 1: 0.5 for all,
                                       ORG=0.7 for those of a label; 0.5,ORG=0.7 for both
      -m, --model <DIR|ID>             Folder of a model, or its name on the Hugging Face Hub (org/name
                                       or org/name@revision), instead of the one in this program
          --keep-scripts <SCRIPTS>     Load only the sub-words written in these scripts, such as
                                       latin,cyrillic, which saves memory; for models that read
                                       sub-words
          --keep-vocab-of <FILE>       Load only the sub-words that this text has, which saves memory
          --color <WHEN>               Color the output; `auto` asks the terminal and the variable
                                       `NO_COLOR` [default: auto] [possible values: auto, always, never]
          --not-kept <HOW>             What happens to a document with a sub-word that was not loaded:
                                       it fails, or the model reads its token for the unknown instead
                                       [default: fail] [possible values: fail, unknown]
          --device <DEVICE>            Where to compute: auto, cpu, cuda[:N] or metal[:N]. Only `auto`
                                       may take another device than it names [default: auto]
      -q, --quiet                      Print nothing but results and errors
          --precision <NUMBERS>        Numbers to compute with on a CPU; `auto` takes int8 where the
                                       processor has an instruction for it, else f32 [default: f32]
                                       [possible values: f32, bf16, int8, auto]
      -j, --threads <N>                Threads of the program [default: one a core]
      -i, --input-format <FORMAT>      How to read the input; `auto` goes by the extension, and takes
                                       what it does not know for text [default: auto] [possible values:
                                       auto, text, jsonl, csv, tsv, html, conll, parquet]
          --html                       Read HTML, as --input-format html does
          --text-field <NAME>          Field or column of the text [default: text]
          --id-field <NAME>            Field or column of the identifier [default: id]
          --glob <PATTERN>             Which files to take from folders, such as '*.md' or 'news/**';
                                       can be given several times
          --with-text                  Put the text into JSON Lines, so that `griot link` can read them
          --boilerplate <WHAT>         What to do about what stands around the text of web pages: menus,
                                       other headlines, notices about cookies [default: mark] [possible
                                       values: keep, mark, skip]
          --lang <LANG>                Language of all texts that do not state theirs, such as fr,
                                       instead of finding it
          --log-format <FORMAT>        Form of what is said on standard error [default: text] [possible
                                       values: text, json]
          --profile                    Say at the end where the time went
          --link                       Link the entities to a knowledge base, and give one id to one
                                       entity
      -h, --help                       Print help (see more with '--help')

    Many documents:
          --resume            Go on with a run that was killed; begin if there is none. Input and
                              options must be the same
          --restart           Throw away what a run that was killed, or an earlier one, left in the
                              output
          --errors <FILE>     Write documents that failed to this file, as JSON Lines with id, path,
                              line and reason
          --fail-fast         Stop at the first document that fails
          --output-dir <DIR>  Write to files part-00000, part-00001 and so on in this folder
          --shard-size <N>    Documents in each of these files [default: 100000]

    With --link:
          --kb <FILE>               Knowledge base, instead of the one in this program
          --overlay <FILE>          Edits of the knowledge base, in JSON Lines: names to add, entities
                                    to remove, decisions
          --link-threshold <SCORE>  Least probability that an entity is in the knowledge base, from 0 to
                                    1 [default: 0.5]

    With --format hf:
          --aggregation <STRATEGY>  How sub-words become entities: the strategies of transformers
                                    [default: simple] [possible values: none, simple, first, average,
                                    max]
          --stride <N>              Sub-words that two chunks of a long text share; without it, a text
                                    over the window of the model is an error

    Examples:
      griot tag article.txt
      griot tag news/ 'archive/**/*.txt' --output entities.jsonl
      griot tag dump.jsonl.zst --output-dir entities --errors failed.jsonl --resume
      curl -s https://example.org/feed.jsonl | griot tag --input-format jsonl --text-field body
    ");
    insta::assert_snapshot!(folder.run(&["score", "-h"]).assert(0).stdout, @r"
    Score predictions against a gold standard

    Usage: griot score [OPTIONS] <GOLD> <PRED>

    Arguments:
      <GOLD>  The gold standard
      <PRED>  The predictions; - for standard input

    Options:
          --match <HOW>     When a prediction is right [default: strict] [possible values: strict,
                            exact, partial, type]
          --by-form         Count the distinct pairs of form and label of each document, not mentions
          --link            Score what the entities are linked to: links, NIL, candidates, clusters
          --kb <FILE>       Knowledge base that was linked to; gold entities that it does not have are
                            counted apart. By default the one in this program
          --no-boilerplate  Leave out gold mentions marked as boilerplate, and what overlaps them
          --json            Print JSON
          --color <WHEN>    Color the output; `auto` asks the terminal and the variable `NO_COLOR`
                            [default: auto] [possible values: auto, always, never]
      -q, --quiet           Print nothing but results and errors
      -h, --help            Print help (see more with '--help')

    Example:
      griot tag examples/data/*.txt | griot score benches/gold -
    ");
    assert!(
        folder
            .run(&["--version"])
            .assert(0)
            .stdout
            .starts_with("griot ")
    );
    assert!(folder.run(&[]).assert(2).stderr.contains("Usage"));
}
