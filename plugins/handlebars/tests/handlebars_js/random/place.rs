//! Where in a template a text is, and so which names it can use.

/// The context of a body.
#[derive(Clone, Copy, PartialEq)]
pub enum About {
    /// The whole context, in which all values are below `values`.
    Root,
    /// A level of the values, with so many levels below it.
    Level(usize),
    Scalar,
}

#[derive(Clone)]
pub struct Place {
    pub about: About,
    /// The contexts of `../`, the nearest last.
    pub above: Vec<About>,
    pub in_each: bool,
    /// Block parameters that are levels.
    pub names: Vec<(String, usize)>,
    /// Inline partials.
    pub inline: Vec<String>,
    /// The first declared partial that may be included, so that no partial includes itself.
    pub partials: usize,
    pub has_block: bool,
}

impl Place {
    /// Returns the place in a block with another context.
    pub fn inside(&self, about: About) -> Self {
        let mut inner = Self {
            about,
            ..self.clone()
        };
        inner.above.push(self.about);
        inner
    }
}
