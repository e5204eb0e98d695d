//! The guard's rule: which creations it accepts, the text of each refusal, and that no sequence of other
//! plugins' changes gets past it.

mod arbitrary;
mod creation;
mod others;
mod refusals;
