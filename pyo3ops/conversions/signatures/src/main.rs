//! Prints what Python sees of PyO3 crates, whose root files are the arguments, as one JSON document.

// It takes the name of PyO3 for one of an item.
#![allow(clippy::doc_markdown)]

mod attributes;
mod json;
mod known;
mod names;
mod read;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod usage;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, io, panic, thread};

// For the deepest nesting that is let through to the parser, which calls itself for every level.
const STACK: usize = 512 << 20;

fn main() -> ExitCode {
    let roots: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    if roots.is_empty() {
        return refuse("usage: pyo3ops-signatures ROOT_RS...");
    }
    panic::set_hook(Box::new(|_| {}));
    let told = thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || document(&roots));
    match told.map(thread::JoinHandle::join) {
        Ok(Ok(Ok(document))) => match io::stdout().write_all(document.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => refuse(&format!("cannot write: {error}")),
        },
        Ok(Ok(Err(why))) => refuse(&why),
        Ok(Err(_)) => refuse("the sources are more than this program can read"),
        Err(error) => refuse(&format!("no thread to read with: {error}")),
    }
}

fn refuse(why: &str) -> ExitCode {
    let line = why.replace(['\n', '\r'], " ");
    let _ = writeln!(io::stderr(), "pyo3ops-signatures: {line}");
    ExitCode::from(2)
}

fn document(roots: &[PathBuf]) -> Result<String, String> {
    let mut report = read::Report::default();
    let mut first = None;
    let mut any = false;
    for (index, root) in roots.iter().enumerate() {
        if roots[..index].contains(root) {
            continue;
        }
        match tree::Tree::read(root) {
            Ok(tree) => {
                any = true;
                report.add(&tree);
            }
            Err(error) => {
                let why = format!("cannot be read: {error}");
                first.get_or_insert_with(|| format!("{} {why}", shown(root)));
                report.skip(&shown(root), 1, &why);
            }
        }
    }
    match first {
        Some(why) if !any => Err(why),
        _ => Ok(report.json().document()),
    }
}

fn shown(path: &Path) -> String {
    tree::shown(path).to_string()
}
