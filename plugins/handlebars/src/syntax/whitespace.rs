//! Decides which whitespace around tags belongs to the tags: `~` takes all of it, and a tag that is alone on
//! its line takes the line.
//!
//! This is the rule of Handlebars.js with its corner cases, so that templates give the same result: a tag
//! looks at the original pieces of text beside it, and takes from what other tags have left of them.
//! tests/handlebars_js.rs compares it with the original.

use crate::syntax::tree::{Block, Branch, Include, Node, Strip, Tags, Text};

/// Takes the whitespace of all tags of a template.
pub(crate) fn settle(nodes: &mut [Node<'_>]) {
    program(nodes, true);
}

/// What a node takes from the text beside it.
#[derive(Debug, Clone, Copy, Default)]
struct Claim {
    strip: Strip,
    /// Whether its opening tag, closing tag, or all of it takes its line, if the line contains nothing else.
    opens_line: bool,
    closes_line: bool,
    is_one_tag: bool,
}

fn program(nodes: &mut [Node<'_>], is_root: bool) {
    for index in 0..nodes.len() {
        let Some(claim) = claim(&mut nodes[index]) else {
            continue;
        };
        let line_ends_before = ends_line(&nodes[..index], is_root);
        let line_ends_behind = begins_line(&nodes[index + 1..], is_root);
        if claim.strip.behind {
            cut_start(nodes.get_mut(index + 1), true);
        }
        if claim.strip.before {
            cut_end(before(nodes, index), true);
        }
        if claim.is_one_tag && line_ends_before && line_ends_behind {
            cut_start(nodes.get_mut(index + 1), false);
            if let Some(indent) = cut_end(before(nodes, index), false)
                && let Node::Include(include) = &mut nodes[index]
            {
                include.indent = indent;
            }
        }
        if claim.opens_line && line_ends_before {
            cut_start(first_body(&mut nodes[index]).and_then(<[_]>::first_mut), false);
            cut_end(before(nodes, index), false);
        }
        if claim.closes_line && line_ends_behind {
            cut_start(nodes.get_mut(index + 1), false);
            cut_end(last_body(&mut nodes[index]).and_then(<[_]>::last_mut), false);
        }
    }
}

fn before<'n, 's>(nodes: &'n mut [Node<'s>], index: usize) -> Option<&'n mut Node<'s>> {
    index.checked_sub(1).and_then(|index| nodes.get_mut(index))
}

/// Returns the body behind a node's opening tag.
fn first_body<'n, 's>(node: &'n mut Node<'s>) -> Option<&'n mut [Node<'s>]> {
    match node {
        Node::Block(block) => block
            .body
            .as_mut()
            .or(block.inverse.as_mut())
            .map(|branch| branch.nodes.as_mut_slice()),
        _ => only_body(node),
    }
}

/// Returns the body in front of a node's closing tag.
fn last_body<'n, 's>(node: &'n mut Node<'s>) -> Option<&'n mut [Node<'s>]> {
    match node {
        Node::Block(block) => block
            .inverse
            .as_mut()
            .or(block.body.as_mut())
            .map(|branch| branch.nodes.as_mut_slice()),
        _ => only_body(node),
    }
}

fn only_body<'n, 's>(node: &'n mut Node<'s>) -> Option<&'n mut [Node<'s>]> {
    match node {
        Node::Raw(body) => Some(&mut body.nodes),
        Node::Inline(inline) => Some(&mut inline.body.nodes),
        Node::Include(include) => include.body.as_mut().map(|body| body.nodes.as_mut_slice()),
        _ => None,
    }
}

/// Settles what is inside a node, and returns what it takes from its neighbours.
fn claim(node: &mut Node<'_>) -> Option<Claim> {
    match node {
        Node::Text(_) => None,
        Node::Output(_, strip) => Some(Claim {
            strip: *strip,
            ..Claim::default()
        }),
        Node::Comment(strip) => Some(Claim {
            strip: *strip,
            is_one_tag: true,
            ..Claim::default()
        }),
        Node::Block(block) => Some(claim_of_block(block)),
        Node::Raw(body) => Some(claim_of_body(&mut body.nodes, body.tags)),
        Node::Inline(inline) => Some(claim_of_body(&mut inline.body.nodes, inline.body.tags)),
        Node::Include(include) => {
            let Include { body, strip, .. } = &mut **include;
            Some(match body {
                Some(body) => claim_of_body(&mut body.nodes, body.tags),
                None => Claim {
                    strip: *strip,
                    is_one_tag: true,
                    ..Claim::default()
                },
            })
        }
    }
}

fn claim_of_body(nodes: &mut [Node<'_>], tags: Tags) -> Claim {
    program(nodes, false);
    let claim = Claim {
        strip: Strip {
            before: tags.open.before,
            behind: tags.close.behind,
        },
        opens_line: begins_line(nodes, false),
        closes_line: ends_line(nodes, false),
        is_one_tag: false,
    };
    if tags.open.behind {
        cut_start(nodes.first_mut(), true);
    }
    if tags.close.before {
        cut_end(nodes.last_mut(), true);
    }
    claim
}

fn claim_of_block(block: &mut Block<'_>) -> Claim {
    let tags = block.tags;
    let (body, inverse) = match (&mut block.body, &mut block.inverse) {
        (Some(body), Some(inverse)) => (body, inverse),
        (Some(only), None) | (None, Some(only)) => return claim_of_body(&mut only.nodes, tags),
        (None, None) => return Claim::default(),
    };
    program(&mut body.nodes, false);
    program(&mut inverse.nodes, false);
    let claim = Claim {
        strip: Strip {
            before: tags.open.before,
            behind: tags.close.behind,
        },
        opens_line: begins_line(&body.nodes, false),
        closes_line: ends_line(first_of_chain(inverse), false),
        is_one_tag: false,
    };
    if tags.open.behind {
        cut_start(body.nodes.first_mut(), true);
    }
    if tags.inverse.before {
        cut_end(body.nodes.last_mut(), true);
    }
    if tags.inverse.behind {
        cut_start(first_of_chain(inverse).first_mut(), true);
    }
    if tags.close.before {
        cut_end(last_of_chain(inverse).last_mut(), true);
    }
    // `{{else}}` alone on its line.
    if ends_line(&body.nodes, false) && begins_line(first_of_chain(inverse), false) {
        cut_end(body.nodes.last_mut(), false);
        cut_start(first_of_chain(inverse).first_mut(), false);
    }
    claim
}

/// Returns the body behind an `{{else}}` or the first `{{else if}}`.
fn first_of_chain<'b, 's>(branch: &'b mut Branch<'s>) -> &'b mut [Node<'s>] {
    if branch.is_chained {
        branch.nodes.first_mut().and_then(first_body).unwrap_or_default()
    } else {
        &mut branch.nodes
    }
}

/// Returns the body behind the last `{{else if}}`; an `{{else}}` behind that is not part of the chain.
fn last_of_chain<'b, 's>(branch: &'b mut Branch<'s>) -> &'b mut [Node<'s>] {
    if !branch.is_chained {
        return &mut branch.nodes;
    }
    match branch.nodes.last_mut() {
        Some(Node::Block(block)) => block.body.as_mut().map_or(&mut [], last_of_chain),
        _ => &mut [],
    }
}

/// Whether a line ends with these nodes, and the rest of it contains only blanks.
fn ends_line(nodes: &[Node<'_>], is_root: bool) -> bool {
    match nodes {
        [] => is_root,
        [others @ .., Node::Text(Text { original, .. })] => {
            let kept = original.trim_end_matches(is_space);
            original[kept.len()..].contains('\n') || is_root && others.is_empty() && kept.is_empty()
        }
        _ => false,
    }
}

/// Whether only blanks precede the end of a line.
fn begins_line(nodes: &[Node<'_>], is_root: bool) -> bool {
    match nodes {
        [] => is_root,
        [Node::Text(Text { original, .. }), others @ ..] => {
            let kept = original.trim_start_matches(is_space);
            original[..original.len() - kept.len()].contains('\n')
                || is_root && others.is_empty() && kept.is_empty()
        }
        _ => false,
    }
}

/// Removes the whitespace at the start of a text: all of it, or the rest of the line.
fn cut_start(node: Option<&mut Node<'_>>, all: bool) {
    let Some(Node::Text(piece)) = node else { return };
    if piece.is_cut_at_start && !all {
        return;
    }
    let rest = if all {
        piece.text.trim_start_matches(is_space)
    } else {
        let rest = piece.text.trim_start_matches(BLANKS);
        let rest = rest.strip_prefix('\r').unwrap_or(rest);
        rest.strip_prefix('\n').unwrap_or(rest)
    };
    piece.is_cut_at_start = rest.len() < piece.text.len();
    piece.text = rest;
}

/// Removes the whitespace at the end of a text: all of it, or the blanks of its last line. Returns these
/// blanks, if there were any.
fn cut_end<'s>(node: Option<&mut Node<'s>>, all: bool) -> Option<&'s str> {
    let Some(Node::Text(piece)) = node else {
        return None;
    };
    if piece.is_cut_at_end && !all {
        return None;
    }
    let rest = if all {
        piece.text.trim_end_matches(is_space)
    } else {
        piece.text.trim_end_matches(BLANKS)
    };
    piece.is_cut_at_end = rest.len() < piece.text.len();
    piece.text = rest;
    let blanks = &piece.original[piece.original.trim_end_matches(BLANKS).len()..];
    piece.is_cut_at_end.then_some(blanks)
}

const BLANKS: [char; 2] = [' ', '\t'];

/// Whether a character matches `\s` in JavaScript.
pub(crate) fn is_space(character: char) -> bool {
    character == '\u{feff}' || character != '\u{85}' && character.is_whitespace()
}
