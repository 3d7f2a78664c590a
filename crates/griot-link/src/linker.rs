//! Mentions to links.

use griot_text::{Document, Entity, Link, Mention, Target};

use crate::AliasTable;

/// Settings of a [`Linker`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinkerConfig {
    /// Among several entities of one name, the share of their popularity that
    /// the first must have to be chosen. In `[0, 1]`; default 0.8.
    pub share_min: f32,
}

impl Default for LinkerConfig {
    fn default() -> Self {
        Self { share_min: 0.8 }
    }
}

impl LinkerConfig {
    /// The same settings with another [`share_min`](Self::share_min).
    #[must_use]
    pub const fn with_share_min(mut self, share_min: f32) -> Self {
        self.share_min = share_min;
        self
    }
}

/// Links mentions by the names in an [`AliasTable`].
#[derive(Clone, Debug)]
pub struct Linker {
    table: AliasTable,
    config: LinkerConfig,
}

impl Linker {
    /// A linker to the entities of `table`.
    pub fn new(table: AliasTable, config: LinkerConfig) -> Self {
        Self { table, config }
    }

    /// The table it links to.
    pub fn table(&self) -> &AliasTable {
        &self.table
    }

    /// One link for each of `mentions`, in their order.
    ///
    /// The candidates are the entities with the name of the mention and either
    /// its label or none. A single candidate is the target. Of several, the most
    /// popular is, if its share of their popularity reaches
    /// [`LinkerConfig::share_min`]; else the target is [`Target::Nil`].
    ///
    /// The score of an entity is that share, 1 for a single candidate. The score
    /// of `Nil` is what is left by the best candidate, 1 without any.
    ///
    /// # Panics
    ///
    /// If a mention's span is not a span of the document's text.
    pub fn link(&self, document: &Document, mentions: &[Mention]) -> Vec<Link> {
        mentions
            .iter()
            .map(|mention| self.link_one(document, mention))
            .collect()
    }

    fn link_one(&self, document: &Document, mention: &Mention) -> Link {
        let name = mention.span.slice(document.text());
        let name = name.expect("a mention's span is a span of its document's text");
        let (mut candidates, _) = self.table.lookup(name);
        candidates.retain(|entity| entity.label.as_ref().is_none_or(|l| *l == mention.label));
        let (target, score) = match favourite(&candidates) {
            Some((entity, share)) if candidates.len() == 1 || share >= self.config.share_min => {
                (Target::Entity(entity.id.clone()), share)
            }
            Some((_, share)) => (Target::Nil, 1.0 - share),
            None => (Target::Nil, 1.0),
        };
        Link {
            mention: mention.clone(),
            target,
            score,
        }
    }
}

/// The most popular candidate, the first of equals, and its share of the
/// popularity of all; equal shares if none is known.
fn favourite<'a>(candidates: &[&'a Entity]) -> Option<(&'a Entity, f32)> {
    let more = |best: &'a Entity, next| popularity(next, best);
    let best = candidates.iter().copied().reduce(more)?;
    // In f64 the sum of any number of finite f32 is finite.
    let total: f64 = candidates
        .iter()
        .map(|entity| f64::from(entity.popularity))
        .sum();
    let share = if total > 0.0 {
        f64::from(best.popularity) / total
    } else {
        1.0 / candidates.len() as f64
    };
    Some((best, share as f32))
}

fn popularity<'a>(next: &'a Entity, best: &'a Entity) -> &'a Entity {
    if next.popularity > best.popularity {
        next
    } else {
        best
    }
}

#[cfg(test)]
mod tests {
    use griot_text::Span;

    use super::*;

    fn entity(id: &str, label: Option<&str>, popularity: f32, names: &[&str]) -> Entity {
        Entity {
            id: id.into(),
            name: names[0].to_owned(),
            label: label.map(Into::into),
            aliases: names[1..].iter().map(|&name| name.to_owned()).collect(),
            popularity,
        }
    }

    fn linker() -> Linker {
        let table = AliasTable::new([
            entity("loc-niger", Some("LOC"), 90.0, &["Niger"]),
            entity("loc-niger-river", Some("LOC"), 10.0, &["Niger", "Djoliba"]),
            entity("org-djoliba", Some("ORG"), 5.0, &["Djoliba AC", "Djoliba"]),
            entity("per-kone-1", Some("PER"), 6.0, &["Koné"]),
            entity("per-kone-2", Some("PER"), 4.0, &["Koné"]),
            entity("loc-a", Some("LOC"), 0.0, &["Saint-Louis"]),
            entity("loc-b", Some("LOC"), 0.0, &["Saint-Louis"]),
            entity("any", None, 0.0, &["Bamako", "Бамако", "باماكو", "巴馬科"]),
        ]);
        Linker::new(table.expect("valid table"), LinkerConfig::default())
    }

    #[track_caller]
    fn check(linker: &Linker, name: &str, label: &str, expected: (Option<&str>, f32)) {
        let document = Document::new("1", format!("« {name} »")).expect("short");
        let span = Span::new(3, 3 + name.len() as u32);
        let mention = Mention {
            span,
            label: label.into(),
            score: 1.0,
        };
        let links = linker.link(&document, std::slice::from_ref(&mention));
        let target = match expected.0 {
            Some(id) => Target::Entity(id.into()),
            None => Target::Nil,
        };
        assert_eq!(links.len(), 1, "{name}");
        assert_eq!(
            (&links[0].mention, &links[0].target),
            (&mention, &target),
            "{name}"
        );
        assert!(
            (links[0].score - expected.1).abs() < 1e-6,
            "{name}: {}",
            links[0].score
        );
    }

    #[test]
    fn targets() {
        let linker = linker();
        check(&linker, "Niger", "LOC", (Some("loc-niger"), 0.9));
        check(&linker, "DJOLIBA", "LOC", (Some("loc-niger-river"), 1.0));
        check(&linker, "Djoliba", "ORG", (Some("org-djoliba"), 1.0));
        check(&linker, "Djoliba", "PER", (None, 1.0));
        check(&linker, "Kone", "PER", (None, 0.4));
        check(&linker, "Saint-Louis", "LOC", (None, 0.5));
        check(&linker, "Bamako", "LOC", (Some("any"), 1.0));
        check(&linker, "БАМАКО", "ORG", (Some("any"), 1.0));
        check(&linker, "باماكو", "LOC", (Some("any"), 1.0));
        check(&linker, "巴馬科", "LOC", (Some("any"), 1.0));
        check(&linker, "Tombouctou", "LOC", (None, 1.0));
        check(&linker, "", "LOC", (None, 1.0));
    }

    #[test]
    fn share_min_decides() {
        let config = LinkerConfig::default().with_share_min(0.6);
        let linker = Linker::new(linker().table().clone(), config);
        check(&linker, "Koné", "PER", (Some("per-kone-1"), 0.6));
    }

    #[test]
    fn one_link_per_mention_in_order() {
        let document = Document::new("1", "Bamako, Niger").expect("short");
        let mention = |start, end| Mention {
            span: Span::new(start, end),
            label: "LOC".into(),
            score: 0.5,
        };
        let mentions = [mention(8, 13), mention(0, 6), mention(8, 13)];
        let links = linker().link(&document, &mentions);
        let spans: Vec<Span> = links.iter().map(|link| link.mention.span).collect();
        assert_eq!(spans, mentions.map(|mention| mention.span));
        assert!(linker().link(&document, &[]).is_empty());
    }
}
