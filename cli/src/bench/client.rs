//! One HTTP connection, as cheap as can be: what is measured is the node, not its client.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::BenchError;

/// How long a node may take to answer before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(120);

/// A kept-alive connection to a node.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    pub(super) node: &'static str,
    answer: Vec<u8>,
}

impl Client {
    pub(super) fn connect(node: &'static str, address: &str) -> Result<Self, BenchError> {
        let connected = TcpStream::connect(address).and_then(|stream| {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            Ok(stream)
        });
        let stream = connected.map_err(BenchError::io(format!("connect to {node}")))?;
        Ok(Self { stream: BufReader::new(stream), node, answer: Vec::new() })
    }

    /// Posts a body; the answer stays in `self.answer`.
    fn exchange(&mut self, body: &[u8]) -> io::Result<()> {
        let head = format!(
            "POST / HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        // One write: two would wait for each other's acknowledgement.
        self.stream.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        let mut length = None;
        let mut line = String::new();
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok();
            }
        }
        let unsized_answer = || io::Error::other("an answer without content-length");
        self.answer.resize(length.ok_or_else(unsized_answer)?, 0);
        self.stream.read_exact(&mut self.answer)
    }

    /// Posts a request whose answer must hold no error.
    pub(super) fn post(&mut self, body: &[u8]) -> Result<&[u8], BenchError> {
        let sent = self.exchange(body);
        sent.map_err(BenchError::io(format!("ask {}", self.node)))?;
        // Cheaper than parsing, and no answer of ours has this text otherwise.
        if self.answer.windows(8).any(|window| window == b"\"error\":") {
            return Err(self.unexpected(&String::from_utf8_lossy(body)));
        }
        Ok(&self.answer)
    }

    fn unexpected(&self, what: &str) -> BenchError {
        let short = |text: &str| text.chars().take(300).collect::<String>();
        BenchError::Answer {
            node: self.node,
            what: short(what),
            answer: short(&String::from_utf8_lossy(&self.answer)),
        }
    }

    /// The result of one request.
    pub(super) fn ask(&mut self, method: &str, params: Value) -> Result<Value, BenchError> {
        self.post(&request(method, &params))?;
        let answer: Result<Value, _> = serde_json::from_slice(&self.answer);
        match answer {
            Ok(mut answer) if answer.get("result").is_some() => Ok(answer["result"].take()),
            _ => Err(self.unexpected(method)),
        }
    }

    /// The same, for a number in hex.
    pub(super) fn ask_number(&mut self, method: &str, params: Value) -> Result<u64, BenchError> {
        let answer = self.ask(method, params)?;
        let number = answer.as_str().and_then(|text| text.strip_prefix("0x"));
        number
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.unexpected(method))
    }
}

/// One request as it goes over the wire.
pub(super) fn request(method: &str, params: &Value) -> Vec<u8> {
    serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        .to_string()
        .into_bytes()
}

/// Requests as one batch.
pub(super) fn batch(requests: &[Vec<u8>]) -> Vec<u8> {
    [b"[", &requests.join(&b","[..])[..], b"]"].concat()
}
