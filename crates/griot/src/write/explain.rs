//! Links for people to read: every entity of a document, what else it might have
//! been, and why it is what it is.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use griot_text::{EntityId, Evidence, Link, OffsetUnit, convert_spans};

use super::text::{Colors, one_line};
use crate::Annotation;

/// Writes links with their candidates and evidence.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    colors: Colors,
}

impl<W: Write> Writer<W> {
    /// A writer to `out`.
    pub fn new(out: W, colors: Colors) -> Self {
        Self { out, colors }
    }

    /// Writes the entities of one document, in the order of their first mention.
    ///
    /// # Errors
    ///
    /// What writing gives.
    ///
    /// # Panics
    ///
    /// If a mention is not a span of the text of its annotation.
    pub fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        let bold = Style::new().bold();
        writeln!(
            self.out,
            "{}\n",
            self.paint(bold, &one_line(annotation.document.id()))
        )?;
        for entity in entities(&annotation.links) {
            self.entity(annotation, &entity)?;
        }
        Ok(())
    }

    /// The inner writer, to flush it.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// The inner writer.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn entity(&mut self, annotation: &Annotation, links: &[&Link]) -> io::Result<()> {
        let link = links[0];
        let color = if link.target.is_nil() {
            AnsiColor::Yellow
        } else {
            AnsiColor::Green
        };
        let head = format!(
            "{} {} {}",
            one_line(&link.name),
            link.label,
            link.target.id()
        );
        let head = self.paint(Style::new().fg_color(Some(color.into())).bold(), &head);
        writeln!(self.out, "  {head}  {:.2}", link.score)?;
        self.row("mentions", &mentions(annotation, links))?;
        if let Some(id) = links.iter().find_map(|link| link.stands_for.as_ref()) {
            self.row("stands for", id.as_str())?;
        }
        let candidates = link.candidates.iter().map(|candidate| {
            format!(
                "{} {} {:.2}",
                candidate.id,
                one_line(&candidate.name),
                candidate.score
            )
        });
        self.row("candidates", &candidates.collect::<Vec<_>>().join(", "))?;
        self.row("evidence", &evidence(annotation, links))?;
        writeln!(self.out)
    }

    fn row(&mut self, name: &str, value: &str) -> io::Result<()> {
        if value.is_empty() {
            return Ok(());
        }
        let name = self.paint(Style::new().dimmed(), &format!("{name:<11}"));
        writeln!(self.out, "    {name} {value}")
    }

    fn paint(&self, style: Style, text: &str) -> String {
        match self.colors {
            Colors::Plain => text.to_owned(),
            Colors::Ansi => format!("{style}{text}{style:#}"),
        }
    }
}

/// Links by target, in the order of their first mention.
fn entities(links: &[Link]) -> Vec<Vec<&Link>> {
    let mut entities: Vec<(&EntityId, Vec<&Link>)> = Vec::new();
    for link in links {
        let id = link.target.id();
        match entities.iter_mut().find(|(known, _)| *known == id) {
            Some((_, links)) => links.push(link),
            None => entities.push((id, vec![link])),
        }
    }
    entities.into_iter().map(|(_, links)| links).collect()
}

/// The distinct forms with the number of their mentions.
fn mentions(annotation: &Annotation, links: &[&Link]) -> String {
    let mut forms: Vec<(Cow<'_, str>, usize)> = Vec::new();
    for link in links {
        let form = one_line(annotation.surface(&link.mention));
        match forms.iter_mut().find(|(known, _)| *known == form) {
            Some((_, count)) => *count += 1,
            None => forms.push((form, 1)),
        }
    }
    let show = |(form, count): &(Cow<'_, str>, usize)| match count {
        1 => form.to_string(),
        count => format!("{form} ×{count}"),
    };
    forms.iter().map(show).collect::<Vec<_>>().join(", ")
}

/// Each distinct reason once, over all mentions of the entity.
fn evidence(annotation: &Annotation, links: &[&Link]) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for link in links {
        for evidence in &link.evidence {
            let reason = reason(annotation, link, evidence);
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons.join("; ")
}

fn reason(annotation: &Annotation, link: &Link, evidence: &Evidence) -> String {
    let form = one_line(annotation.surface(&link.mention));
    let at = |span| {
        let text = annotation.document.text();
        let (start, _) = convert_spans(text, &[span], OffsetUnit::Char)[0];
        let name = span.slice(text).unwrap_or_default();
        format!("{} at {start}", one_line(name))
    };
    match evidence {
        Evidence::Alias {
            language,
            matched,
            kind,
        } => {
            format!("a name in the knowledge base ({kind}, {language}; {matched})")
        }
        Evidence::Transliteration { latin } => format!("in Latin letters: {latin}"),
        Evidence::Acronym { span } => format!("{form} is short for {}", at(*span)),
        Evidence::Coreference { span } => format!("{form} is {}", at(*span)),
        Evidence::Prior { probability } => format!("prior {probability:.2}"),
        Evidence::Country { country, votes } => format!("country {country}: {votes} votes"),
        Evidence::Context { words } => format!("words of its description: {}", words.join(", ")),
        Evidence::Composed { key } => format!("composed name: {key}"),
        Evidence::Collection => "clearer in other documents".to_owned(),
        Evidence::Decision => "decided in the overlay".to_owned(),
        other => {
            let mut text = String::new();
            // Writing to a string does not fail.
            let _ = write!(text, "{other:?}");
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    #[test]
    fn shows_each_entity_once() {
        let sample = annotation("[Mali](LOC), [Sahel](LOC), [Mali](LOC)\u{1b}");
        let sample = sample.linked_to([Some("Q912"), None, Some("Q912")]);
        let mut writer = Writer::new(Vec::new(), Colors::Plain);
        writer.write(&sample.0).unwrap();
        let expected = "\
d

  Mali LOC Q912  1.00
    mentions    Mali ×2
    candidates  Q912 Mali 1.00
    evidence    a name in the knowledge base (label, fr; exact); Mali is Mali at 0; Mali is Mali at 13

  Sahel LOC nil:LOC:0  1.00
    mentions    Sahel

";
        assert_eq!(String::from_utf8(writer.into_inner()).unwrap(), expected);
    }
}
