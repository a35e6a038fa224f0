//! Metadata of an aggregation module. Spec: messaging.md §3.6.

use alloc::vec::Vec;

use super::Reader;

/// Metadata for an aggregation: of every module in order, what it is to get, or `None` if it takes no part.
///
/// `None` if the whole is longer than an offset can count.
/// # Source
/// messaging.md §3.6
pub fn aggregation_metadata(modules: &[Option<&[u8]>]) -> Option<Vec<u8>> {
    let mut end = modules.len().checked_mul(8)?;
    let mut out = Vec::new();
    for module in modules {
        let (from, to) = match module {
            Some(metadata) => (end, end.checked_add(metadata.len())?),
            None => (0, 0),
        };
        out.extend_from_slice(&u32::try_from(from).ok()?.to_be_bytes());
        out.extend_from_slice(&u32::try_from(to).ok()?.to_be_bytes());
        end = end.max(to);
    }
    modules.iter().flatten().for_each(|metadata| out.extend_from_slice(metadata));
    Some(out)
}

/// What the module at `index` gets of `metadata`: `Some(None)` if it takes no part, `None` if its range does not
/// lie inside, where Hyperlane reverts without data.
/// # Source
/// messaging.md §3.6
pub fn sub_metadata(metadata: &[u8], index: usize) -> Option<Option<&[u8]>> {
    let mut range = Reader(metadata.as_chunks::<8>().0.get(index)?);
    let (start, end) = (range.u32()? as usize, range.u32()? as usize);
    if start == 0 {
        return Some(None);
    }
    metadata.get(start..end).map(Some)
}
