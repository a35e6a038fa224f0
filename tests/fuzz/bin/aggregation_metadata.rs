#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz_targets::aggregation_metadata(data));
