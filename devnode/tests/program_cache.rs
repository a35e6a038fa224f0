//! Compiled programs outlive the chain that compiled them.
#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::support::{Chain, chain_with};
use alloy::primitives::U256;
use devnode::Config;

/// Returns 42 as a word.
const ANSWER: &str = r#"(module
  (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
  (memory (export "memory") 1 1)
  (func (export "user_entrypoint") (param i32) (result i32)
    (i32.store8 (i32.const 31) (i32.const 42))
    (call $write_result (i32.const 0) (i32.const 32))
    (i32.const 0)))"#;

/// A directory that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("devnode-programs-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _not_there = fs::remove_dir_all(&self.0);
    }
}

async fn chain_with_cache(directory: &Path) -> Chain {
    chain_with(Config { program_cache: Some(directory.to_owned()), ..Config::default() }).await
}

/// Deploys the program, calls it and checks its answer.
async fn run(chain: &Chain) {
    let program = chain.program(ANSWER).await;
    let answer = chain.call(program, Vec::new()).await.unwrap();
    assert_eq!(U256::from_be_slice(&answer), U256::from(42));
}

fn only_file(directory: &Path) -> PathBuf {
    let mut files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let file = files.next().expect("a file");
    assert_eq!(files.next(), None);
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn another_engine_runs_what_the_first_compiled_and_replaces_what_is_damaged() {
    let scratch = Scratch::new();
    // Engines are shared by the name of their directory: under three names it has three.
    let names = ["one", "two", "three"].map(|name| scratch.0.join(name));
    run(&chain_with_cache(&names[0]).await).await;
    symlink(&names[0], &names[1]).unwrap();
    symlink(&names[0], &names[2]).unwrap();
    // given the file of the first, untouched for long
    let path = only_file(&names[0]);
    let long_ago = SystemTime::now() - Duration::from_secs(10_000);
    File::options().write(true).open(&path).unwrap().set_modified(long_ago).unwrap();
    let before = fs::metadata(&path).unwrap();
    // when a second runs the same program
    run(&chain_with_cache(&names[1]).await).await;
    // then it has read the file, and written none
    let after = fs::metadata(&path).unwrap();
    assert_eq!(after.ino(), before.ino());
    assert!(after.modified().unwrap() > before.modified().unwrap());
    // and a third, which finds it damaged, puts a whole one in its place
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    run(&chain_with_cache(&names[2]).await).await;
    assert_eq!(only_file(&names[0]), path);
    assert_eq!(fs::read(&path).unwrap().len(), whole.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_without_a_directory_runs_programs_all_the_same() {
    run(&chain_with(Config { program_cache: None, ..Config::default() }).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_root_over_other_fragments_is_another_program() {
    // given two chains whose programs differ in the fragment only, which has the same address on both
    for expected in [42, 43] {
        let config = Config { arbos_version: 60, program_cache: None, ..Config::default() };
        let chain = chain_with(config).await;
        let wasm = ANSWER.replace("(i32.const 42)", &format!("(i32.const {expected})"));
        let wasm = wat::parse_str(wasm).unwrap();
        let packed = devnode::stylus::container::compress(&wasm).unwrap();
        // stylus-vm.md 1.1: a fragment is its prefix and a piece of the stream
        let fragment = [&[0xef, 0xf0, 0x01][..], &packed[4..]].concat();
        let fragment = chain.deploy(&fragment).await;
        // a root is its prefix, the dictionary, the length of the WASM, the addresses of the fragments
        let length = u32::try_from(wasm.len()).unwrap().to_be_bytes();
        let root = [&[0xef, 0xf0, 0x02, 0x00][..], &length, fragment.as_slice()].concat();
        let root = chain.deploy(&root).await;
        assert!(chain.activate(root).await.status());
        // then each runs its own
        let answer = chain.call(root, Vec::new()).await.unwrap();
        assert_eq!(U256::from_be_slice(&answer), U256::from(expected));
    }
}
