#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_targets::receipts_and_sets(data));
