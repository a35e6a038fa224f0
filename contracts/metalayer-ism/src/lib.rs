//! metalayer-ism
