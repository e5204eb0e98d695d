//! The agent's configuration file: what it may contain, what it must not, and that docs/operations.md has all
//! of it.

mod documented;
mod fields;
mod mistakes;
mod text;
