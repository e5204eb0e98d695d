//! The guard's rule: who is let through, what each refusal says, and that no sequence of other plugins' changes gets past it.

mod arbitrary;
mod creation;
mod others;
mod refusals;
