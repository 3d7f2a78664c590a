//! From what was kept of a dump to entities.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::claims::number;
use super::classes::{Graph, Kind, Types};
use super::item::Slim;
use super::pipeline::{Batch, run};
use super::scan::flow;
use super::work::Work;
use super::{Counts, Emitted, Event, Options, Progress, Watch};
use crate::kb::Entity;
use crate::kb::read::input::{self, Lines};
use crate::kb::read::{LineError, ReadError, Reason};

/// A dump of which everything that is needed lies in a work folder.
#[derive(Debug)]
pub struct Prepared {
    pub(super) work: Work,
    pub(super) n_shards: u32,
    pub(super) counts: Counts,
    pub(super) options: Options,
}

impl Prepared {
    /// What was counted in the dump.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Gives `sink` the entities, in the order of the dump. `watch` is told of
    /// progress, in bytes of the work folder. May be done several times.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`]; [`ReadError::Line`] if a redirect cannot be read; and
    /// [`ReadError::Stopped`] if `sink` or `watch` breaks.
    pub fn each(
        &self,
        sink: &mut dyn FnMut(Entity) -> ControlFlow<()>,
        watch: &mut Watch<'_>,
    ) -> Result<Emitted, ReadError> {
        let world = World::new(self)?;
        let mut emitted = Emitted::default();
        let sizes = (0..self.n_shards).map(|number| {
            let meta = std::fs::metadata(self.work.items_path(number));
            meta.map_or(0, |meta| meta.len())
        });
        let n_bytes = sizes.sum();
        let n_read = Arc::new(AtomicU64::new(0));
        for number in 0..self.n_shards {
            let path = self.work.items_path(number);
            let reader = input::open(&path, &n_read).map_err(ReadError::io("open", &path))?;
            run(
                Lines::new(reader),
                self.options.threads,
                |batch| world.entities(&batch),
                |batch| {
                    let batch = batch.map_err(|error| broken(&path, error))?;
                    emitted.add(batch.emitted);
                    for entity in batch.entities {
                        flow(sink(entity))?;
                    }
                    flow(watch(Event::Progress(Progress {
                        n_read: n_read.load(Ordering::Relaxed),
                        n_bytes,
                        n_decompressed: batch.end,
                        counts: self.counts,
                    })))
                },
            )?;
        }
        Ok(emitted)
    }
}

/// Nobody but us writes shards, so that a wrong line is a broken file.
fn broken(path: &Path, error: LineError) -> ReadError {
    match error.reason {
        Reason::Read { source } => ReadError::io("read", path)(source),
        _ => ReadError::Line {
            path: path.to_owned(),
            source: error,
        },
    }
}

/// What all items together say.
struct World<'a> {
    types: Types<'a>,
    /// Codes of countries.
    countries: HashMap<u32, String>,
    /// Capitals with their countries, in order.
    capitals: Vec<(u32, u32)>,
    /// To and from, in order.
    redirects: Vec<(u32, u32)>,
    /// Types that are asked for; all if empty.
    wanted: &'a [String],
}

/// What became of a batch.
#[derive(Default)]
struct Chosen {
    entities: Vec<Entity>,
    emitted: Emitted,
    end: u64,
}

impl<'a> World<'a> {
    fn new(prepared: &'a Prepared) -> Result<Self, ReadError> {
        let mut graph = Graph::default();
        let mut countries = HashMap::new();
        let mut capitals = Vec::new();
        prepared.work.facts(prepared.n_shards, |facts| {
            for parent in facts.parents {
                graph.add(parent, facts.id);
            }
            capitals.extend(facts.capitals.into_iter().map(|id| (id, facts.id)));
            if let Some(iso) = facts.iso {
                countries.insert(facts.id, iso);
            }
        })?;
        graph.sort();
        capitals.sort_unstable();
        let redirects = match &prepared.options.redirects {
            Some(path) => redirects(path)?,
            None => Vec::new(),
        };
        Ok(Self {
            types: Types::new(&prepared.options.ontology, &graph),
            countries,
            capitals,
            redirects,
            wanted: &prepared.options.types,
        })
    }

    fn entities(&self, batch: &Batch) -> Result<Chosen, LineError> {
        let mut chosen = Chosen {
            end: batch.end,
            ..Chosen::default()
        };
        for (line, bytes) in batch.lines() {
            let slim = serde_json::from_slice(bytes).map_err(|source| LineError {
                line,
                reason: Reason::Json { source },
            })?;
            self.add(slim, &mut chosen);
        }
        match batch.bad.first() {
            Some(LineError {
                line,
                reason: Reason::Read { source },
            }) => Err(LineError {
                line: *line,
                reason: Reason::Read {
                    source: std::io::Error::new(source.kind(), source.to_string()),
                },
            }),
            _ => Ok(chosen),
        }
    }

    fn add(&self, slim: Slim, chosen: &mut Chosen) {
        let emitted = &mut chosen.emitted;
        match self.types.kind(&slim.classes, &slim.occupations) {
            Kind::Dropped => emitted.n_dropped += 1,
            Kind::Unknown => emitted.n_unknown += 1,
            Kind::Entity(label, _) if !self.wants(label) => emitted.n_other_type += 1,
            Kind::Entity(label, fine) => {
                emitted.n_entities += 1;
                chosen.entities.push(self.entity(slim, label, fine));
            }
        }
    }

    fn wants(&self, label: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|wanted| wanted == label)
    }

    fn entity(&self, slim: Slim, label: &str, fine: Option<&str>) -> Entity {
        let named = slim
            .country
            .and_then(|country| self.countries.get(&country));
        let country = self.countries.get(&slim.id).or(named);
        let stands_for = self.stands_for(slim.id, slim.country);
        let former = of(&self.redirects, slim.id).map(|from| format!("Q{from}"));
        Entity {
            label: Some(label.to_owned()),
            fine: fine.map(str::to_owned),
            country: country.cloned(),
            stands_for: stands_for.map(|country| format!("Q{country}")),
            redirects: former.collect(),
            ..slim.entity
        }
    }

    /// The country of which the item is the capital. Of several, its own; else that
    /// with the lowest number, as realms have higher ones than their countries.
    fn stands_for(&self, id: u32, country: Option<u32>) -> Option<u32> {
        let mut countries = of(&self.capitals, id).filter(|&country| country != id);
        let own = countries.clone().find(|&of| Some(of) == country);
        own.or_else(|| countries.next())
    }
}

/// The second of the pairs with this first; `pairs` are in order.
fn of(pairs: &[(u32, u32)], first: u32) -> impl Iterator<Item = u32> + Clone {
    let start = pairs.partition_point(|&(f, _)| f < first);
    let found = pairs[start..].iter().take_while(move |&&(f, _)| f == first);
    found.map(|&(_, second)| second)
}

impl Emitted {
    fn add(&mut self, other: Self) {
        self.n_entities += other.n_entities;
        self.n_dropped += other.n_dropped;
        self.n_unknown += other.n_unknown;
        self.n_other_type += other.n_other_type;
    }
}

/// To and from of the redirects in `path`, in order. What is not of items, such as
/// properties, is left out.
fn redirects(path: &Path) -> Result<Vec<(u32, u32)>, ReadError> {
    let reader = input::open(path, &Arc::new(AtomicU64::new(0)));
    let mut lines = Lines::new(reader.map_err(ReadError::io("open", path))?);
    let mut redirects = Vec::new();
    while let Some(line) = lines.next_line() {
        let number = line.number;
        let pair = line.bytes.and_then(redirect).map_err(|reason| {
            let line = number;
            broken(path, LineError { line, reason })
        })?;
        redirects.extend(pair);
    }
    redirects.sort_unstable();
    redirects.dedup();
    Ok(redirects)
}

fn redirect(line: &[u8]) -> Result<Option<(u32, u32)>, Reason> {
    let line = input::text(line)?;
    let Some((from, to)) = line.split_once('\t') else {
        return Err(Reason::Field {
            field: "redirect",
            value: line.to_owned(),
            expected: "two identifiers with a tab between",
        });
    };
    Ok(number(to.trim()).zip(number(from.trim())))
}
