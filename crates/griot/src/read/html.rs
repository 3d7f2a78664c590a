//! Web pages: HTML to text, with the way back.
//!
//! The tokenizer is [html5gum](https://docs.rs/html5gum), which follows the standard and
//! knows where in the page each piece of text stands. It was taken for that: tree
//! builders such as html5ever forget offsets, and rewriters such as `lol_html` leave
//! character references as they are.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::ops::Range;
use std::sync::LazyLock;

use griot_text::{Document, SourceMap, Span};
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span as Offsets, Tokenizer};

use super::{decode, read_all};
use crate::Error;

/// The text of the page that `reader` holds, with `name` as its identifier.
///
/// Character references are decoded, white space is collapsed, and each paragraph, list
/// item or table cell is a line. Scripts, styles, comments, the head with the title, and
/// attributes are no text. What is in elements such as `nav`, `aside` and `footer` is
/// [boilerplate](Document::boilerplate). [`Document::source`] tells where in the page
/// the text stands.
///
/// # Errors
///
/// [`Error::Read`], [`Error::NotUtf8`], or [`Error::Document`] for a page of 4 GiB.
/// Nothing in a page is an error.
///
/// # Example
///
/// ```
/// use griot::Span;
///
/// let page = "<p>Le p&ocirc;le de <b>Lo</b>m&eacute;</p><script>x</script><p>Togo";
/// let document = griot::read::html::document("a.html", page.as_bytes())?;
/// assert_eq!(document.text(), "Le pôle de Lomé\nTogo");
/// let place = document.source().unwrap().span(Span::new(12, 17)).unwrap();
/// assert_eq!(&page[place.range()], "Lo</b>m&eacute;");
/// # Ok::<(), griot::Error>(())
/// ```
pub fn document(name: &str, reader: impl io::Read) -> Result<Document, Error> {
    let page = decode(name, read_all(name, reader)?)?;
    // Too long a page is an error before its offsets are.
    let page = Document::new(name, page)?;
    let Page {
        text, map, around, ..
    } = Page::read(page.text());
    let document = Document::new(name, text)?;
    let document = document.with_source(map.of(page.text()));
    Ok(if around.is_empty() {
        document
    } else {
        document.with_boilerplate(around)
    })
}

/// What an element means for the text.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "any of them together")]
struct Meaning {
    is_skipped: bool,
    is_line: bool,
    is_around: bool,
    is_void: bool,
}

static ELEMENTS: LazyLock<HashMap<&'static [u8], Meaning>> = LazyLock::new(|| {
    let mut elements: HashMap<&[u8], Meaning> = HashMap::new();
    for line in include_str!("../../data/html_elements.txt").lines() {
        let mut words = line.split_ascii_whitespace();
        let kind = words.next();
        for element in words {
            let meaning = elements.entry(element.as_bytes()).or_default();
            match kind {
                Some("skip") => meaning.is_skipped = true,
                Some("line") => meaning.is_line = true,
                Some("around") => meaning.is_around = true,
                Some("void") => meaning.is_void = true,
                _ => {}
            }
        }
    }
    elements
});

/// White space that was seen and not yet written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Space,
    Line,
}

/// A page as far as it was read.
struct Page<'a> {
    html: &'a str,
    text: String,
    map: SourceMap,
    gap: Gap,
    /// End in the page of what was written last.
    written: usize,
    /// The skipped element that is open, and how deep inside of itself.
    skipped: Option<(Vec<u8>, usize)>,
    /// Elements that are open and stand around the text proper.
    around_open: Vec<Vec<u8>>,
    /// Where the outermost of them begins in the text.
    around_start: usize,
    around: Vec<Span>,
}

impl<'a> Page<'a> {
    fn read(page: &'a str) -> Self {
        let mut this = Self {
            html: page,
            text: String::new(),
            map: SourceMap::default(),
            gap: Gap::None,
            written: 0,
            skipped: None,
            around_open: Vec::new(),
            around_start: 0,
            around: Vec::new(),
        };
        let handle = |event: CallbackEvent<'_>, span: Offsets<usize>| -> Option<Infallible> {
            match event {
                CallbackEvent::OpenStartTag { name } => this.open(name),
                CallbackEvent::EndTag { name } => this.close(name),
                CallbackEvent::String { value } => this.add(value, span.start..span.end),
                _ => {}
            }
            None
        };
        let mut emitter = CallbackEmitter::new(handle);
        // Scripts and styles hold what looks like tags.
        emitter.naively_switch_states(true);
        // All is done in the callback: no token comes out.
        assert!(Tokenizer::new_with_emitter(page, emitter).next().is_none());
        if !this.around_open.is_empty() {
            this.end_around();
        }
        this
    }

    fn open(&mut self, name: &[u8]) {
        let meaning = ELEMENTS.get(name).copied().unwrap_or_default();
        if meaning.is_void {
            self.break_line(meaning);
            return;
        }
        if let Some((skipped, depth)) = &mut self.skipped {
            *depth += usize::from(skipped == name);
            // A head that was not closed ends where the body begins.
            if !(skipped == b"head" && name == b"body") {
                return;
            }
            self.skipped = None;
        }
        if meaning.is_skipped {
            self.skipped = Some((name.to_vec(), 1));
        }
        self.break_line(meaning);
        if meaning.is_around {
            if self.around_open.is_empty() {
                self.around_start = self.text.len();
            }
            self.around_open.push(name.to_vec());
        }
    }

    fn close(&mut self, name: &[u8]) {
        if let Some((skipped, depth)) = &mut self.skipped {
            if skipped == name {
                *depth -= 1;
                if *depth == 0 {
                    self.skipped = None;
                }
            }
            return;
        }
        let meaning = ELEMENTS.get(name).copied().unwrap_or_default();
        self.break_line(meaning);
        if let Some(open) = self.around_open.iter().rposition(|open| open == name) {
            self.around_open.truncate(open);
            if self.around_open.is_empty() {
                self.end_around();
            }
        }
    }

    fn break_line(&mut self, meaning: Meaning) {
        if meaning.is_line && self.skipped.is_none() {
            self.gap = Gap::Line;
        }
    }

    fn end_around(&mut self) {
        let inside = &self.text[self.around_start..];
        let start = self.around_start + (inside.len() - inside.trim_start().len());
        if start < self.text.len() {
            let span = Span::new(start as u32, self.text.len() as u32);
            self.around.push(span);
        }
    }

    /// Adds the text `value`, which stands for `range` of the page.
    fn add(&mut self, value: &[u8], range: Range<usize>) {
        // The tokenizer gives what it was given, a `str`.
        let Ok(value) = std::str::from_utf8(value) else {
            return;
        };
        if self.skipped.is_some() {
            return;
        }
        for (letter, source) in letters(value, self.html, range) {
            if is_space(letter) {
                self.gap = self.gap.max(Gap::Space);
            } else {
                self.write_gap(source.start);
                self.write(letter, source);
            }
        }
    }

    fn write_gap(&mut self, next: usize) {
        let gap = match self.gap {
            _ if self.text.is_empty() => None,
            Gap::None => None,
            Gap::Space => Some(' '),
            Gap::Line => Some('\n'),
        };
        self.gap = Gap::None;
        if let Some(gap) = gap {
            self.write(gap, self.written..next);
        }
    }

    fn write(&mut self, letter: char, source: Range<usize>) {
        let n_bytes = letter.len_utf8();
        let mut bytes = [0; 4];
        let encoded = letter.encode_utf8(&mut bytes);
        self.written = source.end;
        self.text.push(letter);
        if self.html.get(source.clone()) == Some(encoded) {
            self.map.copy(n_bytes as u32, source.start as u32);
        } else {
            let source = source.start as u32..source.end as u32;
            self.map.rewrite(n_bytes as u32, source);
        }
    }
}

/// White space of HTML. A no-break space is a letter: it is there on purpose.
const fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// The characters of `value`, and where in `page` each of them stands. `range` is where
/// all of `value` does, with character references and line ends as they were written.
fn letters(value: &str, page: &str, range: Range<usize>) -> Vec<(char, Range<usize>)> {
    let Some(raw) = page.get(range.clone()) else {
        return value
            .chars()
            .map(|letter| (letter, range.clone()))
            .collect();
    };
    let mut letters = Vec::with_capacity(value.len());
    let mut rest = value;
    let mut at = 0;
    while let Some(letter) = rest.chars().next() {
        // An end tag without a name is not text, but in elements without tags inside.
        while raw[at..].starts_with("</>") && !rest.starts_with("</>") {
            at += "</>".len();
        }
        let (n_raw, n_value) = match written_as(&raw[at..], letter) {
            Some(lengths) => lengths,
            // Not foreseen: the rest of the text stands for the rest of the range.
            None => (raw.len() - at, rest.len()),
        };
        let source = range.start + at..range.start + at + n_raw;
        let (now, later) = rest.split_at(n_value);
        letters.extend(now.chars().map(|letter| (letter, source.clone())));
        rest = later;
        at += n_raw;
    }
    letters
}

/// How many bytes of `raw` the text takes that begins with `letter`, and how many bytes
/// of text it is.
fn written_as(raw: &str, letter: char) -> Option<(usize, usize)> {
    let first = raw.chars().next()?;
    if first == '&'
        && let Some((n_raw, decoded)) = reference(raw)
    {
        return decoded
            .starts_with(letter)
            .then_some((n_raw, decoded.len()));
    }
    match (first, letter) {
        ('\r', '\n') => Some((if raw.starts_with("\r\n") { 2 } else { 1 }, 1)),
        // What takes the place of NUL.
        ('\0', '\u{fffd}') => Some((1, letter.len_utf8())),
        _ => (first == letter).then_some((first.len_utf8(), first.len_utf8())),
    }
}

/// The character reference that `raw` begins with: its length, and what it stands for.
fn reference(raw: &str) -> Option<(usize, String)> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
    let mut length = 1 + raw.bytes().skip(1).take_while(|byte| is_part(byte)).count();
    length += usize::from(raw[length..].starts_with(';'));
    let written = &raw[..length];
    let decoded = text_of(written);
    if decoded == written {
        return None;
    }
    // An old reference may end without a semicolon, and letters follow.
    let same = std::iter::zip(written.bytes().rev(), decoded.bytes().rev());
    let n_same = same.take_while(|(one, other)| one == other).count();
    let n_after = n_same.min(decoded.len() - decoded.chars().next()?.len_utf8());
    let decoded = decoded[..decoded.len() - n_after].to_owned();
    Some((length - n_after, decoded))
}

/// What a piece of HTML without tags stands for.
fn text_of(html: &str) -> String {
    let mut text = Vec::new();
    let take = |event: CallbackEvent<'_>, _: Offsets<()>| -> Option<Infallible> {
        if let CallbackEvent::String { value } = event {
            text.extend_from_slice(value);
        }
        None
    };
    // All is done in the callback: no token comes out.
    assert!(
        Tokenizer::new_with_emitter(html, CallbackEmitter::new(take))
            .next()
            .is_none()
    );
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests;
