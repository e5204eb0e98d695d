//! What all benchmarks share: times, a word on the machine, and the table that docs/performance.md has.

pub mod machine;
pub mod samples;
pub mod table;
