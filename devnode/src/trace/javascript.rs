//! Tracers that clients send as JavaScript: there is no engine here, but the one that matters is recognised.
//! Spec: stylus-vm.md §10.6.

/// Whether a text is an object literal with this member: as `member: …`, `"member": …` or `member(…) {…}`.
///
/// Comments, strings and nested literals are skipped; regular expressions are not known, so that one with a quote or
/// a bracket in it may hide what comes after.
pub(super) fn has_member(text: &str, member: &str) -> bool {
    let mut tokens = Tokens(text);
    let (mut depth, mut key) = (0usize, None);
    // Only the first token may come before the literal: a bracket around it.
    let mut first = tokens.next();
    if first == Some(Token::Mark('(')) {
        first = tokens.next();
    }
    if first != Some(Token::Mark('{')) {
        return false;
    }
    let mut before = Token::Mark('{');
    for token in tokens {
        match token {
            // A key stands at the start, after a comma, or after what may come before a method's name.
            Token::Word(word) if depth == 0 => {
                let starts =
                    matches!(before, Token::Mark('{' | ',') | Token::Word("async" | "get" | "set"));
                key = starts.then_some(word);
            }
            Token::Mark(':' | '(') if depth == 0 && key == Some(member) => return true,
            _ => {}
        }
        match token {
            Token::Mark('{' | '[' | '(') => depth = depth.saturating_add(1),
            Token::Mark('}' | ']' | ')') => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return false,
            },
            _ => {}
        }
        before = token;
    }
    false
}

/// A word, with the quotes of a string taken off, or a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Mark(char),
}

struct Tokens<'t>(&'t str);

impl<'t> Tokens<'t> {
    /// Cuts off `bytes` bytes, fewer at the end of the text.
    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.0.split_at_checked(bytes).unwrap_or((self.0, ""));
        self.0 = rest;
        taken
    }

    fn skip_blanks(&mut self) {
        loop {
            self.0 = self.0.trim_start();
            let comment = if self.0.starts_with("//") {
                self.0.find('\n')
            } else if self.0.starts_with("/*") {
                self.0.find("*/").map(|end| end.saturating_add(2))
            } else {
                return;
            };
            self.take(comment.unwrap_or(self.0.len()));
        }
    }

    /// A string that starts here, without its quotes.
    fn string(&mut self, quote: char) -> &'t str {
        self.take(quote.len_utf8());
        let mut escaped = false;
        let end = self.0.find(|c| {
            let ends = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let content = self.take(end.unwrap_or(self.0.len()));
        self.take(quote.len_utf8());
        content
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        self.skip_blanks();
        let first = self.0.chars().next()?;
        if matches!(first, '"' | '\'' | '`') {
            return Some(Token::Word(self.string(first)));
        }
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        if is_word(first) {
            let end = self.0.find(|c| !is_word(c)).unwrap_or(self.0.len());
            return Some(Token::Word(self.take(end)));
        }
        self.take(first.len_utf8());
        Some(Token::Mark(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watches_host_calls(text: &str) -> bool {
        has_member(text, "hostio")
    }

    #[test]
    fn a_member_is_found_in_every_spelling() {
        for text in [
            r#"{ "hostio": function(info) {} }"#,
            "{hostio: (info) => {}}",
            "({ stack: [], 'hostio' : f })",
            "{ /* a, b */ open: [{hostio: 1}], // {\n hostio(info) { return {}; } }",
            "{ a: '}', b: \"\\\"}\", async hostio(i) {} }",
        ] {
            assert!(watches_host_calls(text), "{text}");
        }
    }

    #[test]
    fn a_member_elsewhere_is_none_of_the_literal() {
        for text in [
            "{ step: function(hostio) {} }",
            "{ step: function hostio(i) {} }",
            "{ inner: { hostio: f } }",
            "{ a: hostio, b: 'hostio: f' }",
            "{ // hostio: f\n a: 1 }",
            "{ a: x ? hostio : y }",
            "var hostio = { hostio: f }",
            "{ a: 1 }, { hostio: f }",
            "hostio",
            "{ a: 'never closed, hostio: ",
            "",
        ] {
            assert!(!watches_host_calls(text), "{text}");
        }
    }
}
