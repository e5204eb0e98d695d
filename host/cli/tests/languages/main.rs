//! Plugins in each language, from nothing to a render, with the commands of their READMEs and the toolchains
//! of the package registries.

mod attacks;
mod conformance;
mod contract;
mod examples;
mod guides;
mod mistakes;
mod refusals;
mod workshop;
