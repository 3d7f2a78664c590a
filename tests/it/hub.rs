//! Models from a hub that is on this machine, through the real client.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::thread;

use griot::ModelError;
use griot::hub::{Hub, HubProblem, ModelId, Reach};
use tempfile::TempDir;

use crate::hub_server::{COMMIT, Server};

/// Three pieces of a download, and not all alike.
static WEIGHTS: LazyLock<Vec<u8>> =
    LazyLock::new(|| (0..40_000_000_u32).map(|n| (n % 251) as u8).collect());

const CONFIG: &[u8] = br#"{"model_type": "bert", "architectures": ["BertForTokenClassification"]}"#;

fn server() -> Server {
    Server::start(&[
        ("config.json", CONFIG),
        ("tokenizer.json", b"{}"),
        ("README.md", b"---\nlicense: mit\n---\n"),
        ("model.safetensors", &WEIGHTS),
        ("tf_model.h5", b"not needed"),
    ])
}

fn hub(server: &Server, cache: &Path) -> Hub {
    // A token of the person who runs the tests is none of the server's business.
    Hub::from_env()
        .with_cache(cache)
        .with_endpoint(server.url())
        .with_token("")
        .with_reach(Reach::Online)
}

fn id(id: &str) -> ModelId {
    id.parse().unwrap()
}

#[track_caller]
fn problem(error: &ModelError) -> HubProblem {
    match error {
        ModelError::Hub { problem, .. } => *problem,
        other => panic!("{other}"),
    }
}

#[test]
fn a_model_is_pulled_once_and_then_needs_no_network() {
    let (server, cache) = (server(), TempDir::new().unwrap());
    let hub = hub(&server, cache.path());
    let snapshot = hub.pull(&id("org/tiny")).unwrap();
    assert_eq!(snapshot.name(), format!("org/tiny@{COMMIT}"));
    let read = |name: &str| fs::read(snapshot.folder.join(name)).unwrap();
    assert_eq!(read("config.json"), CONFIG);
    assert!(read("model.safetensors") == *WEIGHTS);
    assert!(!snapshot.folder.join("tf_model.h5").exists());
    let requests = server.take_requests();
    assert!(
        requests.iter().any(|request| request.contains("/cdn/")),
        "{requests:?}"
    );

    // The commit never changes, and the cache knows which one `main` was.
    let pinned = id(&snapshot.name());
    assert_eq!(hub.pull(&pinned).unwrap(), snapshot);
    let offline = hub.clone().with_reach(Reach::Offline);
    assert_eq!(offline.pull(&id("org/tiny")).unwrap(), snapshot);
    assert_eq!(offline.find_cached(&pinned), Some(snapshot.clone()));
    assert_eq!(server.take_requests(), [""; 0]);
    // `main` may be another commit now, so that is asked; no file is.
    assert_eq!(hub.pull(&id("org/tiny@main")).unwrap(), snapshot);
    let requests = server.take_requests();
    assert!(
        requests.iter().all(|request| request.contains("/api/")),
        "{requests:?}"
    );

    let cached = hub.cached();
    assert_eq!(cached.len(), 1);
    assert_eq!(cached[0].snapshot, snapshot);
    assert_eq!(cached[0].revisions, ["main"]);
    assert!(cached[0].is_complete);
}

#[test]
fn errors_say_what_to_try() {
    let (server, cache) = (server(), TempDir::new().unwrap());
    let hub = hub(&server, cache.path());
    for (name, token, expected, hint) in [
        ("org/gated", "", HubProblem::Unauthorized, "HF_TOKEN"),
        ("org/gated", "bad", HubProblem::Unauthorized, "HF_TOKEN"),
        (
            "org/secret",
            "good",
            HubProblem::Forbidden,
            "accept the terms",
        ),
        ("org/none", "", HubProblem::NoModel, "spelling"),
        ("org/none", "good", HubProblem::NoModel, "spelling"),
        ("org/tiny@v2", "", HubProblem::NoRevision, "follows the @"),
    ] {
        let error = hub.clone().with_token(token).pull(&id(name)).unwrap_err();
        assert_eq!(problem(&error), expected, "{name} {token:?}: {error}");
        let message = error.to_string();
        let repo = name.split('@').next().unwrap();
        assert!(
            message.contains(hint) && message.contains(&format!("/api/models/{repo}/revision/")),
            "{message}"
        );
    }
    let gated = hub.with_token("good").pull(&id("org/gated")).unwrap();
    assert_eq!(gated.repo, "org/gated");
}

#[test]
fn models_that_cannot_be_read_are_not_downloaded() {
    let weights = ("model.safetensors", &WEIGHTS[..]);
    let config = ("config.json", CONFIG);
    for (files, expected, file) in [
        (
            &[config, ("tokenizer.json", b"{}")][..],
            HubProblem::NoFile,
            "model.safetensors",
        ),
        (
            &[weights, ("tokenizer.json", b"{}")],
            HubProblem::NoFile,
            "config.json",
        ),
        (
            &[config, weights, ("spm.model", b"")],
            HubProblem::OtherTokenizer,
            "spm.model",
        ),
    ] {
        let (server, cache) = (Server::start(files), TempDir::new().unwrap());
        let error = hub(&server, cache.path())
            .pull(&id("org/tiny"))
            .unwrap_err();
        assert_eq!(problem(&error), expected, "{error}");
        assert!(
            error
                .to_string()
                .contains(&format!("/org/tiny/resolve/main/{file}"))
                || error.to_string().contains(file),
            "{error}"
        );
        assert_eq!(server.n_sent(), 0);
    }
}

#[test]
fn a_download_that_was_cut_goes_on() {
    let (server, cache) = (server(), TempDir::new().unwrap());
    let hub = hub(&server, cache.path());
    server.cut_after(20_000_000);
    let error = hub.pull(&id("org/tiny")).unwrap_err();
    assert_eq!(problem(&error), HubProblem::Unreachable, "{error}");
    assert!(error.to_string().contains("model.safetensors"), "{error}");
    // Nothing that looks like a model is there.
    let offline = hub.clone().with_reach(Reach::Offline);
    let error = offline.pull(&id("org/tiny")).unwrap_err();
    assert_eq!(problem(&error), HubProblem::Offline, "{error}");
    assert!(!hub.cached().iter().any(|model| model.is_complete));

    server.cut_after(u64::MAX);
    let before = server.n_sent();
    let snapshot = hub.pull(&id("org/tiny")).unwrap();
    assert!(fs::read(snapshot.folder.join("model.safetensors")).unwrap() == *WEIGHTS);
    assert_eq!(server.n_sent() - before, 40_000_000 - (16 << 20));
}

#[test]
fn two_downloads_at_once_are_one() {
    let (server, cache) = (server(), TempDir::new().unwrap());
    let pull = || hub(&server, cache.path()).pull(&id("org/tiny")).unwrap();
    let snapshots = thread::scope(|scope| {
        let pulls = [scope.spawn(pull), scope.spawn(pull)];
        pulls.map(|pull| pull.join().unwrap())
    });
    assert_eq!(snapshots[0], snapshots[1]);
    assert!(fs::read(snapshots[0].folder.join("model.safetensors")).unwrap() == *WEIGHTS);
    assert_eq!(server.n_sent(), 40_000_000);
}

#[test]
fn without_a_hub_the_cache_is_used_and_said_to_be() {
    let (server, cache) = (server(), TempDir::new().unwrap());
    let online = hub(&server, cache.path());
    let nowhere = online.clone().with_endpoint("http://127.0.0.1:9");
    let error = nowhere.pull(&id("org/tiny")).unwrap_err();
    assert_eq!(problem(&error), HubProblem::Unreachable, "{error}");
    let snapshot = online.pull(&id("org/tiny")).unwrap();
    assert!(snapshot.warnings().is_empty());
    let again = nowhere.pull(&id("org/tiny")).unwrap();
    assert_eq!(again.commit, snapshot.commit);
    assert_eq!(again.warnings().len(), 1);
}

#[test]
fn files_with_other_content_are_not_kept() {
    let (server, cache) = (server(), TempDir::new().unwrap());
    let hub = hub(&server, cache.path());
    server.damage(1);
    let error = hub.pull(&id("org/tiny")).unwrap_err();
    assert_eq!(problem(&error), HubProblem::Damaged, "{error}");
    server.damage(0);
    let snapshot = hub.pull(&id("org/tiny")).unwrap();
    assert!(fs::read(snapshot.folder.join("model.safetensors")).unwrap() == *WEIGHTS);
}

#[test]
fn names_are_checked() {
    for (name, is_right) in [
        ("org/name", true),
        ("name", true),
        ("org/name@main", true),
        ("org/name@refs/pr/1", true),
        ("org/na.me-1_x@v1.0", true),
        ("", false),
        ("org/", false),
        ("org/name@", false),
        ("a/b/c", false),
        ("../name", false),
        ("org/name@../../x", false),
        ("org/name@/x", false),
        ("org\\name", false),
        ("org/na me", false),
        ("http://x/y", false),
    ] {
        assert_eq!(name.parse::<ModelId>().is_ok(), is_right, "{name:?}");
    }
}
