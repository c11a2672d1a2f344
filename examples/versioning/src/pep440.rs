//! Cargo's spelling of a version in Python's: they differ in everything before a release.

/// `1.2.0-rc.1` as `1.2.0rc1`, as maturin writes it into the wheel's metadata.
///
/// An error for what Python's versions (PEP 440) cannot say: a pre-release that is no alpha, beta, rc or dev.
pub fn from_semver(version: &str) -> Result<String, String> {
    let (version, local) = match version.split_once('+') {
        Some((version, local)) => (version, format!("+{}", local.replace('-', "."))),
        None => (version, String::new()),
    };
    let Some((release, pre)) = version.split_once('-') else {
        return Ok(format!("{version}{local}"));
    };
    let digits = pre.find(|letter: char| !letter.is_ascii_alphabetic());
    let (name, number) = pre.split_at(digits.unwrap_or(pre.len()));
    let number = number.strip_prefix('.').unwrap_or(number);
    let number = if number.is_empty() { "0" } else { number };
    let name = match name {
        "alpha" | "a" => "a",
        "beta" | "b" => "b",
        "rc" => "rc",
        "dev" => ".dev",
        _ => "",
    };
    if name.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!(
            "Cargo.toml's version {version} has no Python spelling: write -alpha.N, -beta.N, -rc.N or -dev.N"
        ));
    }
    Ok(format!("{release}{name}{number}{local}"))
}
