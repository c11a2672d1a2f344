from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyo3ops.core.plan import State
from pyo3ops.core.run import run
from pyo3ops.wheels.cross import preparing, rows
from pyo3ops.wheels.cross.kits import Kits
from pyo3ops.wheels.cross.preparing import Preparation, Wanted

(ARM, MUSL) = rows.chosen(["aarch64-unknown-linux-gnu", "x86_64-unknown-linux-musl"])

#: Writes packages as files with the names asked for, and notes every call.
APT_GET = r"""
echo "$@" >>"$LOG"
for word; do
    case "$word" in
        update) [ ! -e "$BROKEN" ] || { echo "E: no mirror" >&2; exit 100; } ;;
        Dir::Cache::archives=*) folder="${word#*=}" ;;
        download) folder="$PWD"; asked=yes ;;
        install) asked=yes ;;
        *) [ -z "$asked" ] || touch "$folder/$(echo "$word" | tr ':=~' '___').deb" ;;
    esac
done
"""
MADISON = r"""
for word; do
    case "$word" in
        rustc-web) echo " $word | 1.96.0-1 | M x Packages"; echo " $word | 1.85.0-1 | M x Packages" ;;
        libstd-rust-web-dev:arm64) echo " $word | 1.85.0-1 | M x Packages" ;;
        rust-web-src) echo " $word | 1.96.0-1 | M x Packages" ;;
        gcc | qemu-user) echo " $word | 1 | M x Packages" ;;
    esac
done
"""
#: Unpacks each package as Debian's have it.
DPKG_DEB = r"""
lib="$3/usr/lib/rustlib"
std() { mkdir -p "$lib/$1/lib"; touch "$lib/$1/lib/libcore-1.rlib"; }
case "$2" in
    *libstd*amd64*) std x86_64-unknown-linux-gnu ;;
    *libstd*arm64*) std aarch64-unknown-linux-gnu ;;
    *rust-web-src*)
        mkdir -p "$3/usr/src/rustc-1.96.0/library" "$lib/src"
        ln -s ../../../src/rustc-1.96.0 "$lib/src/rust"
        ;;
    *rustc-web*) mkdir -p "$3/usr/bin"; touch "$3/usr/bin/rustc" ;;
    *gcc*)
        mkdir -p "$3/usr/bin"
        touch "$3/usr/bin/aarch64-linux-gnu-gcc"
        printf '#!/bin/sh\necho archived "$@"\n' >"$3/usr/bin/aarch64-linux-gnu-ar"
        chmod +x "$3/usr/bin/aarch64-linux-gnu-ar"
        ;;
    *qemu*) mkdir -p "$3/usr/bin"; touch "$3/usr/bin/qemu-aarch64" ;;
    *broken*) exit 2 ;;
esac
"""


@pytest.fixture
def here(tmp_path: Path) -> Preparation:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, script in {"apt-get": APT_GET, "apt-cache": MADISON, "dpkg-deb": DPKG_DEB, "dpkg": "echo amd64"}.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
        (folder / name).chmod(0o755)
    env = {
        "PATH": os.pathsep.join([str(folder), "/usr/bin", "/bin"]),
        "LOG": str(tmp_path / "log"),
        "BROKEN": str(tmp_path / "broken"),
    }
    (tmp_path / "cache").mkdir()
    return Preparation(ARM, Kits(tmp_path / "cache"), env, "amd64")


def states(here: Preparation, wanted: Wanted) -> dict[str, tuple[State, str]]:
    return {each.step.name: (each.state, each.detail) for each in preparing.plan(here, wanted).carry_out()}


EVERYTHING = Wanted(zig=False)


def test_everything_is_unpacked_and_a_second_time_nothing(here: Preparation) -> None:
    done = states(here, EVERYTHING)
    assert done == dict.fromkeys(("lists", "std", "gcc", "emulator", "python"), (State.DONE, ""))
    (kit,) = here.kits.rust()
    # The newest compiler has no library for this target: the one before has.
    assert kit.release == "1.85.0-1"
    assert set(kit.sysroot.targets) == {"x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"}
    assert os.access(here.kits.gcc(ARM), os.X_OK)
    # The packages have an archiver, and no dlltool, which is for Windows.
    archiver = here.kits.gcc_folder(ARM) / "bin/aarch64-linux-gnu-ar"
    assert list(archiver.parent.iterdir()) == [archiver]
    assert run([str(archiver), "rcs"], timeout=10, env=here.env).out == "archived rcs\n"
    assert here.kits.root(ARM) is not None
    assert [path.name for path in here.kits.folder.iterdir() if path.name.startswith(".making")] == []

    log = Path(here.env["LOG"])
    log.write_text("", encoding="utf-8")
    again = states(here, Wanted(std=False, zig=False))
    assert {name: state for name, (state, _) in again.items()} == {
        "lists": State.DONE,
        "gcc": State.ALREADY,
        "emulator": State.ALREADY,
        "python": State.ALREADY,
    }
    assert "install" not in log.read_text(encoding="utf-8")


def test_where_no_library_is_packed_the_source_is(here: Preparation) -> None:
    musl = Preparation(MUSL, here.kits, here.env, "amd64")
    # Debian has no Python for musl, so there is nothing to run it with.
    assert set(states(musl, EVERYTHING)) == {"lists", "std"}
    (kit,) = here.kits.rust()
    assert (kit.release, "rust-src" in kit.sysroot.components) == ("1.96.0-1", True)


def test_without_lists_nothing_that_needs_them_is_tried(here: Preparation, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    (tmp_path / "bin/apt-cache").write_text("#!/bin/sh\nexit 100\n", encoding="utf-8")
    done = states(here, EVERYTHING)
    assert done["lists"][0] is State.FAILED
    assert done["lists"][1].endswith("E: no mirror")
    assert {state for name, (state, _) in done.items() if name != "lists"} == {State.BLOCKED}


def test_a_list_that_one_mirror_lacks_stops_nothing(here: Preparation, tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    assert states(here, Wanted(zig=False, emulator=False, python=False))["std"] == (State.DONE, "")


def test_what_is_not_to_be_had_is_told(here: Preparation, tmp_path: Path) -> None:
    (tmp_path / "bin/apt-cache").write_text('#!/bin/sh\necho " gcc | 1 | M x Packages"\n', encoding="utf-8")
    done = states(here, EVERYTHING)
    assert done["std"][1] == "apt knows no compiler with a library for aarch64-unknown-linux-gnu"
    assert done["emulator"][1] == "apt knows no qemu-user"


def test_a_package_that_cannot_be_unpacked_leaves_no_kit(here: Preparation, tmp_path: Path) -> None:
    script = "#!/bin/sh\necho 'not a Debian format archive' >&2\nexit 2\n"
    (tmp_path / "bin/dpkg-deb").write_text(script, encoding="utf-8")
    done = states(here, EVERYTHING)
    assert done["gcc"][0] is State.FAILED
    assert done["gcc"][1].endswith("not a Debian format archive")
    assert here.kits.rust() == ()
    assert {path.name for path in here.kits.folder.iterdir()} == {"apt"}
    # What was downloaded is kept for the next time.
    assert list((here.world.folder / "downloads").glob("*/*.deb"))


def test_zig_needs_uv(here: Preparation) -> None:
    path = str(Path(here.env["PATH"].split(os.pathsep)[0]))
    alone = Preparation(ARM, here.kits, {**here.env, "PATH": path}, "amd64")
    done = states(alone, Wanted(std=False, gcc=False, emulator=False, python=False))
    assert done == {"zig": (State.FAILED, "uv is not here to install the ziglang package")}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("1.96-1", "1.85-1"), ("1.85-1",), "1.85-1"),
        (("1.96-1", "1.85-1"), ("1.96-1", "1.85-1"), "1.96-1"),
        (("1.96-1",), ("1.85-1",), None),
        ((), ("1.85-1",), None),
    ],
)
def test_compiler_and_library_are_of_one_version(
    one: tuple[str, ...], other: tuple[str, ...], expected: str | None
) -> None:
    assert preparing.common(one, other) == expected


def test_the_system_s_own_architecture_is_not_foreign(tmp_path: Path) -> None:
    assert Preparation(ARM, Kits(tmp_path), {}, "amd64").world.foreign == ("arm64",)
    assert Preparation(ARM, Kits(tmp_path), {}, "arm64").world.foreign == ()
    assert Preparation(MUSL, Kits(tmp_path), {}, "amd64").world.folder == tmp_path / "apt/amd64"


def test_one_process_at_a_time_fills_a_cache(tmp_path: Path) -> None:
    import fcntl  # noqa: PLC0415 - not on every system

    with preparing.alone(Kits(tmp_path / "new")), (tmp_path / "new/.lock").open("w") as other, pytest.raises(OSError):  # noqa: PT011
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
