//! Reads and writes `.env` files.

mod expand;
mod read;
mod reference;
mod write;

pub(crate) use read::{Dollars, read};
pub(crate) use write::write;
