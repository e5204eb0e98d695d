//! `podweave plugin new`.

use std::path::PathBuf;

use anyhow::Result;
use podweave_core::text::Shown as _;
use podweave_plugin_project::create;

use crate::arguments::NewArguments;
use crate::messages::{GOOD, NAME, styled};
use crate::{EXIT_OK, messages};

pub fn run(arguments: &NewArguments) -> Result<u8> {
    let directory = arguments
        .directory
        .clone()
        .unwrap_or_else(|| PathBuf::from(arguments.name.as_str()));
    let created = create(arguments.lang, &arguments.name, &directory)?;
    let shown = created.directory.shown();
    let mut text = format!(
        "{} {shown}: a plugin in {}\n",
        styled(GOOD, "created"),
        arguments.lang
    );
    // The files that an author of this language edits; README.md lists the rest.
    text += &format!(
        "see its README.md for the next steps:\n\n    {}\n",
        styled(NAME, &format!("cd {shown}"))
    );
    for command in arguments.lang.first_commands() {
        text += &format!("    {}\n", styled(NAME, command));
    }
    messages::print(&text)?;
    Ok(EXIT_OK)
}
