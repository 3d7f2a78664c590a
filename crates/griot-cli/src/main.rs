//! The program `griot`: named entities of texts, on the command line.
//!
//! Data goes to standard output, talk to standard error. The exit status is 0
//! if all went well, 1 if some documents failed, 2 if nothing could be done.

mod args;
mod commands;
mod input;
mod model;
mod output;
mod settings;
mod talk;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::settings::{LinkSettings, ScoreSettings, TagSettings};
use crate::talk::Talk;

/// How a command that was not stopped by an error ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Every document went through.
    Complete,
    /// Some documents failed; each was reported.
    Partial,
}

fn main() -> ExitCode {
    let args = Args::parse();
    args.color.choice().write_global();
    if let Command::Tag(args) = &args.command {
        talk::set_format(args.log_format);
    }
    match run(args) {
        Ok(Outcome::Complete) => ExitCode::SUCCESS,
        Ok(Outcome::Partial) => ExitCode::from(1),
        // Whoever reads, as in `griot tag a.txt | head`, has read enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            talk::report(&error);
            ExitCode::from(2)
        }
    }
}

fn run(args: Args) -> anyhow::Result<Outcome> {
    let talk = if args.quiet {
        Talk::Quiet
    } else {
        Talk::Normal
    };
    match args.command {
        Command::Tag(args) => commands::tag::run(&TagSettings::new(args)?, talk),
        Command::Link(args) => commands::link::run(&LinkSettings::new(args), talk),
        Command::Convert(args) => commands::convert::run(&args, talk),
        Command::Kb(args) => commands::kb::run(args, talk),
        Command::Models(args) => commands::models::run(args, talk),
        #[cfg(feature = "serve")]
        Command::Serve(args) => {
            let settings = settings::serve::ServeSettings::new(args)?;
            commands::serve::run(settings, talk)
        }
        Command::Score(args) => commands::score::run(&ScoreSettings::new(args), talk),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref())
        .any(broken)
}
