//! A reader of `name = number` lines that knows nothing of Python: its errors are plain Rust, by thiserror.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::num::ParseIntError;
use std::path::{Path, PathBuf};

use thiserror::Error;

// ANCHOR: thiserror
#[derive(Debug, Error)]
pub enum Error {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("line {line}: no \"=\" in {text:?}")]
    Syntax { line: usize, text: String },
    #[error("line {line}: {name} is no number")]
    Number {
        line: usize,
        name: String,
        source: ParseIntError,
    },
    #[error("there is no setting {name:?}")]
    Missing { name: String },
}
// ANCHOR_END: thiserror

pub type Settings = BTreeMap<String, i64>;

/// One line's name and number; lines count from 1.
pub fn parse_line(line: usize, text: &str) -> Result<(String, i64), Error> {
    let (name, number) = text.split_once('=').ok_or_else(|| Error::Syntax {
        line,
        text: text.to_owned(),
    })?;
    let name = name.trim().to_owned();
    match number.trim().parse() {
        Ok(number) => Ok((name, number)),
        Err(source) => Err(Error::Number { line, name, source }),
    }
}

/// Each line's result; empty lines are skipped and counted.
pub fn lines(text: &str) -> impl Iterator<Item = Result<(String, i64), Error>> + '_ {
    text.lines()
        .enumerate()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(index, text)| parse_line(index + 1, text))
}

/// All of a file's settings, or the first error.
pub fn load(path: &Path) -> Result<Settings, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    lines(&text).collect()
}

pub fn get(settings: &Settings, name: &str) -> Result<i64, Error> {
    settings.get(name).copied().ok_or_else(|| Error::Missing {
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn a_line_is_a_name_and_a_number() {
        assert_eq!(parse_line(1, " port = 80 ").unwrap(), ("port".into(), 80));
        assert_eq!(lines("a=1\n\nb=2").count(), 2);
    }

    #[test]
    fn errors_know_their_line_and_their_source() {
        let error = lines("a=1\n\nb=x").last().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "line 3: b is no number");
        let source = error.source().unwrap();
        assert_eq!(source.to_string(), "invalid digit found in string");
    }

    #[test]
    fn a_syntax_error_has_no_source() {
        let error = parse_line(2, "port").unwrap_err();
        assert_eq!(error.to_string(), "line 2: no \"=\" in \"port\"");
        assert!(error.source().is_none());
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = get(&Settings::new(), "port").unwrap_err();
        assert_eq!(error.to_string(), "there is no setting \"port\"");
    }

    #[test]
    fn a_file_that_is_not_there() {
        let error = load(Path::new("no/such/file")).unwrap_err();
        assert!(
            matches!(error, Error::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
        );
    }
}
