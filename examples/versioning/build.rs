//! What the code may use, and what it is called: asked of PyO3, Cargo.toml and Cargo.lock, so that nothing is written twice.

use std::{env, fs, path::Path};

#[path = "src/pep440.rs"]
mod pep440;

fn main() {
    // Without a line of its own, cargo would run this script again for every file that changes.
    println!("cargo:rerun-if-changed=build.rs");
    cfgs();
    let version = env::var("CARGO_PKG_VERSION").expect("cargo sets it");
    match pep440::from_semver(&version) {
        Ok(version) => println!("cargo:rustc-env=PYTHON_VERSION={version}"),
        Err(why) => panic!("{why}"),
    }
    let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let lock = Path::new(&folder).join("Cargo.lock");
    println!("cargo:rerun-if-changed={}", lock.display());
    println!("cargo:rustc-env=PYO3_VERSION={}", locked_pyo3(&lock));
}

// ANCHOR: cfgs
/// `Py_3_8` and later, `Py_LIMITED_API`, `Py_GIL_DISABLED` from PyO3, and one of our own that names what it is for.
fn cfgs() {
    pyo3_build_config::use_pyo3_cfgs();
    println!("cargo:rustc-check-cfg=cfg(buffers)");
    let lines = pyo3_build_config::get().build_script_outputs();
    let set = |name: &str| lines.contains(&format!("cargo:rustc-cfg={name}"));
    // The buffer protocol entered the stable ABI with 3.11 (https://docs.python.org/3/c-api/stable.html).
    if !set("Py_LIMITED_API") || set("Py_3_11") {
        println!("cargo:rustc-cfg=buffers");
    }
}
// ANCHOR_END: cfgs

/// The version of PyO3 in a Cargo.lock; "unknown" where a workspace keeps its lock elsewhere.
fn locked_pyo3(lock: &Path) -> String {
    let text = fs::read_to_string(lock).unwrap_or_default();
    let mut lines = text.lines().skip_while(|line| *line != "name = \"pyo3\"");
    let version = lines.nth(1).and_then(|line| line.split('"').nth(1));
    version.unwrap_or("unknown").to_owned()
}
