//! All of a file, looked at.

use super::base::{Inner, KnowledgeBase};
use super::columns::Columns;
use super::container::Section;
use super::error::KbError;
use super::ids::Ids;
use super::{CandidateSource, EntityRef};

impl KnowledgeBase {
    /// Checks every checksum, and that every item is one that a builder writes.
    /// For files of doubtful origin, and those opened with
    /// [`Validation::Header`](super::Validation::Header).
    ///
    /// Cost: some microseconds for each entity and key; no memory to speak of.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn verify(&self) -> Result<(), KbError> {
        let inner = &*self.inner;
        inner.container.check_sections()?;
        inner.verify_keys()?;
        inner.verify_postings()?;
        inner.verify_blocking()?;
        verify_ids(Section::Ids, &inner.ids())?;
        inner.verify_redirects()?;
        inner.verify_columns()?;
        for entity in self.iter() {
            self.verify_texts(entity)?;
        }
        Ok(())
    }

    fn verify_texts(&self, entity: EntityRef) -> Result<(), KbError> {
        let inner = &*self.inner;
        let item = u64::from(entity.0);
        let facts = inner
            .facts(entity)
            .ok_or_else(|| corrupt(Section::Names, "no name", item))?;
        check(
            !facts.name.is_empty(),
            Section::Names,
            "an empty name",
            item,
        )?;
        check(
            self.find(&facts.id) == Some(entity),
            Section::Ids,
            "an identifier that is not found",
            item,
        )?;
        check(
            self.entity(entity).is_some(),
            Section::Records,
            "not a record",
            item,
        )?;
        let columns = inner.columns();
        let row = columns.row(entity.0 as usize);
        check(row < columns.labels.len(), Section::Columns, "no row", item)?;
        let described = Columns::place(columns.descriptions, row).is_some();
        let found = inner.description(entity).is_some();
        check(
            described == found,
            Section::Descriptions,
            "no description",
            item,
        )?;
        let neighbours = inner.neighbour_list(entity);
        check(
            neighbours.is_some(),
            Section::Neighbours,
            "not a list of entities",
            item,
        )
    }
}

fn corrupt(section: Section, what: &'static str, item: u64) -> KbError {
    KbError::Corrupt {
        section: section.name(),
        what,
        item,
    }
}

fn check(good: bool, section: Section, what: &'static str, item: u64) -> Result<(), KbError> {
    if good {
        Ok(())
    } else {
        Err(corrupt(section, what, item))
    }
}

impl Inner {
    fn verify_keys(&self) -> Result<(), KbError> {
        let bad = |what, item: usize| corrupt(Section::Keys, what, item as u64);
        let dict = self.dict().ok_or_else(|| bad("not a list", 0))?;
        if dict.len() == 0 {
            return Ok(());
        }
        let mut walk = dict.at(0).ok_or_else(|| bad("not a key", 0))?;
        let mut previous = Vec::new();
        loop {
            let at = walk.ordinal;
            if at > 0 && previous.as_slice() >= walk.key() {
                return Err(bad("keys out of order", at));
            }
            if walk.key().is_empty() || std::str::from_utf8(walk.key()).is_err() {
                return Err(bad("a key that is no text", at));
            }
            previous.clear();
            previous.extend_from_slice(walk.key());
            if at + 1 == dict.len() {
                return Ok(());
            }
            walk.advance().ok_or_else(|| bad("not a key", at + 1))?;
        }
    }

    fn verify_postings(&self) -> Result<(), KbError> {
        let postings = self
            .postings()
            .ok_or_else(|| corrupt(Section::Postings, "not postings", 0))?;
        for ordinal in 0..postings.len() {
            let (mut good, mut n, mut previous) = (true, 0, 0);
            let whole = postings.each(ordinal, |posting| {
                good &= (posting.entity as usize) < self.len
                    && (posting.usage as usize) < self.tables.uses.len()
                    && posting.prior >= previous;
                previous = posting.prior;
                n += 1;
            });
            check(
                whole.is_some() && good && n > 0,
                Section::Postings,
                "bad meanings",
                ordinal as u64,
            )?;
        }
        Ok(())
    }

    fn verify_blocking(&self) -> Result<(), KbError> {
        let blocking = self.blocking();
        for i in 0..blocking.len() {
            let good = blocking
                .entity(i)
                .is_some_and(|entity| (entity as usize) < self.len);
            check(good, Section::Blocking, "no entity", i as u64)?;
        }
        match blocking.bad_start() {
            Some(bucket) => Err(corrupt(
                Section::Blocking,
                "buckets out of order",
                bucket as u64,
            )),
            None => Ok(()),
        }
    }

    fn verify_redirects(&self) -> Result<(), KbError> {
        let section = Section::Redirects;
        let (ids, targets) = self
            .redirects()
            .ok_or_else(|| corrupt(section, "not redirects", 0))?;
        verify_ids(section, &ids)?;
        for i in 0..targets.len() {
            let good = targets.get(i).is_some_and(|to| to < self.len as u64);
            check(good, section, "no entity", i as u64)?;
        }
        Ok(())
    }

    fn verify_columns(&self) -> Result<(), KbError> {
        let columns = self.columns();
        let tables = &self.tables;
        let lists = [
            (columns.labels, tables.labels.len()),
            (columns.fines, tables.fines.len()),
            (columns.countries, tables.countries.len()),
            (columns.descriptions, self.pool(Section::Descriptions).len()),
            (columns.popularities, 255),
        ];
        for (column, len) in lists {
            for i in 0..column.len() {
                let good = column.get(i).is_some_and(|value| value <= len as u64);
                check(good, Section::Columns, "not in its table", i as u64)?;
            }
        }
        let mut previous = None;
        for i in 0..columns.standing.len() {
            let (from, to) = (columns.standing.get(i), columns.stood_for.get(i));
            let good = from > previous && to.is_some_and(|to| to < self.len as u64);
            check(good, Section::Columns, "stands for nothing", i as u64)?;
            previous = from;
        }
        Ok(())
    }
}

fn verify_ids(section: Section, ids: &Ids<'_>) -> Result<(), KbError> {
    let mut previous = None;
    for i in 0..ids.len() {
        let id = ids
            .get(i)
            .ok_or_else(|| corrupt(section, "not an identifier", i as u64))?;
        let ordered = previous.is_none_or(|previous| previous < id);
        check(ordered, section, "identifiers out of order", i as u64)?;
        previous = Some(id);
    }
    Ok(())
}
