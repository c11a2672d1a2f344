"""Take debug information out of wheels and keep it: `python tools/split_debug.py SYMBOLS WHEEL...`.

The wheels are rewritten in place, without it; SYMBOLS gets .build-id/ab/cdef.debug, where gdb, perf and symbol servers
look: `gdb -iex "set debug-file-directory SYMBOLS"`. The build ID in both says that they belong together. Linux; needs
binutils (objcopy and readelf).
"""

import functools
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from wheel_files import rewrite


def run(*argv):
    return subprocess.run([str(each) for each in argv], check=True, capture_output=True, text=True).stdout


def build_id(library):
    """The build ID of a library in hexadecimal."""
    found = re.search(r"Build ID: ([0-9a-f]{8,})", run("readelf", "--notes", "--wide", library))
    if found is None:
        sys.exit(f"{library.name} has no build ID: build it with -Clink-arg=-Wl,--build-id=sha1")
    return found[1]


def split(library, symbols):
    """Move the debug information of a library into the folder of symbols; the file that now has it."""
    identity = build_id(library)
    debug = symbols / ".build-id" / identity[:2] / f"{identity[2:]}.debug"
    debug.parent.mkdir(parents=True, exist_ok=True)
    run("objcopy", "--only-keep-debug", library, debug)
    run("objcopy", "--strip-unneeded", library)
    run("objcopy", f"--add-gnu-debuglink={debug}", library)
    return debug


def without_debug(name, data, symbols):
    """The bytes of a file of a wheel once its debug information is taken out, where it is a library."""
    if not name.endswith(".so"):
        return data
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "library.so")
        library.write_bytes(data)
        print(split(library, symbols))
        return library.read_bytes()


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    for wheel in sys.argv[2:]:
        before = Path(wheel).stat().st_size
        rewrite(wheel, functools.partial(without_debug, symbols=Path(sys.argv[1])))
        print(f"{wheel}: {before / 1e3:.0f} kB before, {Path(wheel).stat().st_size / 1e3:.0f} kB now")


if __name__ == "__main__":
    main()
