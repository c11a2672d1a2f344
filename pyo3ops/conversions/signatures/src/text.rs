//! Tokens as a person would have written them.

use proc_macro2::{Delimiter, LineColumn, Spacing, TokenStream, TokenTree};

/// A type with the spacing that rustfmt gives it, on one line.
pub fn normal(tokens: TokenStream) -> String {
    let mut writer = Writer::default();
    writer.stream(tokens);
    writer.out
}

/// An expression as it stands in the source, with every gap between tokens made a single space.
pub fn spaced(tokens: TokenStream) -> String {
    let mut out = String::new();
    let mut last = None;
    gaps(tokens, &mut out, &mut last);
    out
}

fn gaps(tokens: TokenStream, out: &mut String, last: &mut Option<LineColumn>) {
    for token in tokens {
        if let TokenTree::Group(group) = token {
            let (open, close) = delimiters(group.delimiter());
            gap(group.span_open().start(), out, *last);
            out.push_str(open);
            *last = None;
            gaps(group.stream(), out, last);
            out.push_str(close);
            *last = Some(group.span_close().end());
        } else {
            gap(token.span().start(), out, *last);
            out.push_str(&token.to_string());
            *last = Some(token.span().end());
        }
    }
}

fn gap(start: LineColumn, out: &mut String, last: Option<LineColumn>) {
    if last.is_some_and(|end| end != start) {
        out.push(' ');
    }
}

const fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::None => ("", ""),
    }
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Last {
    #[default]
    Nothing,
    Word,
    // A word after which a bracket is no call: `mut`, `dyn`, `as`.
    Keyword,
    Lifetime,
    Close,
    // What is written to the thing before it.
    Tight,
    // What a space follows.
    Spaced,
}

#[derive(Default)]
struct Writer {
    out: String,
    last: Last,
}

impl Writer {
    fn stream(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(ident) => self.word(&ident.to_string()),
                TokenTree::Literal(literal) => self.word(&literal.to_string()),
                TokenTree::Group(group) => self.group(group.delimiter(), group.stream()),
                TokenTree::Punct(punct) => {
                    let joint = punct.spacing() == Spacing::Joint;
                    let next = match tokens.peek() {
                        Some(TokenTree::Punct(next)) if joint => Some(next.as_char()),
                        _ => None,
                    };
                    match (punct.as_char(), next) {
                        ('\'', _) => {
                            if let Some(TokenTree::Ident(ident)) = tokens.next() {
                                self.lifetime(&ident.to_string());
                            }
                        }
                        (':', Some(':')) => {
                            tokens.next();
                            self.path();
                        }
                        ('-', Some('>')) => {
                            tokens.next();
                            self.around("->");
                        }
                        (character, _) => self.punct(character),
                    }
                }
            }
        }
    }

    fn word(&mut self, word: &str) {
        if !matches!(self.last, Last::Nothing | Last::Tight) {
            self.space();
        }
        self.out.push_str(word);
        let keyword = matches!(
            word,
            "mut" | "dyn" | "as" | "const" | "impl" | "in" | "unsafe" | "extern" | "where"
        );
        self.last = if keyword { Last::Keyword } else { Last::Word };
    }

    fn lifetime(&mut self, name: &str) {
        if !matches!(self.last, Last::Nothing | Last::Tight) {
            self.space();
        }
        self.out.push('\'');
        self.out.push_str(name);
        self.last = Last::Lifetime;
    }

    fn path(&mut self) {
        if matches!(self.last, Last::Keyword | Last::Lifetime | Last::Spaced) {
            self.space();
        }
        self.out.push_str("::");
        self.last = Last::Tight;
    }

    fn around(&mut self, text: &str) {
        if self.last != Last::Nothing {
            self.space();
        }
        self.out.push_str(text);
        self.last = Last::Spaced;
    }

    fn punct(&mut self, character: char) {
        match character {
            ',' | ';' | ':' => {
                self.out.push(character);
                self.last = Last::Spaced;
            }
            '+' | '=' => self.around(&character.to_string()),
            '>' => {
                self.no_last_comma();
                self.out.push('>');
                self.last = Last::Close;
            }
            '<' | '!' | '?' if self.last == Last::Word => {
                self.out.push(character);
                self.last = Last::Tight;
            }
            '.' => {
                self.out.push('.');
                self.last = Last::Tight;
            }
            _ => {
                if !matches!(self.last, Last::Nothing | Last::Tight) {
                    self.space();
                }
                self.out.push(character);
                self.last = Last::Tight;
            }
        }
    }

    fn group(&mut self, delimiter: Delimiter, stream: TokenStream) {
        if delimiter == Delimiter::None {
            self.stream(stream);
            return;
        }
        let call = delimiter == Delimiter::Parenthesis && self.last == Last::Word;
        if !call && !matches!(self.last, Last::Nothing | Last::Tight) {
            self.space();
        }
        let (open, close) = delimiters(delimiter);
        let single = delimiter == Delimiter::Parenthesis && !call && commas(stream.clone()) == 1;
        let brace = delimiter == Delimiter::Brace && !stream.is_empty();
        self.out.push_str(open);
        self.last = if brace { Last::Spaced } else { Last::Tight };
        self.stream(stream);
        if !single {
            self.no_last_comma();
        }
        if brace {
            self.space();
        }
        self.out.push_str(close);
        self.last = Last::Close;
    }

    fn no_last_comma(&mut self) {
        if self.last == Last::Spaced && self.out.ends_with(',') {
            self.out.pop();
        }
    }

    fn space(&mut self) {
        if !self.out.ends_with(' ') {
            self.out.push(' ');
        }
    }
}

// Those that part the elements of a tuple, not the arguments of a generic type in it.
fn commas(tokens: TokenStream) -> usize {
    let mut depth = 0_usize;
    let mut count = 0;
    let mut arrow = false;
    for token in tokens {
        let character = match token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        match character {
            '<' => depth += 1,
            '>' if !arrow => depth = depth.saturating_sub(1),
            ',' if depth == 0 => count += 1,
            _ => {}
        }
        arrow = character == '-';
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{normal, spaced};

    fn reads(source: &str, expected: &str) {
        assert_eq!(normal(source.parse().unwrap()), expected);
        let tokens =
            quote::ToTokens::to_token_stream(&syn::parse_str::<syn::Type>(source).unwrap());
        assert_eq!(normal(tokens), expected, "by way of the tree");
    }

    #[test]
    fn types_are_written_one_way() {
        reads("Vec < u8 >", "Vec<u8>");
        reads("& [ u8 ]", "&[u8]");
        reads("&mut[u8]", "&mut [u8]");
        reads("& 'py  Bound<'_,PyAny>", "&'py Bound<'_, PyAny>");
        reads("Option<&str>", "Option<&str>");
        reads(
            "HashMap<\n    String,\n    Vec<i64>,\n>",
            "HashMap<String, Vec<i64>>",
        );
        reads("[u8;32]", "[u8; 32]");
        reads("( A , B , )", "(A, B)");
        reads("(A,)", "(A,)");
        reads("(Map<A,B>,)", "(Map<A, B>,)");
        reads("()", "()");
        reads("Vec<(String,)>", "Vec<(String,)>");
    }

    #[test]
    fn the_rarer_types_too() {
        reads("&mut (A,B)", "&mut (A, B)");
        reads(
            "Box<dyn Fn(i32)->String+Send>",
            "Box<dyn Fn(i32) -> String + Send>",
        );
        reads(
            "Box<dyn for<'a>Fn(&'a str)>",
            "Box<dyn for<'a> Fn(&'a str)>",
        );
        reads("fn(A,B)->C", "fn(A, B) -> C");
        reads("<T as Trait>::X", "<T as Trait>::X");
        reads("<Vec<T> as Trait>::X", "<Vec<T> as Trait>::X");
        reads("&dyn ::std::any::Any", "&dyn ::std::any::Any");
        reads("::pyo3::Py<PyAny>", "::pyo3::Py<PyAny>");
        reads("*const u8", "*const u8");
        reads("*mut ffi::Py_buffer", "*mut ffi::Py_buffer");
        reads("impl Iterator<Item=u8>+'a", "impl Iterator<Item = u8> + 'a");
        reads("&'a[&'a str]", "&'a [&'a str]");
        reads("Array<{N+1}>", "Array<{ N + 1 }>");
        reads("!", "!");
        reads("r#type", "r#type");
        reads("&&'static str", "&&'static str");
        reads("Box<dyn ?Sized+A>", "Box<dyn ?Sized + A>");
        reads("Result<(), !>", "Result<(), !>");
        reads("extern \"C\" fn(i32)", "extern \"C\" fn(i32)");
        reads("Result<&[u8], [u8; 4]>", "Result<&[u8], [u8; 4]>");
    }

    #[test]
    fn expressions_keep_their_gaps() {
        let spaced = |source: &str| spaced(source.parse().unwrap());
        assert_eq!(spaced("(\n  a=None,\n  b = -1,\n)"), "(a=None, b = -1,)");
        assert_eq!(
            spaced("(*, k=\"a  b\") -> \"int\""),
            "(*, k=\"a  b\") -> \"int\""
        );
        assert_eq!(spaced("Vec::< u8 >::new( )"), "Vec::< u8 >::new()");
        assert_eq!(spaced("a /* why */ , b"), "a , b");
    }
}
