//! JSON as text, with keys in the order in which they were written.

use std::fmt::Write;

/// A JSON value.
pub enum Json {
    Null,
    Bool(bool),
    Number(usize),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<usize> for Json {
    fn from(value: usize) -> Self {
        Json::Number(value)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Json::Text(value.to_owned())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Json::Text(value)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(values: Vec<T>) -> Self {
        Json::List(values.into_iter().map(Into::into).collect())
    }
}

impl Json {
    /// The document: a line for each entry of the lists of the outermost object.
    pub fn document(&self) -> String {
        let mut out = String::new();
        match self {
            Json::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if index == 0 { "\n" } else { ",\n" });
                    quoted(key, &mut out);
                    out.push_str(": ");
                    value.lines(&mut out);
                }
                out.push_str("\n}");
            }
            other => other.write(&mut out),
        }
        out.push('\n');
        out
    }

    fn lines(&self, out: &mut String) {
        match self {
            Json::List(values) if !values.is_empty() => {
                for (index, value) in values.iter().enumerate() {
                    out.push_str(if index == 0 { "[\n  " } else { ",\n  " });
                    value.write(out);
                }
                out.push_str("\n]");
            }
            other => other.write(out),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(value) => out.push_str(&value.to_string()),
            Json::Text(value) => quoted(value, out),
            Json::List(values) => {
                out.push('[');
                for (index, value) in values.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    value.write(out);
                }
                out.push(']');
            }
            Json::Object(entries) => {
                out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { ", " });
                    quoted(key, out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

// ASCII alone, so that no encoding of a pipe matters.
fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::Json;

    #[test]
    fn text_is_escaped_to_ascii() {
        assert_eq!(
            Json::from("a\"\\\n\u{e9}\u{1f980}\u{7f}").document(),
            "\"a\\\"\\\\\\u000a\\u00e9\\ud83e\\udd80\\u007f\"\n"
        );
    }

    #[test]
    fn keys_keep_their_order() {
        let object = Json::Object(vec![
            ("b", Json::List(vec![Json::from(1)])),
            ("a", Json::from(None::<bool>)),
            ("c", Json::List(vec![])),
        ]);
        assert_eq!(
            object.document(),
            "{\n\"b\": [\n  1\n],\n\"a\": null,\n\"c\": []\n}\n"
        );
    }
}
