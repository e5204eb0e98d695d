//! Generates random templates that are complete and use only existing names.

mod numbers;
mod place;
mod values;

use numbers::Random;
use place::{About, Place};
use values::LEVELS;
pub use values::values;

/// A template with its partials.
pub struct Templates {
    pub main: String,
    pub partials: Vec<(String, String)>,
}

/// How many levels a partial may assume, so it must be included with as many.
const PARTIAL_LEVELS: usize = 2;

pub struct Writer {
    random: Random,
    left: usize,
    declared: usize,
    serial: usize,
}

/// No entry begins with `}`: `{{x}}}` is a mistake in Handlebars.js.
const SPACE: [&str; 18] = [
    "", "", "", " ", "\n", "\n", "\n  ", "  ", "a", "b\n", "\t", "x y", "\r\n", "\n\n", "$", " }", "\n \n",
    " c \n\t",
];
const ODD: [&str; 7] = ["\\{{not}} ", "\\\\", "{ ", "é", "\\", "'\"", "\\{{{{"];

impl Writer {
    pub fn templates(seed: u64) -> Templates {
        let mut random = Random::new(seed);
        let declared = random.below(4);
        let left = 4 + random.below(14);
        let mut writer = Self {
            random,
            left,
            declared,
            serial: 0,
        };
        let root = Place {
            about: About::Root,
            above: Vec::new(),
            in_each: false,
            names: Vec::new(),
            inline: Vec::new(),
            partials: 0,
            has_block: false,
        };
        let main = writer.body(&root, 0);
        let partials = (0..declared)
            .map(|index| {
                writer.left = 3 + writer.random.below(6);
                let place = Place {
                    about: About::Level(PARTIAL_LEVELS),
                    partials: index + 1,
                    ..root.clone()
                };
                (format!("p{index}"), writer.body(&place, 1))
            })
            .collect();
        Templates { main, partials }
    }

    fn body(&mut self, place: &Place, depth: usize) -> String {
        let mut place = place.clone();
        let mut body = self.space();
        for _ in 0..1 + self.random.below(4) {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            body += &self.piece(&mut place, depth);
            body += &self.space();
        }
        body
    }

    fn space(&mut self) -> String {
        if self.random.one_in(25) {
            self.random.pick(&ODD).to_owned()
        } else {
            self.random.pick(&SPACE).to_owned()
        }
    }

    fn open(&mut self) -> &'static str {
        if self.random.one_in(6) { "{{~" } else { "{{" }
    }

    fn close(&mut self) -> &'static str {
        if self.random.one_in(6) { "~}}" } else { "}}" }
    }

    fn piece(&mut self, place: &mut Place, depth: usize) -> String {
        let (open, close) = (self.open(), self.close());
        let can_nest = depth < 4;
        match self.random.below(14) {
            0..=2 => self.output(place),
            3 => self.comment(open, close),
            4 | 5 if can_nest => self.condition(place, depth),
            6 | 7 if can_nest => self.each(place, depth),
            8 if can_nest => self.with(place, depth),
            9 if can_nest => self.inline(place, depth),
            10 | 11 => self.include(place, depth),
            12 => format!(
                "{{{{{{{{raw}}}}}}}}{}{{{{x}}}}{}{{{{{{{{/raw}}}}}}}}",
                self.space(),
                self.random.pick(&SPACE)
            ),
            _ if place.has_block => format!("{open}> @partial-block{close}"),
            _ => self.output(place),
        }
    }

    fn output(&mut self, place: &Place) -> String {
        let value = match self.random.below(4) {
            0 => format!("concat {} {}", self.scalar(place), self.scalar(place)),
            1 if place.in_each => self
                .random
                .pick(&["@index", "@key", "@first", "@last"])
                .to_owned(),
            _ => self.scalar(place),
        };
        match self.random.below(8) {
            0 => format!("{{{{{{{value}}}}}}}"),
            1 => format!("{{{{&{value}}}}}"),
            2 => format!("{{{{~{{{value}}}~}}}}"),
            _ => format!("{}{value}{}", self.open(), self.close()),
        }
    }

    fn comment(&mut self, open: &str, close: &str) -> String {
        match self.random.below(3) {
            0 => format!("{open}! c {close}"),
            1 => format!("{open}!-- c }} --{close}"),
            _ => format!("{open}!{close}"),
        }
    }

    /// Returns a path to text, a number or a boolean.
    fn scalar(&mut self, place: &Place) -> String {
        let name = self.random.pick(&[
            "name",
            "yes",
            "no",
            "zero",
            "num",
            "word",
            "map.k",
            "list.[1]",
            "[my key]",
            "my-key",
            "./name",
            "this.word",
            "this/num",
        ]);
        let plain = name
            .trim_start_matches("./")
            .trim_start_matches("this.")
            .trim_start_matches("this/");
        if self.random.one_in(5) || place.about == About::Root {
            return format!("@root.values.{plain}");
        }
        if let Some((parameter, _)) = place.names.last()
            && self.random.one_in(3)
        {
            return format!("{parameter}.{plain}");
        }
        if let Some(About::Level(_)) = place.above.last()
            && self.random.one_in(4)
        {
            return format!("../{plain}");
        }
        match place.about {
            About::Scalar => self.random.pick(&["this", ".", "this"]).to_owned(),
            _ => name.to_owned(),
        }
    }

    /// Returns a path to a level with at least this many levels below it, and how many it has.
    fn level(&mut self, place: &Place, least: usize) -> (String, usize) {
        let absolute = ("@root.values.sub".to_owned(), LEVELS - 1);
        match place.about {
            _ if self.random.one_in(6) => absolute,
            About::Root => ("values".to_owned(), LEVELS),
            About::Level(levels) if levels > least => ("sub".to_owned(), levels - 1),
            _ => absolute,
        }
    }

    fn truth(&mut self, place: &Place) -> String {
        let mut name = match self.random.below(6) {
            0 if place.in_each => return self.random.pick(&["@first", "@last", "@index"]).to_owned(),
            1 if place.has_block => return "@partial-block".to_owned(),
            2 => "none".to_owned(),
            3 => "empty".to_owned(),
            _ => self
                .random
                .pick(&["yes", "no", "zero", "num", "name", "list"])
                .to_owned(),
        };
        if !matches!(place.about, About::Level(_)) || self.random.one_in(3) {
            name = format!("@root.values.{name}");
        }
        match self.random.below(6) {
            0 => format!("(not {name})"),
            1 => format!("(and {name} @root.values.yes)"),
            2 => format!("(eq {name} 42)"),
            _ => name,
        }
    }

    fn condition(&mut self, place: &Place, depth: usize) -> String {
        let name = self.random.pick(&["if", "if", "unless"]);
        let (open, close) = (self.open(), self.close());
        let sign = if self.random.one_in(6) { "^" } else { "#" };
        let zero = if self.random.one_in(8) {
            " includeZero=true"
        } else {
            ""
        };
        let mut text = format!(
            "{open}{sign}{name} {}{zero}{close}{}",
            self.truth(place),
            self.body(place, depth + 1)
        );
        // `{{^if}}` has no `{{else if}}`.
        let links = if sign == "^" { 0 } else { self.random.below(3) };
        for _ in 0..links {
            let (open, close) = (self.open(), self.close());
            text += &format!(
                "{open}else {} {}{close}{}",
                self.random.pick(&["if", "unless"]),
                self.truth(place),
                self.body(place, depth + 1)
            );
        }
        if self.random.one_in(2) {
            text += &self.otherwise(place, depth);
        }
        text + &self.end(name)
    }

    fn otherwise(&mut self, place: &Place, depth: usize) -> String {
        let word = self.random.pick(&["else", "else", "^"]);
        format!(
            "{}{word}{}{}",
            self.open(),
            self.close(),
            self.body(place, depth + 1)
        )
    }

    fn end(&mut self, name: &str) -> String {
        format!("{}/{name}{}", self.open(), self.close())
    }

    fn each(&mut self, place: &Place, depth: usize) -> String {
        let (path, about) = match (self.random.below(6), place.about) {
            (0, _) => ("@root.values.none".to_owned(), About::Scalar),
            (1, _) => ("@root.values.map".to_owned(), About::Scalar),
            (2, About::Level(levels)) if levels > 0 => ("items".to_owned(), About::Level(levels - 1)),
            (3, _) => ("@root.values.items".to_owned(), About::Level(LEVELS - 1)),
            (_, About::Level(_)) => ("list".to_owned(), About::Scalar),
            _ => ("@root.values.list".to_owned(), About::Scalar),
        };
        let mut inner = place.inside(about);
        inner.in_each = true;
        let names = self.names(&mut inner, about, " key");
        let (open, close) = (self.open(), self.close());
        let mut text = format!("{open}#each {path}{names}{close}{}", self.body(&inner, depth + 1));
        if self.random.one_in(3) {
            text += &self.otherwise(place, depth);
        }
        text + &self.end("each")
    }

    fn with(&mut self, place: &Place, depth: usize) -> String {
        let is_same = self.random.one_in(5);
        let (path, mut inner) = if is_same {
            (self.random.pick(&["this", "."]).to_owned(), place.clone())
        } else {
            let (path, levels) = self.level(place, 0);
            (path, place.inside(About::Level(levels)))
        };
        let names = if is_same {
            String::new()
        } else {
            let about = inner.about;
            self.names(&mut inner, about, "")
        };
        let (open, close) = (self.open(), self.close());
        let mut text = format!("{open}#with {path}{names}{close}{}", self.body(&inner, depth + 1));
        if self.random.one_in(4) {
            text += &self.otherwise(place, depth);
        }
        text + &self.end("with")
    }

    fn names(&mut self, inner: &mut Place, about: About, second: &str) -> String {
        let About::Level(levels) = about else {
            return String::new();
        };
        if !self.random.one_in(4) {
            return String::new();
        }
        self.serial += 1;
        let name = format!("v{}", self.serial);
        inner.names.push((name.clone(), levels));
        let second = if self.random.one_in(2) { second } else { "" };
        format!(" as |{name}{second}|")
    }

    fn inline(&mut self, place: &mut Place, depth: usize) -> String {
        self.serial += 1;
        let name = if self.random.one_in(4) {
            format!("in {}", self.serial)
        } else {
            format!("in{}", self.serial)
        };
        // An inline partial does not get the context of the text around it.
        let inner = Place {
            about: About::Level(PARTIAL_LEVELS),
            above: Vec::new(),
            names: Vec::new(),
            in_each: false,
            has_block: false,
            ..place.clone()
        };
        let (open, close) = (self.open(), self.close());
        let text = format!("{open}#*inline \"{name}\"{close}{}", self.body(&inner, depth + 1));
        place.inline.push(name);
        text + &self.end("inline")
    }

    fn include(&mut self, place: &Place, depth: usize) -> String {
        let mut known = place.inline.clone();
        known.extend((place.partials..self.declared).map(|index| format!("p{index}")));
        let with_block = depth < 4 && self.random.one_in(2);
        let name = match known.len() {
            0 if with_block => "nothing".to_owned(),
            0 => return self.output(place),
            count => known[self.random.below(count)].clone(),
        };
        let (context, levels) = match place.about {
            About::Level(levels) if levels >= PARTIAL_LEVELS && self.random.one_in(2) => {
                (String::new(), levels)
            }
            _ => {
                let (path, levels) = self.level(place, PARTIAL_LEVELS);
                (format!(" {path}"), levels)
            }
        };
        let options = self
            .random
            .pick(&["", "", " word=\"o\"", " name=@root.values.num extra = 1"]);
        let (open, close) = (self.open(), self.close());
        let written = if name.contains(' ') {
            format!("[{name}]")
        } else {
            name.clone()
        };
        if !with_block {
            let dynamic = self.random.one_in(6);
            let called = if dynamic {
                format!("(concat \"{name}\" \"\")")
            } else {
                written
            };
            return format!("{open}> {called}{context}{options}{close}");
        }
        // The context of the block is that of the partial at the place where the partial includes it.
        let mut inner = place.inside(About::Level(levels.min(PARTIAL_LEVELS)));
        inner.above.clear();
        let mut text = format!("{open}#> {written}{context}{options}{close}");
        text += &self.body(&inner, depth + 1);
        text + &self.end(&written)
    }
}
