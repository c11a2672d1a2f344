use crate::pep440::from_semver;

#[test]
fn versions_in_pythons_spelling() {
    for (semver, expected) in [
        ("0.3.0", "0.3.0"),
        ("1.2.0-rc.1", "1.2.0rc1"),
        ("1.2.0-alpha.12", "1.2.0a12"),
        ("1.2.0-beta3", "1.2.0b3"),
        ("1.2.0-rc", "1.2.0rc0"),
        ("1.2.0-dev.4+g1a2b", "1.2.0.dev4+g1a2b"),
    ] {
        assert_eq!(from_semver(semver).as_deref(), Ok(expected));
    }
}

#[test]
fn what_python_cannot_say_is_an_error() {
    for semver in ["1.0.0-nightly", "1.0.0-rc.1.2", "1.0.0-1"] {
        assert!(from_semver(semver).is_err(), "{semver}");
    }
}
