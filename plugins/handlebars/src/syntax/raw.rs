//! Parses `{{{{raw}}}} ... {{{{/raw}}}}`: text that is not a template.

use crate::failure::Result;
use crate::syntax::parser::Parser;
use crate::syntax::tree::{Body, Node, Tags};

const BRACES: &str = "{{{{";

impl<'s> Parser<'s> {
    pub(super) fn raw_block(&mut self, start: usize, nodes: &mut Vec<Node<'s>>) -> Result<()> {
        self.cursor.skip_whitespace();
        let name = self.cursor.identifier();
        self.cursor.skip_whitespace();
        if name != "raw" || !self.cursor.take("}}}}") {
            return self.cursor.fail(start, "wanted `{{{{raw}}}}` ... `{{{{/raw}}}}`");
        }
        let mut body = Body {
            nodes: Vec::new(),
            tags: Tags::default(),
        };
        // It may contain other raw blocks, closed with their own names.
        let mut inner = 0;
        loop {
            let rest = self.cursor.rest();
            let Some(braces) = rest.find(BRACES) else {
                return self
                    .cursor
                    .fail(start, "`{{{{raw}}}}` is not closed with `{{{{/raw}}}}`");
            };
            self.push_text(&mut body.nodes, &rest[..braces])?;
            self.cursor.at += braces;
            let at = self.cursor.at;
            match self.raw_close() {
                Some("raw") if inner == 0 => break,
                Some(name) if inner == 0 => {
                    return self.cursor.fail(
                        at,
                        format!(
                            "`{{{{{{{{/{name}}}}}}}}}` is found where `{{{{{{{{/raw}}}}}}}}` is expected"
                        ),
                    );
                }
                Some(_) => inner -= 1,
                None => {
                    self.cursor.take(BRACES);
                    inner += usize::from(!self.cursor.rest().starts_with('/'));
                }
            }
            let text = self.cursor.since(at);
            self.push_text(&mut body.nodes, text)?;
        }
        nodes.push(Node::Raw(body));
        Ok(())
    }

    /// Skips `{{{{/name}}}}`, if that comes next.
    fn raw_close(&mut self) -> Option<&'s str> {
        let start = self.cursor.at;
        let is_close = self.cursor.take(BRACES) && self.cursor.take("/");
        let name = self.cursor.identifier();
        if is_close && !name.is_empty() && self.cursor.take("}}}}") {
            return Some(name);
        }
        self.cursor.at = start;
        None
    }
}
