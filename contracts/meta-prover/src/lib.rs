//! meta-prover
