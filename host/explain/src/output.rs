//! Names what a user can ask about: a variable, the command, arguments or a file of a container.

use podweave_core::report::{File, Item};

/// A part of what a container gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A variable.
    Variable(String),
    /// The command, or one element of it.
    Command(Option<usize>),
    /// The arguments, or one of them.
    Arguments(Option<usize>),
    /// A file, by its absolute path in the container.
    File(String),
}

/// The value of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputValue {
    /// The value of a variable, or one element of a list.
    Text(String),
    /// All elements.
    List(Vec<String>),
    /// A file.
    File(File),
}

impl Output {
    /// Finds the output with this name: a variable, `command`, `args`, `args[2]`, or a file by its absolute
    /// path or by the end of it. `None` if the container has no output with this name.
    #[must_use]
    pub fn find(name: &str, item: &Item) -> Option<Self> {
        let variable = Self::Variable(name.to_owned());
        if variable.value(item).is_some() {
            return Some(variable);
        }
        if let Some(of_list) = Self::of_list(name) {
            return Some(of_list).filter(|output| output.value(item).is_some());
        }
        let ending = format!("/{}", name.trim_start_matches('/'));
        let exact = item.files.iter().find(|file| file.path == name);
        let file = exact.or_else(|| {
            item.files
                .iter()
                .find(|file| !name.starts_with('/') && file.path.ends_with(&ending))
        });
        file.map(|file| Self::File(file.path.clone()))
    }

    /// Returns the names of all outputs of a container.
    #[must_use]
    pub fn names(item: &Item) -> Vec<String> {
        let variables = item.env.iter().map(|variable| variable.name.clone());
        let lists = [Self::Command(None), Self::Arguments(None)];
        let lists = lists
            .into_iter()
            .filter(|list| list.value(item).is_some())
            .map(|list| list.to_string());
        variables
            .chain(lists)
            .chain(item.files.iter().map(|file| file.path.clone()))
            .collect()
    }

    /// Returns the output's value; `None` if the container has no such output.
    #[must_use]
    pub fn value(&self, item: &Item) -> Option<OutputValue> {
        let of_list = |list: Option<&Vec<String>>, index: &Option<usize>| match index {
            None => list.cloned().map(OutputValue::List),
            Some(index) => list?.get(*index).cloned().map(OutputValue::Text),
        };
        match self {
            Self::Variable(name) => item
                .env
                .iter()
                .find(|variable| variable.name == *name)
                .map(|variable| OutputValue::Text(variable.value.clone())),
            Self::Command(index) => of_list(item.command.as_ref(), index),
            Self::Arguments(index) => of_list(item.args.as_ref().or(item.append_args.as_ref()), index),
            Self::File(path) => item
                .files
                .iter()
                .find(|file| file.path == *path)
                .cloned()
                .map(OutputValue::File),
        }
    }

    fn of_list(name: &str) -> Option<Self> {
        let (list, index) = match name.split_once('[') {
            None => (name, None),
            Some((list, index)) => (list, Some(index.strip_suffix(']')?.parse().ok()?)),
        };
        match list {
            "command" => Some(Self::Command(index)),
            "args" => Some(Self::Arguments(index)),
            _ => None,
        }
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, index) = match self {
            Self::Variable(name) | Self::File(name) => (name.as_str(), None),
            Self::Command(index) => ("command", *index),
            Self::Arguments(index) => ("args", *index),
        };
        formatter.write_str(name)?;
        index.map_or(Ok(()), |index| write!(formatter, "[{index}]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podweave_core::report::Variable;

    fn item() -> Item {
        Item {
            namespace: "shop".to_owned(),
            pod: "web".to_owned(),
            container: "web".to_owned(),
            plugins: Vec::new(),
            env: vec![Variable {
                name: "PORT".to_owned(),
                value: "80".to_owned(),
            }],
            command: None,
            args: None,
            append_args: Some(vec!["--a".to_owned(), "--b".to_owned()]),
            files: vec![File {
                path: "/etc/podweave/conf.d/app.conf".to_owned(),
                mode: "0444".to_owned(),
                contents: Some("x".to_owned()),
                contents_base64: None,
            }],
            provenance: None,
        }
    }

    #[test]
    fn a_name_is_a_variable_arguments_or_the_end_of_a_path() {
        let found = |name| Output::find(name, &item());
        assert_eq!(found("PORT"), Some(Output::Variable("PORT".to_owned())));
        assert_eq!(found("args"), Some(Output::Arguments(None)));
        assert_eq!(found("args[1]"), Some(Output::Arguments(Some(1))));
        for path in ["/etc/podweave/conf.d/app.conf", "conf.d/app.conf", "app.conf"] {
            assert_eq!(
                found(path),
                Some(Output::File("/etc/podweave/conf.d/app.conf".to_owned())),
                "{path}"
            );
        }
    }

    #[test]
    fn what_a_container_does_not_get_is_nothing() {
        for name in [
            "port",
            "command",
            "args[2]",
            "args[-1]",
            "args[1",
            "args[",
            "pp.conf",
            "/app.conf",
            "",
        ] {
            assert_eq!(Output::find(name, &item()), None, "{name}");
        }
    }

    #[test]
    fn a_name_that_is_shown_finds_what_it_names() {
        for name in Output::names(&item()) {
            assert_eq!(
                Output::find(&name, &item()).map(|output| output.to_string()),
                Some(name)
            );
        }
    }
}
