//! How good is entity linking on the evaluation sets?
//!
//! ```console
//! $ cargo run --release -p griot-linking-bench -- --data DIR --kb FILE [SET…]
//! ```
//!
//! Mentions are those of gold. Without `SET`, every set that can be read: the two
//! of the repository, and those below the folder of `--data` or the environment
//! variable `GRIOT_EL_DEV`. `--kb` is a knowledge base; without it only the systems
//! that need none run.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use griot_linking_bench::baseline::{Popularity, Spelling};
use griot_linking_bench::linker::Griot;
use griot_linking_bench::read::collection;
use griot_linking_bench::{EvalSet, Evaluation, System, catalog, evaluate, report};

const USAGE: &str = "\
usage: linking [OPTION]… [SET]…

  --data DIR     folder of the evaluation sets (or GRIOT_EL_DEV)
  --kb FILE      knowledge base: a .kb file for griot, JSON Lines for the
                 baseline of names and popularity; may be given twice
  --mentions M   which mentions are linked: gold
  --errors FILE  write every wrong link, one a line
  --json         one JSON object a set and system instead of a table
  --rules        which rules of the collection are broken, and by which links
  --list         the names of the sets
";

fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let mut out = io::stdout().lock();
    match options.show {
        Show::Help => write!(out, "{USAGE}")?,
        Show::List => {
            for entry in catalog::entries()? {
                writeln!(out, "{}", entry.name)?;
            }
        }
        Show::Table | Show::Json => run(&options, &mut out)?,
    }
    Ok(())
}

fn run(options: &Options, out: &mut impl Write) -> Result<()> {
    let sets = sets(options)?;
    let systems = systems(options)?;
    let mut errors = options
        .errors
        .as_ref()
        .map(File::create)
        .transpose()?
        .map(BufWriter::new);
    if let Some(errors) = &mut errors {
        writeln!(errors, "{}", report::ERROR_HEAD)?;
    }
    if options.show == Show::Table {
        writeln!(out, "{}", report::LEGEND)?;
        report::write_head(out)?;
    }
    for set in &sets {
        for system in &systems {
            let evaluation = evaluate(&**system, set)
                .with_context(|| format!("{} on {}", system.name(), set.name))?;
            if let Some(errors) = &mut errors {
                report::write_errors(errors, set, &**system, &evaluation)?;
            }
            if options.show == Show::Json {
                writeln!(out, "{}", report::json(set, &**system, &evaluation))?;
                continue;
            }
            report::write_row(out, set, &**system, &evaluation)?;
            if set.name == "collection" {
                write_invariants(out, &options.rules, set, &evaluation)?;
            }
        }
    }
    Ok(())
}

fn write_invariants(
    out: &mut impl Write,
    rules: &Rules,
    set: &EvalSet,
    evaluation: &Evaluation,
) -> Result<()> {
    let folder = catalog::repository().join("tests/collections");
    let invariants = collection::invariants(&folder, set)?;
    let broken = invariants
        .iter()
        .map(|invariant| invariant.broken(&evaluation.links));
    let n_kept = broken.filter(Vec::is_empty).count();
    writeln!(out, "    {n_kept} of {} rules kept", invariants.len())?;
    if *rules == Rules::Counted {
        return Ok(());
    }
    for invariant in &invariants {
        let broken = invariant.broken(&evaluation.links);
        if !broken.is_empty() {
            writeln!(out, "    {:?}: {}", invariant.relation, invariant.name)?;
        }
        for (mention, target) in broken {
            writeln!(out, "        {mention} -> {target}")?;
        }
    }
    Ok(())
}

fn sets(options: &Options) -> Result<Vec<EvalSet>> {
    let entries = catalog::entries()?;
    let data = options.data.as_deref();
    if options.sets.is_empty() {
        if data.is_none() {
            writeln!(io::stderr(), "no --data: only the sets of the repository")?;
        }
        let readable = entries
            .iter()
            .filter(|entry| data.is_some() || !entry.needs_data());
        return readable.map(|entry| entry.read(data)).collect();
    }
    let named = |name: &String| {
        let entry = entries.iter().find(|entry| entry.name == name);
        entry
            .with_context(|| format!("no set {name:?}: see --list"))?
            .read(data)
    };
    options.sets.iter().map(named).collect()
}

fn systems(options: &Options) -> Result<Vec<Box<dyn System>>> {
    let mut systems: Vec<Box<dyn System>> =
        vec![Box::new(Spelling::Exact), Box::new(Spelling::Folded)];
    for path in &options.kbs {
        if path.extension().is_some_and(|extension| extension == "kb") {
            systems.push(Box::new(Griot::open(path)?));
        } else {
            systems.push(Box::new(Popularity::open(path)?));
        }
    }
    Ok(systems)
}

struct Options {
    data: Option<PathBuf>,
    kbs: Vec<PathBuf>,
    errors: Option<PathBuf>,
    rules: Rules,
    show: Show,
    sets: Vec<String>,
}

/// What is said of the rules of the collection.
#[derive(PartialEq, Eq)]
enum Rules {
    Counted,
    Listed,
}

#[derive(PartialEq, Eq)]
enum Show {
    Table,
    Json,
    List,
    Help,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            data: std::env::var_os("GRIOT_EL_DEV").map(PathBuf::from),
            kbs: Vec::new(),
            errors: None,
            rules: Rules::Counted,
            show: Show::Table,
            sets: Vec::new(),
        };
        while let Some(arg) = args.next() {
            let mut value = || args.next().with_context(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--data" => options.data = Some(value()?.into()),
                "--kb" => options.kbs.push(value()?.into()),
                "--errors" => options.errors = Some(value()?.into()),
                "--mentions" => match value()?.as_str() {
                    "gold" => {}
                    other => bail!("--mentions {other}: only gold mentions can be linked"),
                },
                "--rules" => options.rules = Rules::Listed,
                "--json" => options.show = Show::Json,
                "--list" => options.show = Show::List,
                "--help" | "-h" => options.show = Show::Help,
                other if other.starts_with('-') => bail!("unknown option {other:?}\n{USAGE}"),
                _ => options.sets.push(arg),
            }
        }
        Ok(options)
    }
}
