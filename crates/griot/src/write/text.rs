//! A view for people: the text with its entities marked, then a table of them.
//!
//! Without colors an entity is `[Bamako](LOC)`. Control characters are shown,
//! not sent: a text must not be able to steer the terminal.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use griot_text::{Link, Target};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::Annotation;

/// Whether the view is colored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Colors {
    /// No escape sequences.
    #[default]
    Plain,
    /// ANSI escape sequences.
    Ansi,
}

/// Writes annotations for people to read.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    colors: Colors,
}

/// Columns of the rule above a document.
const RULE_WIDTH: usize = 72;

/// Columns of a name in the table; longer names are cut.
const NAME_WIDTH: usize = 48;

impl<W: Write> Writer<W> {
    /// A writer to `out`.
    pub fn new(out: W, colors: Colors) -> Self {
        Self { out, colors }
    }

    /// Writes one document and its table.
    ///
    /// # Errors
    ///
    /// What writing gives.
    ///
    /// # Panics
    ///
    /// If a mention is not a span of the text of its annotation.
    pub fn write(&mut self, annotation: &Annotation) -> io::Result<()> {
        self.heading(annotation)?;
        self.marked_text(annotation)?;
        self.table(annotation)
    }

    /// The inner writer, to flush it.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// The inner writer.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn heading(&mut self, annotation: &Annotation) -> io::Result<()> {
        let id = one_line(annotation.document.id());
        let rule = "─".repeat(RULE_WIDTH.saturating_sub(id.width() + 4).max(2));
        let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
        let id = self.paint(bold, id);
        writeln!(
            self.out,
            "{} {id} {}\n",
            self.paint(dim, "──"),
            self.paint(dim, rule)
        )
    }

    fn marked_text(&mut self, annotation: &Annotation) -> io::Result<()> {
        let text = annotation.document.text();
        let mut done = 0;
        for mention in &annotation.mentions {
            let range = mention.span.range();
            let label = mention.label.as_str();
            let name = one_line(&text[range.clone()]);
            write!(self.out, "{}", visible(&text[done..range.start]))?;
            match self.colors {
                Colors::Plain => write!(self.out, "[{name}]({label})")?,
                Colors::Ansi => {
                    let style = label_style(label).invert();
                    let name = self.paint(style, format!(" {name} "));
                    let label = self.paint(style.bold(), format!("{label} "));
                    write!(self.out, "{name}{label}")?;
                }
            }
            done = range.end;
        }
        writeln!(self.out, "{}\n", visible(text[done..].trim_end()))
    }

    /// Distinct names by label, the most frequent first, with what they were linked to.
    fn table(&mut self, annotation: &Annotation) -> io::Result<()> {
        let mut labels: BTreeMap<&str, BTreeMap<Cow<'_, str>, Row<'_>>> = BTreeMap::new();
        for (mention, link) in annotation.linked() {
            let names = labels.entry(mention.label.as_str()).or_default();
            let row = names
                .entry(one_line(annotation.surface(mention)))
                .or_default();
            row.count += 1;
            row.link = row.link.or(link);
        }
        if labels.is_empty() {
            return writeln!(
                self.out,
                "  {}\n",
                self.paint(Style::new().dimmed(), "no entities")
            );
        }
        let names = || labels.values().flat_map(BTreeMap::keys);
        let name_width = names()
            .map(|name| name.width())
            .max()
            .unwrap_or(0)
            .min(NAME_WIDTH);
        let label_width = labels.keys().map(|label| label.width()).max().unwrap_or(0);
        for (label, names) in &labels {
            let mut names: Vec<_> = names.iter().collect();
            // The sort is stable: names of one count stay in alphabetical order.
            names.sort_by_key(|(_, row)| std::cmp::Reverse(row.count));
            for (index, (name, row)) in names.into_iter().enumerate() {
                let label = padded(if index == 0 { label } else { "" }, label_width);
                let label = self.paint(label_style(label.trim_end()).bold(), label);
                write!(
                    self.out,
                    "  {label}  {}  {:>5}",
                    padded(name, name_width),
                    row.count
                )?;
                match row.link {
                    Some(link) => writeln!(self.out, "  {}", self.target(link))?,
                    None => writeln!(self.out)?,
                }
            }
        }
        writeln!(self.out)
    }

    /// What a name was linked to: its entity, or nothing that is known.
    fn target(&self, link: &Link) -> Painted<String> {
        let style = Style::new().dimmed();
        match &link.target {
            Target::Entity(id) => self.paint(style, format!("{id} {}", one_line(&link.name))),
            Target::Nil(_) => self.paint(style, "–".to_owned()),
        }
    }

    fn paint<T: fmt::Display>(&self, style: Style, value: T) -> Painted<T> {
        let style = match self.colors {
            Colors::Plain => Style::new(),
            Colors::Ansi => style,
        };
        Painted { style, value }
    }
}

/// One name in the table.
#[derive(Default)]
struct Row<'a> {
    count: usize,
    link: Option<&'a Link>,
}

/// A value between the escape sequences of its style.
struct Painted<T> {
    style: Style,
    value: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}{}",
            self.style.render(),
            self.value,
            self.style.render_reset()
        )
    }
}

/// The usual types look the same in every run; others share a color.
fn label_style(label: &str) -> Style {
    let color = match label {
        "PER" => AnsiColor::Cyan,
        "LOC" => AnsiColor::Green,
        "ORG" => AnsiColor::Yellow,
        "MISC" => AnsiColor::Magenta,
        _ => AnsiColor::Blue,
    };
    color.on_default()
}

/// `text` with the control characters, but for line feeds and tabs, replaced by
/// characters that show them; line ends are line feeds.
fn visible(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let show = |c: char| match c {
        c if is_plain(c) => c,
        '\u{7f}' => '\u{2421}',
        '\0'..'\u{20}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        _ => '\u{fffd}',
    };
    Cow::Owned(text.replace("\r\n", "\n").chars().map(show).collect())
}

/// `text` with each run of white space as one space.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(|c: char| c != ' ' && c.is_whitespace()) {
        let words: Vec<&str> = text.split_whitespace().collect();
        return Cow::Owned(visible(&words.join(" ")).into_owned());
    }
    visible(text)
}

/// `text` in exactly `width` columns: filled with spaces, or cut with `…`.
fn padded(text: &str, width: usize) -> String {
    let mut result = String::new();
    let mut used = 0;
    let too_long = text.width() > width;
    for c in text.chars() {
        let c_width = c.width().unwrap_or(0);
        if too_long && used + c_width + 1 > width {
            result.push('…');
            used += 1;
            break;
        }
        result.push(c);
        used += c_width;
    }
    result.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::annotation;

    fn view(marked: &str, colors: Colors) -> String {
        let mut writer = Writer::new(Vec::new(), colors);
        writer.write(&annotation(marked).0).unwrap();
        String::from_utf8(writer.into_inner()).unwrap()
    }

    #[test]
    fn plain_view_is_the_marked_text_and_a_table() {
        let marked =
            "[Lomé](LOC) et [Bamako](LOC), puis [Bamako](LOC) :\r\n[Modibo\nKeïta](PER).\n";
        let rule = "─".repeat(67);
        let expected = format!(
            "── d {rule}\n\n\
             [Lomé](LOC) et [Bamako](LOC), puis [Bamako](LOC) :\n[Modibo Keïta](PER).\n\n  \
               LOC  Bamako            2\n       \
                    Lomé              1\n  \
               PER  Modibo Keïta      1\n\n"
        );
        assert_eq!(view(marked, Colors::Plain), expected);
        assert!(view("rien", Colors::Plain).ends_with("\n\nrien\n\n  no entities\n\n"));
    }

    #[test]
    fn colors_only_add_escape_sequences() {
        let colored = view("[Lomé](LOC)", Colors::Ansi);
        assert!(colored.contains("\u{1b}["));
        assert!(!view("[Lomé](LOC)", Colors::Plain).contains('\u{1b}'));
    }

    #[test]
    fn a_text_does_not_steer_the_terminal() {
        let hostile = "a\u{1b}c[b\u{1b}]0;x\u{7}](LOC)\u{9b}31m\0\u{7f}\r";
        let view = view(hostile, Colors::Plain);
        assert!(
            view.chars().all(|c| c == '\n' || !c.is_control()),
            "{view:?}"
        );
    }

    #[test]
    fn pads_and_cuts_by_columns() {
        let rows = [
            ("", 2, "  "),
            ("Lomé", 5, "Lomé "),
            ("Lomé", 4, "Lomé"),
            ("Bamako", 4, "Bam…"),
            ("中国政府", 5, "中国…"),
            ("中国政府", 4, "中… "),
            ("e\u{301}a", 2, "e\u{301}a"),
        ];
        for (text, width, expected) in rows {
            assert_eq!(padded(text, width), expected, "{text:?} {width}");
        }
    }
}
