//! The chain's tests, in one program: linking the engine into each file of them would take longer than running them.
//! `load` is a program of its own, since it watches the memory of a whole process.

mod activation_rules;
mod chain_rules;
mod dev_chain;
mod genesis_contracts;
mod precompile_table;
mod precompiles;
mod program_cache;
mod programs;
mod rpc;
mod rpc_methods;
mod stylus_conformance;
mod support;
mod tracing;
