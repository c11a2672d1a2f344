from __future__ import annotations

import os
from typing import TYPE_CHECKING, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyo3ops.tools import cargo_config
from pyo3ops.tools.cargo_config import CargoConfig, Flags, Sourced

if TYPE_CHECKING:
    from pathlib import Path

HOST = "x86_64-unknown-linux-gnu"
VARIABLE = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU"

Read = Callable[..., CargoConfig]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project two folders below what stands for the home folder."""
    folder = tmp_path / "home/workspace/crate"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def read(root: Path) -> Read:
    """Write files under the home folder and read what they say together."""

    def reader(files: dict[str, str] | None = None, **env: str) -> CargoConfig:
        home = root.parents[1]
        for name, text in (files or {}).items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return cargo_config.read(root, env, home, HOST)

    return reader


NEAR = "workspace/crate/.cargo/config.toml"
ABOVE = "workspace/.cargo/config.toml"
HOME = ".cargo/config.toml"


def build(**settings: str) -> str:
    return "[build]\n" + "".join(f"{key.replace('_', '-')} = {value}\n" for key, value in settings.items())


def test_no_configuration(read: Read) -> None:
    assert read() == CargoConfig()
    assert read().flags == ()


def test_every_folder_upwards_counts_the_nearest_first(read: Read, root: Path) -> None:
    config = read({NEAR: "", ABOVE: "", HOME: ""})
    home = root.parents[1]
    assert config.files == (home / NEAR, home / ABOVE, home / HOME)


def test_cargo_home_comes_last_and_once(read: Read, root: Path) -> None:
    home = root.parents[1]
    assert read({HOME: "", "own/config.toml": ""}, CARGO_HOME=str(home / "own")).files == (
        home / HOME,
        home / "own/config.toml",
    )
    assert read({HOME: ""}, CARGO_HOME=str(home / ".cargo")).files == (home / HOME,)


def test_config_beats_config_toml(read: Read, root: Path) -> None:
    files = {NEAR: build(rustflags='"--cfg toml"'), "workspace/crate/.cargo/config": build(rustflags='"--cfg old"')}
    config = read(files)
    assert config.files == (root / ".cargo/config",)
    assert config.doubled == (root / ".cargo",)
    assert config.flags == ("--cfg", "old")


def test_a_link_from_one_name_to_the_other_is_one_file(read: Read, root: Path) -> None:
    read({NEAR: ""})
    (root / ".cargo/config").symlink_to("config.toml")
    assert read().doubled == ()


def test_a_link_to_nowhere_is_no_file(read: Read, root: Path) -> None:
    (root / ".cargo").mkdir()
    (root / ".cargo/config.toml").symlink_to("gone")
    assert read() == CargoConfig()


@pytest.mark.parametrize(
    "content",
    [b"[build", b"\x7fELF\x00\xff\xfe", b"a = " + b"[" * 100_000, b"\xff" * 1000, b"[build]\n[build]\n"],
    ids=["garbage", "binary", "deep", "bytes", "twice"],
)
def test_a_broken_file_does_not_hide_the_others(content: bytes, read: Read, root: Path) -> None:
    read({ABOVE: build(rustflags='"--cfg above"')})
    (root / ".cargo").mkdir()
    (root / ".cargo/config.toml").write_bytes(content)
    config = read()
    assert [path for path, _ in config.broken] == [root / ".cargo/config.toml"]
    assert str(root / ".cargo/config.toml") in config.broken[0][1]
    assert config.flags == ("--cfg", "above")


def test_a_folder_that_cannot_be_looked_into_has_nothing(read: Read) -> None:
    # As one that is not ours; a name that long fails for root as well.
    assert read(CARGO_HOME="/" + "a" * 5000).files == ()


@pytest.mark.parametrize(
    "text",
    [
        "build = 3",
        "build = []",
        "target = 'x'",
        "[build]\nrustflags = 3\ntarget = 4\nrustc-wrapper = []",
        "[build]\nrustflags = [1, {}]\ntarget = [[]]",
        f"[target]\n{HOST} = 1",
        f"[target.{HOST}]\nlinker = 3\nrustflags = {{}}",
        "source = 1",
        "[target.'']\nlinker = 'x'",
    ],
)
def test_settings_of_the_wrong_type_say_nothing(text: str, read: Read) -> None:
    config = read({NEAR: text})
    assert (config.flags, config.targets, config.wrapper, config.linker(HOST)) == ((), (), None, None)


VALUES = st.recursive(
    st.text("ab/\\.", max_size=5) | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["rustflags", "linker", "target", "rustc-wrapper", HOST]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(["build", "target", "source"]), VALUES))
def test_whatever_a_file_says_is_read(read: Read, value: dict[str, object]) -> None:
    def spelled(each: object) -> str:
        if isinstance(each, dict):
            return "{" + ", ".join(f'"{key}" = {spelled(inner)}' for key, inner in each.items()) + "}"
        if isinstance(each, list):
            return "[" + ", ".join(map(spelled, each)) + "]"
        return f"'{each}'" if isinstance(each, str) else str(each).lower()

    config = read({NEAR: "".join(f"{key} = {spelled(each)}\n" for key, each in value.items())})
    assert isinstance(config.flags, tuple)
    config.linker(HOST)


# Compiler flags: four ranks, of which the first that has any counts; what stands at one rank adds up.


def flags(config: CargoConfig) -> list[str]:
    return [flag for flag in config.flags if flag != "--cfg"]


EVERYWHERE = {
    NEAR: f"[build]\nrustflags = ['--cfg', 'build']\n[target.{HOST}]\nrustflags = ['--cfg', 'triple']\n",
    ABOVE: "[build]\nrustflags = '--cfg above'\n",
}


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"CARGO_ENCODED_RUSTFLAGS": "--cfg\x1fa b", "RUSTFLAGS": "--cfg rf"}, ["a b"]),
        ({"CARGO_ENCODED_RUSTFLAGS": "", "RUSTFLAGS": "--cfg rf"}, []),
        ({"RUSTFLAGS": "--cfg rf", f"{VARIABLE}_RUSTFLAGS": "--cfg env"}, ["rf"]),
        ({"RUSTFLAGS": ""}, []),
        ({"RUSTFLAGS": " "}, []),
        ({f"{VARIABLE}_RUSTFLAGS": "--cfg env"}, ["triple", "env"]),
        ({"CARGO_BUILD_RUSTFLAGS": "--cfg env"}, ["triple"]),
        ({"CARGO_TARGET_AARCH64_APPLE_DARWIN_RUSTFLAGS": "--cfg mac"}, ["triple"]),
        ({f"{VARIABLE}_RUSTFLAGS": ""}, ["triple"]),
    ],
)
def test_the_first_rank_that_says_something_counts(env: dict[str, str], expected: list[str], read: Read) -> None:
    assert flags(read(EVERYWHERE, **env)) == expected


def test_files_add_up_and_the_variable_comes_last(read: Read) -> None:
    files = {
        NEAR: build(rustflags="['--cfg', 'near']"),
        ABOVE: build(rustflags="['--cfg', 'above']"),
        HOME: build(rustflags="['--cfg', 'home']"),
    }
    assert flags(read(files, CARGO_BUILD_RUSTFLAGS="--cfg env")) == ["home", "above", "near", "env"]


def test_a_string_replaces_what_is_said_farther_away(read: Read) -> None:
    files = {path: build(rustflags=f"'--cfg {name}'") for path, name in ((NEAR, "near"), (ABOVE, "above"))}
    assert flags(read(files, CARGO_BUILD_RUSTFLAGS="--cfg env")) == ["near", "env"]


def test_tables_that_apply_add_up(read: Read) -> None:
    tables = [
        ("cfg(unix)", "unix"),
        ("cfg(all())", "all"),
        ("cfg(not(windows))", "not-windows"),
        ("cfg(windows)", "no"),
        ("aarch64-apple-darwin", "no"),
        (HOST, "triple"),
    ]
    text = "".join(f"[target.'{name}']\nrustflags = '--cfg {flag}'\n" for name, flag in tables)
    config = read({NEAR: text + build(rustflags="'--cfg build'")})
    assert flags(config) == ["triple", "all", "not-windows", "unix"]
    assert [row.flags[1] for row in config.rustflags if row not in config.counting] == ["build"]


def test_where_flags_are_said(read: Read) -> None:
    files = {
        NEAR: "[target.'cfg(target_os = \"linux\")']\nrustflags = '-a'\n[target.'cfg(unix)']\nrustflags = '-b'\n",
        ABOVE: build(rustflags="['-c']"),
        HOME: build(rustflags="['-d']"),
    }
    assert read(files, RUSTFLAGS="-e").rustflags == (
        Flags(("-e",), "RUSTFLAGS", rank=1),
        Flags(("-a",), ".cargo/config.toml", "target.'cfg(target_os = \"linux\")'.rustflags", 2),
        Flags(("-b",), ".cargo/config.toml", 'target."cfg(unix)".rustflags', 2),
        Flags(("-d",), "~/.cargo/config.toml", rank=3, own=True),
        Flags(("-c",), "~/workspace/.cargo/config.toml", rank=3),
    )


def test_variables_in_the_env_table_are_not_cargo_s_own(read: Read) -> None:
    config = read({NEAR: "[env]\nRUSTFLAGS = '--cfg e'\nRUSTC_WRAPPER = 'nothing'\nCARGO_BUILD_TARGET = 'x'\n"})
    assert (config.rustflags, config.wrapper, config.targets) == ((), None, ())


# Programs.


@pytest.mark.parametrize("key", ["rustc-wrapper", "rustc-workspace-wrapper"])
@pytest.mark.parametrize(
    ("near", "home", "env", "expected"),
    [
        (None, "far", {}, ("far", "~/.cargo/config.toml")),
        ("near", "far", {}, ("near", ".cargo/config.toml")),
        ("", "far", {}, None),
        ("near", None, {"": ""}, None),
        ("near", None, {"": "", "CARGO_BUILD_": "other"}, None),
        ("near", None, {"CARGO_BUILD_": ""}, None),
        ("near", None, {"CARGO_BUILD_": "other"}, ("other", "CARGO_BUILD_")),
        ("near", None, {"": "first", "CARGO_BUILD_": "other"}, ("first", "")),
    ],
)
def test_wrappers(  # noqa: PLR0917 - a column each
    key: str, near: str | None, home: str | None, env: dict[str, str], expected: tuple[str, str] | None, read: Read
) -> None:
    name = key.upper().replace("-", "_")
    said = {path: build(**{key: f"'{value}'"}) for path, value in ((NEAR, near), (HOME, home)) if value is not None}
    config = read(said, **{prefix + name: value for prefix, value in env.items()})
    found = config.wrapper if key == "rustc-wrapper" else config.workspace_wrapper
    if expected is None:
        assert found is None
    else:
        value, source = expected
        assert found == Sourced(value, source if source.endswith(".toml") else source + name)


def test_a_program_with_a_separator_is_relative_to_where_it_is_said(read: Read, root: Path) -> None:
    above = read({ABOVE: build(rustc_wrapper="'tools/wrap'") + f"[target.{HOST}]\nlinker = '/opt/ld'\n"})
    assert above.wrapper == Sourced(str(root.parent / "tools/wrap"), "~/workspace/.cargo/config.toml")
    assert above.linker(HOST) == Sourced("/opt/ld", "~/workspace/.cargo/config.toml")
    variable = read(RUSTC_WRAPPER=os.path.join(".", "wrap"), **{f"{VARIABLE}_LINKER": "ld/mine"})  # noqa: PTH118
    assert variable.wrapper == Sourced(str(root / "wrap"), "RUSTC_WRAPPER")
    assert variable.linker(HOST) == Sourced(str(root / "ld/mine"), f"{VARIABLE}_LINKER")


def test_the_linker_of_a_target(read: Read) -> None:
    text = (
        "[target.'cfg(unix)']\nlinker = 'unix'\n[target.x86_64-unknown-linux-gnu]\nlinker = 'exact'\n"
        "[target.'cfg(target_arch = \"aarch64\")']\nlinker = 'arm'\n"
    )
    config = read({NEAR: text, ABOVE: f"[target.{HOST}]\nlinker = 'above'\n"})
    assert config.linker(HOST) == Sourced("exact", ".cargo/config.toml")
    assert config.linker("aarch64-pc-windows-msvc") == Sourced("arm", ".cargo/config.toml")
    assert config.linker("x86_64-apple-darwin") == Sourced("unix", ".cargo/config.toml")
    assert config.linker("wasm32-unknown-unknown") is None


@pytest.mark.parametrize("target", [HOST, "aarch64-apple-darwin", "thumbv8m.main-none-eabi", "armv7-linux-androideabi"])
def test_the_variable_of_a_target_beats_the_files(target: str, read: Read) -> None:
    name = f"CARGO_TARGET_{target.upper().replace('-', '_').replace('.', '_')}_LINKER"
    config = read({NEAR: f"[target.'{target}']\nlinker = 'file'\n"}, **{name: "variable"})
    assert config.linker(target) == Sourced("variable", name)
    assert read(**{name: ""}).linker(target) == Sourced("file", ".cargo/config.toml")


@pytest.mark.parametrize(
    ("near", "above", "env", "expected"),
    [
        ("'a'", "'b'", {}, ["a"]),
        ("['a']", "['b', 'c']", {}, ["a", "b", "c"]),
        ("'a'", "'b'", {"CARGO_BUILD_TARGET": "v"}, ["v"]),
        ("['a']", "['b']", {"CARGO_BUILD_TARGET": "v"}, ["v", "a", "b"]),
        ("'host-tuple'", "'b'", {}, [HOST]),
    ],
)
def test_targets(near: str, above: str, env: dict[str, str], expected: list[str], read: Read) -> None:
    config = read({NEAR: build(target=near), ABOVE: build(target=above)}, **env)
    assert [said.value for said in config.targets] == expected


def test_a_replaced_registry(read: Read) -> None:
    assert read({NEAR: "[source.crates-io]\nreplace-with = 'vendored'\n"}).replaced
    assert not read({NEAR: "[source.vendored]\ndirectory = 'vendor'\n"}).replaced


def test_joined() -> None:
    assert cargo_config.joined(["-C", 'a="b c"']) == "-C 'a=\"b c\"'"


def test_a_member_of_a_workspace_obeys_the_workspace_s_file(read: Read) -> None:
    config = read({ABOVE: build(rustflags="'-Ctarget-cpu=native'")})
    assert config.rustflags == (Flags(("-Ctarget-cpu=native",), "~/workspace/.cargo/config.toml", rank=3),)
