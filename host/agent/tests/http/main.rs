//! The agent's HTTP and its status: which client may request what, and what hostile clients cannot do.

mod bench;
mod port;
mod socket;
