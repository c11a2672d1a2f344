from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.tools import containers
from pyo3ops.tools.containers import Engine

DATA = Path(__file__).parents[3] / "tests/data/tools/containers"


def recorded(name: str) -> tuple[str, str]:
    out, err = DATA / f"{name}.txt", DATA / f"{name}.err.txt"
    return tuple(file.read_text(encoding="utf-8") if file.exists() else "" for file in (out, err))  # type: ignore[return-value]


def program(folder: Path, name: str, script: str) -> dict[str, str]:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def test_an_engine_that_answers_works() -> None:
    assert containers.parse("podman", "/p", *recorded("podman-version")) == Engine("podman", "/p", "4.3.1")
    assert containers.parse("podman", "/p", *recorded("podman-version")).works


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("docker-no-daemon", "does not run"),
        ("docker-permission", "may not speak"),
        ("podman-rootless", "user ids"),
    ],
)
def test_half_an_engine_does_not_work(name: str, words: str) -> None:
    engine = containers.parse("docker", "/d", *recorded(name))
    assert not engine.works
    assert words in (engine.error or "")
    assert engine.fix is not None


@pytest.mark.parametrize(
    ("name", "words", "way"),
    [
        ("podman-hybrid", "crun", 'runtime = "runc"'),
        ("podman-network", "network", "--container-option=--network=host"),
        ("podman-nocgroups", "cgroups switched off", "--cgroups=disabled"),
        ("podman-no-image", "cannot be fetched", "--image"),
        ("podman-no-registry", "cannot be fetched", "--image"),
        ("podman-rlimit", "open files", "--container-option=--ulimit=nofile=1024:20000"),
        ("podman-rlimit-crun", "open files", "--container-option=--ulimit=nproc=1000:1000"),
        ("podman-rootless-run", "user ids", "--add-subuids"),
        ("podman-systemd", "no systemd", 'cgroup_manager = "cgroupfs"'),
    ],
)
def test_what_an_engine_complains_of_has_its_way_out(name: str, words: str, way: str) -> None:
    complaint = containers.complaint_in(recorded(name)[1])
    assert complaint is not None
    assert words in complaint.words
    assert way in complaint.fix.summary


def test_every_record_is_read_by_a_test() -> None:
    names = {file.name.partition(".")[0] for file in DATA.iterdir()}
    source = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in sorted(names) if f'"{name}"' not in source] == []


@pytest.mark.parametrize("text", ["", "Compiling network v0.1.0", "error[E0433]: failed to resolve", "exit status 1"])
def test_other_words_are_no_complaint(text: str) -> None:
    assert containers.complaint_in(text) is None


@pytest.mark.parametrize(
    "out", ["", "no json", "[]", "null", '{"Client": null}', '{"Client": {"Version": ""}}', '{"Server": 7}']
)
def test_an_engine_that_tells_no_version_does_not_work(out: str) -> None:
    engine = containers.parse("podman", "/p", out, "")
    assert (engine.error, engine.works) == ("podman version told no version", False)


def test_no_engine_is_no_error(tmp_path: Path) -> None:
    engine = containers.ask("podman", {"PATH": str(tmp_path)})
    assert (engine.path, engine.error, engine.works) == (None, None, False)


def test_an_engine_is_asked(tmp_path: Path) -> None:
    env = program(tmp_path, "podman", """echo '{"Client": {"Version": "9.1"}}'""")
    assert containers.ask("podman", env) == Engine("podman", str(tmp_path / "podman"), "9.1")


def test_a_container_that_runs_is_no_trouble(tmp_path: Path) -> None:
    env = program(tmp_path, "podman", f'echo "$@" > {tmp_path}/said')
    engine = Engine("podman", "podman", "4")
    assert containers.trouble(engine, "image:1", ("--network=host",), env) is None
    assert (tmp_path / "said").read_text() == "run --rm --network=host image:1 /bin/true\n"
    assert containers.has_image(engine, "image:1", env)


def test_trouble_that_nobody_knows_is_told_as_it_is(tmp_path: Path) -> None:
    env = program(tmp_path, "podman", "echo the moon is full >&2; exit 5")
    found = containers.trouble(Engine("podman"), "image:1", (), env)
    assert found is not None
    assert found.words == "podman ended with 5: the moon is full"
    assert found.fix.argv == ("podman", "run", "--rm", "image:1", "/bin/true")


def test_containers_of_a_run_are_removed_by_their_label(tmp_path: Path) -> None:
    script = f'echo "$@" >> {tmp_path}/said; if [ "$1" = ps ]; then echo a; echo b; fi'
    env = program(tmp_path, "podman", script)
    assert containers.remove_labelled(Engine("podman"), "pyo3ops.run=7", env) == 2
    lines = (tmp_path / "said").read_text().splitlines()
    assert lines == ["ps --all --quiet --filter label=pyo3ops.run=7", "kill a b", "rm --force --volumes a b"]


def test_nothing_is_removed_where_nothing_is_left(tmp_path: Path) -> None:
    env = program(tmp_path, "podman", f'echo "$1" >> {tmp_path}/said')
    assert containers.remove_labelled(Engine("podman"), "pyo3ops.run=7", env) == 0
    assert (tmp_path / "said").read_text() == "ps\n"
