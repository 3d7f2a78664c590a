//! `griot serve`, as it is typed.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::LinkingArgs;
use super::compute::ComputeArgs;

/// Answer over HTTP.
///
/// `POST /v1/tag` finds entities, `POST /v1/link` also says what they are; either
/// takes JSON, alone or in lists, and streams of JSON Lines. `/openapi.json` has the
/// details; `/healthz`, `/readyz` and `/metrics` are for those who run it.
///
/// SIGTERM and Ctrl-C end it once the requests it accepted are answered; a second
/// one ends it at once.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  griot serve
  griot serve --addr 0.0.0.0:8080 --token-file token.txt
  curl -s localhost:8080/v1/tag -H 'content-type: application/json' -d '{\"text\": \"Macky Sall à Dakar\"}'")]
pub(crate) struct ServeArgs {
    /// Where to listen. Other machines reach only an address that is not loopback,
    /// which needs a token or --allow-public.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) addr: SocketAddr,

    /// Let everyone who reaches the address use it, without a token.
    #[arg(long)]
    pub(crate) allow_public: bool,

    /// File with the token that requests must carry as `Authorization: Bearer`
    /// [default: the variable `GRIOT_TOKEN`, if set].
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// Folder of a model, or its name on the hub: org/name or org/name@revision
    /// [default: the one in this program].
    #[arg(long, short, value_name = "DIR|ID")]
    pub(crate) model: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) compute: ComputeArgs,

    #[command(flatten)]
    pub(crate) linking: LinkingArgs,

    /// How to write the log.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,

    #[command(flatten, next_help_heading = "Limits")]
    pub(crate) limits: LimitArgs,
}

/// What is refused, and when.
#[derive(Debug, Parser)]
pub(crate) struct LimitArgs {
    /// Requests that wait; more are refused with 429.
    #[arg(long, value_name = "N", default_value = "1024")]
    pub(crate) queue: NonZeroUsize,

    /// Seconds to a result; later it is 504.
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    pub(crate) deadline: NonZeroUsize,

    /// Bytes of a body, or of a line of a stream; more are refused with 413.
    #[arg(long, value_name = "BYTES", default_value = "8388608")]
    pub(crate) max_body: NonZeroUsize,

    /// Bytes of a text.
    #[arg(long, value_name = "BYTES", default_value = "1048576")]
    pub(crate) max_text: NonZeroUsize,

    /// Documents of a JSON body.
    #[arg(long, value_name = "N", default_value = "256")]
    pub(crate) max_documents: NonZeroUsize,

    /// Connections at once; others wait.
    #[arg(long, value_name = "N", default_value = "1024")]
    pub(crate) max_connections: NonZeroUsize,

    /// Seconds for a body to arrive; later it is 408.
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    pub(crate) body_timeout: NonZeroUsize,

    /// Seconds that accepted requests have at the end.
    #[arg(long, value_name = "SECONDS", default_value = "30")]
    pub(crate) drain_timeout: NonZeroUsize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    /// One JSON object a line.
    Json,
}
