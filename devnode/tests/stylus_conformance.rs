//! Conformance of the Stylus machine: one small module per rule, its price worked out by hand beside it.
//! Spec: stylus-vm.md §2–§7. The chain behind the programs is a mock that charges EVM prices.
#[path = "stylus_conformance/activation.rs"]
mod activation;
#[path = "stylus_conformance/blocks.rs"]
mod blocks;
#[path = "stylus_conformance/calls.rs"]
mod calls;
#[path = "stylus_conformance/deadline.rs"]
mod deadline;
#[path = "stylus_conformance/ends.rs"]
mod ends;
#[path = "stylus_conformance/hooks.rs"]
mod hooks;
#[path = "stylus_conformance/imports.rs"]
mod imports;
#[path = "stylus_conformance/memory.rs"]
mod memory;
#[path = "stylus_conformance/nesting.rs"]
mod nesting;
#[path = "stylus_conformance/operators.rs"]
mod operators;
#[path = "stylus_conformance/rules.rs"]
mod rules;
#[path = "stylus_conformance/stack.rs"]
mod stack;
#[path = "stylus_conformance/storage.rs"]
mod storage;
#[path = "stylus_conformance/traces.rs"]
mod traces;
#[path = "stylus_conformance/vm.rs"]
mod vm;
