//! What `griot serve` will do.

use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use griot::RecognizerConfig;
use griot_serve::{HttpConfig, ServiceConfig};

use super::LinkingSettings;
use crate::args::serve::{LimitArgs, LogFormat, ServeArgs};
use crate::model::Model;

/// What `griot serve` will do.
#[derive(Debug)]
pub(crate) struct ServeSettings {
    pub(crate) addr: SocketAddr,
    pub(crate) model: Model,
    pub(crate) recognizer: RecognizerConfig,
    pub(crate) linking: LinkingSettings,
    pub(crate) service: ServiceConfig,
    pub(crate) http: HttpConfig,
    pub(crate) log_format: LogFormat,
}

impl ServeSettings {
    pub(crate) fn new(args: ServeArgs) -> anyhow::Result<Self> {
        let recognizer = args.compute.config()?;
        let token = token(args.token_file.as_deref())?;
        let is_open = token.is_none() && !args.allow_public;
        if is_open && !args.addr.ip().is_loopback() {
            bail!(
                "{} can be reached from other machines: set a token with --token-file, \
                 or use --allow-public",
                args.addr
            );
        }
        let http = http(&args.limits);
        Ok(Self {
            addr: args.addr,
            model: Model::new(args.model)?,
            recognizer,
            linking: LinkingSettings::new(args.linking),
            service: service(&args.limits),
            http: match token {
                Some(token) => http.with_token(token),
                None => http,
            },
            log_format: args.log_format,
        })
    }
}

fn service(limits: &LimitArgs) -> ServiceConfig {
    ServiceConfig::default()
        .with_queue_max(limits.queue.get())
        .with_deadline(Some(seconds(limits.deadline)))
}

fn http(limits: &LimitArgs) -> HttpConfig {
    HttpConfig::default()
        .with_body_bytes_max(limits.max_body.get())
        .with_text_bytes_max(limits.max_text.get())
        .with_documents_max(limits.max_documents.get())
        .with_connections_max(limits.max_connections.get())
        .with_body_timeout(seconds(limits.body_timeout))
        .with_drain_timeout(seconds(limits.drain_timeout))
}

const fn seconds(n_seconds: NonZeroUsize) -> Duration {
    Duration::from_secs(n_seconds.get() as u64)
}

/// The token in `file`, else in the environment; on the command line all users of
/// the machine would see it.
fn token(file: Option<&Path>) -> anyhow::Result<Option<String>> {
    let token = match file {
        Some(path) => fs::read_to_string(path)
            .with_context(|| format!("cannot read the token in {}", path.display()))?,
        None => match std::env::var("GRIOT_TOKEN") {
            Ok(token) => token,
            Err(std::env::VarError::NotPresent) => return Ok(None),
            Err(error) => return Err(error).context("cannot read the variable GRIOT_TOKEN"),
        },
    };
    let token = token.trim();
    // Other characters cannot come in a header.
    let is_sendable = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    ensure!(
        is_sendable,
        "the token must be one or more visible ASCII characters"
    );
    Ok(Some(token.to_owned()))
}
