//! Shared by all benchmarks: measured times, a description of the machine, and the table in
//! docs/performance.md.

pub mod machine;
pub mod samples;
pub mod table;
