//! Metalayer messages.

/// Most reads of a message.
pub const MAX_READS: u32 = 16;

/// Why bytes are no Metalayer message: the argument of `MalformedMessage`. `None` for a message.
/// # Source
/// messaging.md §5.2
pub fn malformed(message: &[u8]) -> Option<u8> {
    if message.len() < 78 {
        return Some(1);
    }
    if message[1] > 2 {
        return Some(2);
    }
    let Some(count) = number(message, 78) else { return Some(3) };
    if count > u64::from(MAX_READS) {
        return Some(4);
    }
    // In 64 bits no sum of a length in memory and a number of 32 bits can wrap.
    let mut at = 82u64;
    for _ in 0..count {
        if (message.len() as u64) < at + 28 {
            return Some(5);
        }
        let Some(length) = number(message, at as usize + 24) else { return Some(5) };
        at += 28 + length;
        if (message.len() as u64) < at {
            return Some(6);
        }
    }
    None
}

/// The `u32` at an index.
fn number(message: &[u8], at: usize) -> Option<u64> {
    let bytes = message.get(at..at + 4)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_cause() {
        let mut message = vec![0; 78];
        assert_eq!(malformed(&message[..77]), Some(1));
        assert_eq!(malformed(&message), Some(3));
        message.extend([0, 0, 0, 1]);
        assert_eq!(malformed(&message), Some(5));
        message.extend([0; 24]);
        message.extend([0, 0, 0, 2, 9]);
        assert_eq!(malformed(&message), Some(6));
        message.push(9);
        assert_eq!(malformed(&message), None);
        message[81] = 17;
        assert_eq!(malformed(&message), Some(4));
        message[1] = 3;
        assert_eq!(malformed(&message), Some(2));
    }
}
