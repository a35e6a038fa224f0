//! intent-source
