//! metalayer-router
