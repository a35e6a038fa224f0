//! The Stylus virtual machine: containers, instrumentation, pricing, host functions.
pub mod api;
