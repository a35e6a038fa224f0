//! The chain's tests, in one program: linking the engine into each file of them would take longer than running them.
//! `load` and `program_cache` are programs of their own, since they watch what a whole process does.

mod activation_rules;
mod chain_rules;
mod dev_chain;
mod genesis_contracts;
mod precompile_table;
mod precompiles;
mod programs;
mod rpc;
mod rpc_methods;
mod stylus_conformance;
mod support;
mod tracing;
