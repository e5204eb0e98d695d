//! Reads INI into a tree of two levels, as Python's configparser does with `allow_no_value`.
//!
//! A line is a `[section]`, a name and a value with `=` or `:` between them, whichever comes first, a name
//! alone, or a comment that begins with `;` or `#`. A line that is indented deeper than the name above
//! continues that name's value. Blanks around names and values are removed; nothing else in a value has a
//! meaning, quotes and `;` included.

use super::{comment_behind, has_name_in_front, is_comment};
use crate::kind::Kind;
use crate::limits::Builder;
use crate::mistake::{Mistake, quoted};
use crate::tree::{Map, NameStyle, Node, Value};

pub(crate) fn read(text: &str, source: u32) -> Result<Node, Mistake> {
    let mut reader = Reader {
        builder: Builder::new(source),
        document: Map::default(),
        section: None,
        key: None,
    };
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let trimmed = line.trim();
        let indent = line.len() - line.trim_start().len();
        match &mut reader.key {
            _ if is_comment(trimmed) => {}
            Some(key) if trimmed.is_empty() => key.blank_lines += 1,
            None if trimmed.is_empty() => {}
            Some(key) if indent > key.indent => reader.continue_value(trimmed, number)?,
            _ => reader.begin(trimmed, indent, number)?,
        }
    }
    reader.finish_key()?;
    reader.builder.collection(Value::Map(reader.document), 1)
}

struct Reader {
    builder: Builder,
    document: Map,
    section: Option<String>,
    /// The key that the next line may continue.
    key: Option<Key>,
}

struct Key {
    name: String,
    style: NameStyle,
    value: String,
    line: usize,
    indent: usize,
    /// How many blank lines there are. They belong to the value if it continues behind them.
    blank_lines: usize,
}

impl Reader {
    /// Handles a line that continues nothing.
    fn begin(&mut self, line: &str, indent: usize, number: usize) -> Result<(), Mistake> {
        self.finish_key()?;
        if let Some(header) = line.strip_prefix('[') {
            let name = self.section_name(header, number)?;
            self.open(name, number)?;
            self.section = Some(name.to_owned());
            return Ok(());
        }
        let (name, style, value) = match line.split_once(['=', ':']) {
            Some((name, value)) if comment_behind(name).is_none() => {
                (name.trim_end(), NameStyle::Text, value.trim_start())
            }
            _ => (
                line[..comment_behind(line).unwrap_or(line.len())].trim_end(),
                NameStyle::Alone,
                "",
            ),
        };
        if name.is_empty() {
            return Err(self
                .builder
                .mistake(number, "a name is missing before `=`: write name = value"));
        }
        // A line without `=` may be part of a secret.
        if style == NameStyle::Alone && name.contains(char::is_whitespace) {
            return Err(self.builder.mistake(number, "`=` is missing: write name = value"));
        }
        self.builder.name(name, number)?;
        let map = match self
            .section
            .as_ref()
            .and_then(|section| self.document.get(section))
        {
            Some(Node {
                value: Value::Map(map),
                ..
            }) => map,
            _ => &self.document,
        };
        if let Some(first) = map.get(name) {
            return Err(self.builder.duplicate(name, number, first));
        }
        self.key = Some(Key {
            name: name.to_owned(),
            style,
            value: value.to_owned(),
            line: number,
            indent,
            blank_lines: 0,
        });
        Ok(())
    }

    fn continue_value(&mut self, line: &str, number: usize) -> Result<(), Mistake> {
        let Some(key) = &mut self.key else { return Ok(()) };
        if key.style == NameStyle::Alone {
            let message =
                "the line is indented deeper than a name without a value above: indent it as that one";
            return Err(self.builder.mistake(number, message));
        }
        if !key.value.is_empty() && has_name_in_front(line) {
            const MESSAGE: &str = "the line is indented deeper than the name above, so that some readers take it for a part of that value, and others for a name: \
                                   indent it as the line above, or begin that value on a line of its own";
            return Err(self.builder.mistake(number, MESSAGE));
        }
        key.value.extend(std::iter::repeat_n(
            '\n',
            std::mem::take(&mut key.blank_lines) + 1,
        ));
        key.value.push_str(line);
        Ok(())
    }

    fn finish_key(&mut self) -> Result<(), Mistake> {
        let Some(Key {
            name,
            style,
            value,
            line,
            ..
        }) = self.key.take()
        else {
            return Ok(());
        };
        let value = self.builder.scalar(Kind::Text, value, line)?;
        let map = match self
            .section
            .as_ref()
            .and_then(|section| self.document.get_mut(section))
        {
            Some(Node {
                value: Value::Map(map),
                ..
            }) => map,
            _ => &mut self.document,
        };
        map.set_styled(name, style, value);
        Ok(())
    }

    /// Reads the name in `name]`. A comment may follow.
    fn section_name<'l>(&self, header: &'l str, line: usize) -> Result<&'l str, Mistake> {
        let ends = header.match_indices(']').map(|(at, _)| header.split_at(at));
        let mut names = ends.filter(|(_, rest)| rest[1..].is_empty() || is_comment(rest[1..].trim_start()));
        let reason = match names.next().map(|(name, _)| name.trim()) {
            Some("") => "a section has no name: write [name]",
            Some(name) => return Ok(name),
            None if header.contains(']') => {
                "text follows the `]` of a section: only a comment with `;` or `#` may"
            }
            None => "a section has no `]`: write [name]",
        };
        Err(self.builder.mistake(line, reason))
    }

    /// Creates a section, or continues an existing one.
    fn open(&mut self, name: &str, line: usize) -> Result<(), Mistake> {
        match self.document.get(name).map(|node| &node.value) {
            Some(Value::Map(_)) => Ok(()),
            Some(_) => Err(self.builder.mistake(
                line,
                format!(
                    "the section {} has the name of a key outside of the sections",
                    quoted(name)
                ),
            )),
            None => {
                self.builder.name(name, line)?;
                let section = self.builder.collection(Value::Map(Map::default()), line)?;
                self.document.set(name, section);
                Ok(())
            }
        }
    }
}
