//! How a program is wrapped in contract code: prefix, dictionary byte, brotli stream, fragments.
//! Spec: stylus-vm.md §1.1.

use super::params::{ARBOS_VERSION_60, ARBOS_VERSION_STYLUS, StylusParams};
use alloy_primitives::Address;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, enc::BrotliEncoderParams};
use std::io;
use thiserror::Error;

/// First bytes of a program in one piece.
pub const CLASSIC_PREFIX: [u8; 3] = [0xEF, 0xF0, 0x00];
/// First bytes of a slice of a program.
pub const FRAGMENT_PREFIX: [u8; 3] = [0xEF, 0xF0, 0x01];
/// First bytes of a program that names its fragments.
pub const ROOT_PREFIX: [u8; 3] = [0xEF, 0xF0, 0x02];
/// The dictionary byte `cargo stylus` writes: none.
pub const DICTIONARY_NONE: u8 = 0;
/// Brotli quality of `cargo stylus`.
pub const COMPRESSION_LEVEL: i32 = 11;
/// Brotli window of `cargo stylus`.
pub const COMPRESSION_WINDOW: i32 = 22;

const ROOT_HEADER: usize = 8;
const ADDRESS_BYTES: usize = 20;

/// Which part of a program some contract code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// A program in one piece.
    Classic,
    /// A slice of a program; cannot run.
    Fragment,
    /// A program that names its fragments.
    Root,
}

/// Why contract code could not be unpacked. Activation reverts without data and keeps the gas, but for `OutOfGas`.
/// # Source
/// stylus-vm.md §1.1, §2.1 step 8
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ContainerError {
    /// Not a program's prefix.
    #[error("not a Stylus program: code must start with eff000 or, from ArbOS 60, eff002")]
    NotProgram,
    /// A dictionary this chain does not have.
    #[error("unsupported dictionary type: {0}")]
    Dictionary(u8),
    /// The stream is damaged, cut short, or unpacks to more than the limit.
    #[error("failed to decompress the program: {reason} (limit {limit} bytes)")]
    Brotli {
        /// What is wrong with it.
        reason: &'static str,
        /// Bytes it may unpack to.
        limit: usize,
    },
    /// A root that declares more than the limit.
    #[error("program declares {declared} bytes of WASM, the limit is {limit}")]
    TooLarge {
        /// Bytes the root declares.
        declared: u32,
        /// `MaxWasmSize`.
        limit: u32,
    },
    /// No fragment, or too many.
    #[error("program has {count} fragments, the limit is {limit}")]
    FragmentCount {
        /// Fragments the root names.
        count: usize,
        /// `MaxFragmentCount`.
        limit: u8,
    },
    /// The account named as a fragment holds something else.
    #[error("{0} is not a fragment: its code must start with eff001")]
    NotFragment(Address),
    /// The fragments unpack to another length than declared.
    #[error("program declares {declared} bytes of WASM but has {actual}")]
    Length {
        /// Bytes the root declares.
        declared: u32,
        /// Bytes there are.
        actual: usize,
    },
    /// A fragment could not be paid for: all gas burns.
    #[error("out of gas while reading fragments")]
    OutOfGas,
}

/// What the code is, if any part of a program.
/// # Source
/// stylus-vm.md §1.1
pub fn component(code: &[u8], arbos_version: u64) -> Option<Component> {
    // A bare prefix is no component: the length must be greater than 3.
    let (prefix, [_, ..]) = code.split_first_chunk::<3>()? else { return None };
    match *prefix {
        CLASSIC_PREFIX if arbos_version >= ARBOS_VERSION_STYLUS => Some(Component::Classic),
        FRAGMENT_PREFIX if arbos_version >= ARBOS_VERSION_60 => Some(Component::Fragment),
        ROOT_PREFIX if arbos_version >= ARBOS_VERSION_60 => Some(Component::Root),
        _ => None,
    }
}

/// Whether the code runs as WASM.
/// # Source
/// stylus-vm.md §1.1
pub fn is_program(code: &[u8], arbos_version: u64) -> bool {
    matches!(component(code, arbos_version), Some(Component::Classic | Component::Root))
}

/// Accounts that hold the parts of a program in several; none for any other code.
/// # Source
/// stylus-vm.md §1.1
pub fn fragments(code: &[u8], arbos_version: u64) -> impl Iterator<Item = Address> {
    let parts = match component(code, arbos_version) {
        Some(Component::Root) => code.get(ROOT_HEADER..).unwrap_or_default(),
        _ => &[],
    };
    parts.chunks_exact(ADDRESS_BYTES).map(Address::from_slice)
}

/// Unpacks the WASM of a program.
/// - `fragment`: loads the code of a fragment, paying for it; `None` means the gas does not suffice. Not called for a
///   program in one piece.
/// # Errors
/// [`ContainerError`].
/// # Source
/// stylus-vm.md §1.1
pub fn wasm(
    code: &[u8],
    params: &StylusParams,
    fragment: impl FnMut(Address) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, ContainerError> {
    match component(code, params.arbos_version) {
        Some(Component::Classic) => {
            let (dictionary, stream) = payload(code)?;
            decompress(stream, dictionary, params.max_wasm_size as usize)
        }
        Some(Component::Root) => root(code, params, fragment),
        Some(Component::Fragment) | None => Err(ContainerError::NotProgram),
    }
}

fn root(
    code: &[u8],
    params: &StylusParams,
    mut fragment: impl FnMut(Address) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, ContainerError> {
    let (dictionary, rest) = payload(code)?;
    let (length, addresses) = rest.split_first_chunk::<4>().ok_or(ContainerError::NotProgram)?;
    let declared = u32::from_be_bytes(*length);
    if code.len() < ROOT_HEADER || !addresses.len().is_multiple_of(ADDRESS_BYTES) {
        return Err(ContainerError::NotProgram);
    }
    if declared > params.max_wasm_size {
        return Err(ContainerError::TooLarge { declared, limit: params.max_wasm_size });
    }
    let count = addresses.len() / ADDRESS_BYTES;
    if count == 0 || count > usize::from(params.max_fragment_count) {
        return Err(ContainerError::FragmentCount { count, limit: params.max_fragment_count });
    }
    let mut stream = Vec::new();
    for address in addresses.chunks_exact(ADDRESS_BYTES).map(Address::from_slice) {
        let code = fragment(address).ok_or(ContainerError::OutOfGas)?;
        if component(&code, params.arbos_version) != Some(Component::Fragment) {
            return Err(ContainerError::NotFragment(address));
        }
        stream.extend(code.iter().skip(FRAGMENT_PREFIX.len()));
    }
    let wasm = decompress(&stream, dictionary, declared as usize)?;
    if wasm.len() != declared as usize {
        return Err(ContainerError::Length { declared, actual: wasm.len() });
    }
    Ok(wasm)
}

/// The dictionary byte and what follows it.
fn payload(code: &[u8]) -> Result<(u8, &[u8]), ContainerError> {
    let (dictionary, rest) = code
        .get(CLASSIC_PREFIX.len()..)
        .and_then(<[u8]>::split_first)
        .ok_or(ContainerError::NotProgram)?;
    Ok((*dictionary, rest))
}

/// Unpacks one stream into at most `limit` bytes. What follows the stream's end is ignored.
/// # Source
/// stylus-vm.md §1.1
pub fn decompress(stream: &[u8], dictionary: u8, limit: usize) -> Result<Vec<u8>, ContainerError> {
    if dictionary != DICTIONARY_NONE {
        return Err(ContainerError::Dictionary(dictionary));
    }
    let mut output = vec![0; limit];
    let mut state = BrotliState::new(
        brotli::HeapAlloc::<u8>::new(0),
        brotli::HeapAlloc::<u32>::new(0),
        brotli::HeapAlloc::<brotli::HuffmanCode>::new(Default::default()),
    );
    let (mut available_in, mut read) = (stream.len(), 0);
    let (mut available_out, mut written, mut total) = (limit, 0, 0);
    let result = BrotliDecompressStream(
        &mut available_in,
        &mut read,
        stream,
        &mut available_out,
        &mut written,
        &mut output,
        &mut total,
        &mut state,
    );
    let reason = match result {
        BrotliResult::ResultSuccess => {
            output.truncate(written);
            return Ok(output);
        }
        BrotliResult::NeedsMoreInput => "the stream is cut short",
        BrotliResult::NeedsMoreOutput => "it unpacks to too much",
        BrotliResult::ResultFailure => "the stream is damaged",
    };
    Err(ContainerError::Brotli { reason, limit })
}

/// Packs WASM as `cargo stylus` does for one contract code.
/// # Errors
/// Whatever the encoder reports.
/// # Source
/// stylus-vm.md §1.1
pub fn compress(wasm: &[u8]) -> io::Result<Vec<u8>> {
    let mut code = CLASSIC_PREFIX.to_vec();
    code.push(DICTIONARY_NONE);
    let params = BrotliEncoderParams {
        quality: COMPRESSION_LEVEL,
        lgwin: COMPRESSION_WINDOW,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &*wasm, &mut code, &params)?;
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WASM: &[u8] = b"\0asm\x01\0\0\0 and more of it, and more of it, and more of it";

    fn none(_: Address) -> Option<Vec<u8>> {
        None
    }

    #[test]
    fn what_is_packed_unpacks_to_itself() {
        let code = compress(WASM).unwrap();
        assert!(is_program(&code, 51));
        assert_eq!(wasm(&code, &StylusParams::new(51), none).unwrap(), WASM);
    }

    #[test]
    fn a_bare_prefix_is_no_program() {
        assert_eq!(component(&CLASSIC_PREFIX, 51), None);
        assert_eq!(component(&[0xEF, 0xF0, 0x00, 0x00], 51), Some(Component::Classic));
        assert_eq!(component(&[0xEF, 0xF0, 0x00, 0x00], 29), None);
        assert_eq!(component(&[0xEF, 0xF0, 0x01, 0x00], 51), None);
        assert_eq!(component(&[0xEF, 0xF0, 0x02, 0x00], 51), None);
        assert_eq!(component(&[0xEF, 0xF0, 0x03, 0x00], 60), None);
        assert_eq!(component(&[], 60), None);
    }

    #[test]
    fn an_unknown_dictionary_is_named() {
        let mut code = compress(WASM).unwrap();
        code[3] = 2;
        let error = wasm(&code, &StylusParams::new(51), none).unwrap_err();
        assert_eq!(error.to_string(), "unsupported dictionary type: 2");
    }

    #[test]
    fn a_program_larger_than_the_limit_is_refused() {
        let mut params = StylusParams::new(51);
        params.max_wasm_size = WASM.len() as u32;
        let code = compress(WASM).unwrap();
        assert!(wasm(&code, &params, none).is_ok());
        params.max_wasm_size -= 1;
        let error = wasm(&code, &params, none).unwrap_err();
        assert!(error.to_string().contains("unpacks to too much"), "{error}");
    }

    #[test]
    fn a_stream_cut_anywhere_is_refused() {
        let code = compress(WASM).unwrap();
        for cut in 4..code.len() {
            assert!(wasm(&code[..cut], &StylusParams::new(51), none).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn bytes_after_the_stream_are_ignored() {
        let mut code = compress(WASM).unwrap();
        code.extend([1, 2, 3]);
        assert_eq!(wasm(&code, &StylusParams::new(51), none).unwrap(), WASM);
    }

    fn fragmented(declared: u32) -> (Vec<u8>, [Vec<u8>; 2]) {
        let stream = compress(WASM).unwrap().split_off(4);
        let (head, tail) = stream.split_at(stream.len() / 2);
        let mut root = [&ROOT_PREFIX[..], &[0], &declared.to_be_bytes()].concat();
        root.extend([1; 20]);
        root.extend([2; 20]);
        (root, [head, tail].map(|slice| [&FRAGMENT_PREFIX, slice].concat()))
    }

    #[test]
    fn fragments_are_joined_in_order() {
        let (root, parts) = fragmented(WASM.len() as u32);
        let load = |address: Address| Some(parts[usize::from(address[0]) - 1].clone());
        assert_eq!(wasm(&root, &StylusParams::new(60), load).unwrap(), WASM);
    }

    #[test]
    fn a_root_whose_declared_length_is_wrong_is_refused() {
        let (root, parts) = fragmented(WASM.len() as u32 + 1);
        let load = |address: Address| Some(parts[usize::from(address[0]) - 1].clone());
        let error = wasm(&root, &StylusParams::new(60), load).unwrap_err();
        assert!(matches!(error, ContainerError::Length { .. }), "{error}");
    }

    #[test]
    fn a_root_must_name_fragments() {
        let (root, _) = fragmented(9);
        let params = StylusParams::new(60);
        let error = wasm(&root, &params, |_| Some(vec![0xEF, 0xF0, 0x00, 0x00])).unwrap_err();
        assert_eq!(error, ContainerError::NotFragment(Address::repeat_byte(1)));
        assert_eq!(wasm(&root, &params, none).unwrap_err(), ContainerError::OutOfGas);
        let error = wasm(&root[..8], &params, none).unwrap_err();
        assert_eq!(error, ContainerError::FragmentCount { count: 0, limit: 2 });
        assert_eq!(wasm(&root[..20], &params, none).unwrap_err(), ContainerError::NotProgram);
    }
}
