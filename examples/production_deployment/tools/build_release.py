"""Build what is released, reproducibly: `python tools/build_release.py OUT [--portable] [maturin's options]`.

Writes the sdist and the wheel that is built from it, never from the checkout: what the sdist lacks, no wheel has.
The bytes depend on the sources, the toolchain and the image alone: not on the time (SOURCE_DATE_EPOCH, from the newest
heading of CHANGELOG.md unless it is set), and not on where things lie on this machine (--remap-path-prefix; the SBOM).

--portable links on Linux against the glibc of manylinux2014, with the zig of maturin[zig]: a library asks for the glibc
that it was linked against, and this machine's is too new for most users.
"""

import datetime as dt
import functools
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from wheel_files import rewrite

ROOT = Path(__file__).parents[1]
PORTABLE = ("--zig", "--compatibility", "manylinux2014") if sys.platform == "linux" else ()


def epoch(changelog):
    """Midnight UTC of the newest release, in seconds since 1970."""
    date = re.search(r"^## \S+ - (\d{4}-\d\d-\d\d)$", changelog, re.MULTILINE)
    if date is None:
        sys.exit("CHANGELOG.md has no heading like: ## 0.1.0 - 2026-11-23")
    return int(dt.datetime.fromisoformat(f"{date[1]}T00:00:00+00:00").timestamp())


def environment(env):
    """The environment in which what cargo compiles does not depend on when, and on where the crates of others lie."""
    cargo_home = env.get("CARGO_HOME") or str(Path.home() / ".cargo")
    flags = [f"--remap-path-prefix={cargo_home}=cargo"]
    if sys.platform == "linux":
        # Not every linker writes one by itself, and debug symbols are found by it.
        flags.append("-Clink-arg=-Wl,--build-id=sha1")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return {
        "SOURCE_DATE_EPOCH": str(epoch(changelog)),
        **env,
        # Encoded, with \x1f between them: a folder with a space is one flag still.
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        "CARGO_INCREMENTAL": "0",
    }


def own_flags(folder):
    """What hides where our own crate was built; as flags of all crates, each folder would compile all of them anew."""
    return ["--", f"--remap-path-prefix={folder}=."]


def nowhere(name, data, folder):
    """The bytes of a file of a wheel; an SBOM without the folder it was made in, which maturin makes an identity."""
    return data.replace(f"file://{folder.as_posix()}".encode(), b"file:///.") if "/sboms/" in name else data


def maturin(*arguments, cwd, env):
    # The one that is installed beside this Python comes first.
    beside = Path(sys.executable).with_name("maturin" + Path(sys.executable).suffix)
    program = str(beside) if beside.exists() else "maturin"
    subprocess.run([program, *map(str, arguments)], check=True, cwd=cwd, env=env)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    out = Path(sys.argv[1]).resolve()
    env = environment(os.environ)
    maturin("sdist", "--out", out, cwd=ROOT, env=env)
    (sdist,) = out.glob("*.tar.gz")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
        (source,) = Path(folder).resolve().iterdir()
        options = [*PORTABLE, *sys.argv[3:]] if sys.argv[2:3] == ["--portable"] else sys.argv[2:]
        if "--interpreter" not in options:
            options += ["--interpreter", sys.executable]
        argv = ("build", "--profile", "dist", "--locked", "--out", out, *options, *own_flags(source))
        maturin(*argv, cwd=source, env=env)
        for wheel in out.glob("*.whl"):
            rewrite(wheel, functools.partial(nowhere, folder=source))


if __name__ == "__main__":
    main()
