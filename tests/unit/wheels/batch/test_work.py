from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core.config import WheelsConfig
from pyo3ops.core.plan import State
from pyo3ops.core.pythons import PythonVersion
from pyo3ops.tools.maturin import Maturin
from pyo3ops.wheels import targets
from pyo3ops.wheels.batch import journal, work
from pyo3ops.wheels.batch.journal import Journal
from pyo3ops.wheels.batch.member import Setting
from pyo3ops.wheels.batch.share import Share
from pyo3ops.wheels.batch.work import Job, Outcome
from pyo3ops.wheels.plan import Interpreters, PlannedWheel
from pyo3ops.wheels.reproducible import Epoch
from pyo3ops.wheels.toolchain import Zig
from tests.unit.wheels.built import CHAIN, HOST, job, member

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting({"PATH": "/bin", "HOME": str(tmp_path)}, tmp_path, tmp_path / "work")


def test_zig_links_against_the_glibc_that_is_planned(tmp_path: Path) -> None:
    one = member(tmp_path)
    wheel = PlannedWheel(Interpreters("cp39", "abi3", (PythonVersion(9),), "why"), HOST)
    assert work.options_of(one, wheel) == ()
    with_zig = replace(one, toolchain=replace(CHAIN, zig=Zig("0.15.2")))
    assert work.options_of(with_zig, wheel) == ("--zig", "--compatibility", "manylinux_2_17")
    newer = replace(wheel, floor=(2, 34))
    assert work.options_of(with_zig, newer) == ("--zig", "--compatibility", "manylinux_2_34")
    assert work.options_of(with_zig, replace(wheel, target="aarch64-apple-darwin")) == ()


def test_a_stable_abi_of_the_settings_is_switched_on(tmp_path: Path) -> None:
    one = member(tmp_path)
    config = replace(one.project.config, wheels=WheelsConfig(abis=("abi3-py39", "abi3-py311")))
    one = replace(one, project=replace(one.project, config=config))
    wheel = PlannedWheel(Interpreters("cp311", "abi3", (PythonVersion(11),), "why"), HOST)
    assert work.options_of(one, wheel) == ("--features", "pyo3/abi3-py311")
    alone = replace(wheel, interpreters=replace(wheel.interpreters, python="cp38", abi="cp38"))
    assert work.options_of(one, alone) == ()


def changed(one: Job, **fields: Any) -> Job:
    return replace(one, member=replace(one.member, **fields))


@pytest.mark.parametrize(
    "change",
    [
        lambda one: changed(one, sha256="other"),
        lambda one: changed(one, epoch=Epoch(8, "a test")),
        lambda one: changed(one, toolchain=replace(CHAIN, described="rustc 1.96.0")),
        lambda one: changed(one, toolchain=replace(CHAIN, zig=Zig("0.15.2"))),
        lambda one: changed(one, toolchain=replace(CHAIN, maturin=Maturin("1.17.0"))),
        lambda one: replace(
            one, buildable=replace(one.buildable, interpreter=replace(one.buildable.interpreter, release="3.11.9"))
        ),
    ],
)
def test_what_a_wheel_is_made_from_is_in_its_key(
    tmp_path: Path, setting: Setting, change: Callable[[Job], Job]
) -> None:
    one = job(tmp_path)
    assert work.key_of(change(one), setting) != work.key_of(one, setting)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("CARGO_PROFILE_RELEASE_LTO", True),
        ("MATURIN_STRIP", True),
        ("RUSTFLAGS", True),
        ("CFLAGS", True),
        ("CFLAGS_x86_64_unknown_linux_gnu", True),
        ("CC_x86_64-unknown-linux-gnu", True),
        ("HOST_CC", True),
        ("OPENSSL_DIR", True),
        ("PKG_CONFIG_PATH", True),
        ("CARGO_ENCODED_RUSTFLAGS", True),
        ("TAR", False),
        ("CALENDAR", False),
        ("CC", True),
        ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", True),
        ("CARGO_TARGET_DIR", False),
        ("CARGO_BUILD_JOBS", False),
        ("PYO3_PYTHON", False),
        ("TERM", False),
        ("HOME", False),
    ],
)
def test_variables_that_change_a_wheel_are_in_its_key(
    tmp_path: Path, setting: Setting, name: str, *, counts: bool
) -> None:
    one = job(tmp_path)
    other = replace(setting, env={**setting.env, name: "changed"})
    assert (work.key_of(one, other) != work.key_of(one, setting)) is counts


def test_flags_in_cargo_s_configuration_are_in_the_key(tmp_path: Path, setting: Setting) -> None:
    one = job(tmp_path)
    before = work.key_of(one, setting)
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo/config.toml").write_text('[build]\nrustflags = "-Ctarget-cpu=native"\n', encoding="utf-8")
    assert work.key_of(one, setting) != before


def test_profiles_in_cargo_s_configuration_are_in_the_key(tmp_path: Path, setting: Setting) -> None:
    one = job(tmp_path)
    before = work.key_of(one, setting)
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo/config.toml").write_text('[profile.release]\nopt-level = "s"\n', encoding="utf-8")
    assert work.key_of(one, setting) != before


def test_the_first_lane_is_built_alone_where_there_is_nothing_to_start_from(tmp_path: Path) -> None:
    jobs = [job(tmp_path, 11), job(tmp_path, 12), job(tmp_path, 12, "other")]
    first, others = work._lanes(jobs, tmp_path / "target")
    assert first == jobs[1:]
    assert others == [jobs[:1]]
    # One target folder is one lane: never two cargos in it.
    assert work._lanes(jobs[1:], tmp_path / "target") == ([], [jobs[1:]])


def test_with_a_seed_or_with_folders_of_their_own_all_begin_at_once(tmp_path: Path) -> None:
    jobs = [job(tmp_path, 11), job(tmp_path, 12)]
    base = tmp_path / "target"
    targets.mark_built(targets.target_folder(base, PythonVersion(8)))
    assert work._lanes(jobs, base) == ([], [jobs[:1], jobs[1:]])
    warm = tmp_path / "warm"
    for minor in (11, 12):
        (warm / f"cp3{minor}").mkdir(parents=True)
    assert work._lanes(jobs, warm) == ([], [jobs[:1], jobs[1:]])


def test_what_is_there_is_not_built(tmp_path: Path, setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [job(tmp_path, 11), job(tmp_path, 12)]
    built: list[str] = []

    def build_one(one: Job, record: Journal, setting: Setting, compilers: int) -> Outcome:
        built.append(f"{one.what}, {compilers}")
        file = tmp_path / "made"
        file.write_text(one.what, encoding="utf-8")
        name = f"{one.buildable.wheel.interpreters.python}.whl"
        entry = journal.Entry(one.what, name, work.key_of(one, setting), journal.digest(file) or "", 1)
        record.put(file, entry)
        return Outcome(one, State.DONE, entry)

    monkeypatch.setattr(work, "build_one", build_one)
    record, shared = Journal(tmp_path / "out"), Share(2, 3, "")
    first = work.build_all(jobs, record, setting, shared, rebuild=False)
    assert [each.state for each in first] == [State.DONE, State.DONE]
    # Alone with all processors, then with its share.
    assert built == [f"{jobs[0].what}, 6", f"{jobs[1].what}, 3"]
    again = work.build_all(jobs, Journal(tmp_path / "out"), setting, shared, rebuild=False)
    assert [each.state for each in again] == [State.ALREADY, State.ALREADY]
    (tmp_path / "out/cp312.whl").unlink()
    third = work.build_all(jobs, Journal(tmp_path / "out"), setting, shared, rebuild=False)
    assert [each.state for each in third] == [State.ALREADY, State.DONE]
    built.clear()
    work.build_all(jobs, Journal(tmp_path / "out"), setting, shared, rebuild=True)
    assert len(built) == 2


def test_an_sdist_is_kept_once(tmp_path: Path) -> None:
    file = tmp_path / "tiny-0.1.0.tar.gz"
    file.write_bytes(b"sdist")
    one = replace(member(tmp_path), sdist=file, sha256=journal.digest(file) or "")
    (kept,) = work.keep_sdist(one, Journal(tmp_path / "out"))
    assert (kept.state, kept.error) == (State.DONE, None)
    (again,) = work.keep_sdist(one, Journal(tmp_path / "out"))
    assert again.state is State.ALREADY
    assert list(work.keep_sdist(replace(one, sdist=None), Journal(tmp_path / "out"))) == []
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / file.name).write_bytes(b"other")
    (refused,) = work.keep_sdist(one, Journal(tmp_path / "theirs"))
    assert refused.state is State.FAILED
    assert refused.error is not None
    assert "pyo3ops did not make it" in refused.error
