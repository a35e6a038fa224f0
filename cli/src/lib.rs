//! metalayer
