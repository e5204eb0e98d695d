//! `.env` files.

mod read;
mod reference;
mod write;

pub(crate) use read::{Dollars, read};
pub(crate) use write::write;
