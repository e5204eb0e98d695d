//! Reads and writes `.env` files.

mod expand;
mod read;
mod reference;
mod write;

pub(crate) use expand::Dollars;
pub(crate) use read::read;
pub(crate) use write::write;
