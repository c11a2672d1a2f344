#!/bin/sh
# Record what the tools print into tests/data/tools: `sh ci/recorders/tools.sh linux` (or macos), on a machine that has them.
# Paths that tell of the machine are shortened.
set -eu
system=$1
cd "$(dirname "$0")/../../tests/data/tools"
rustc -vV > "rustc-$system.txt"
cargo --version > "cargo-$system.txt"
maturin --version > "maturin-$system.txt"
if rustc +nightly -vV > nightly.tmp 2>/dev/null; then mv nightly.tmp rustc-nightly.txt; else rm -f nightly.tmp; fi
probe=$(python3 -c 'import sys; sys.path.insert(0, "../../.."); from pyo3ops.tools import python; print(python._PROBE)')
for version in 3.8 3.13; do
    python$version -I -S -c "$probe" | sed "s#'[^']*/\(bin\|include\|lib\)/#'/opt/python/\1/#g" > "python$version-$system.txt"
done
if command -v sw_vers >/dev/null; then sw_vers > "sw_vers-$system.txt"; fi

# Debuggers and profilers: what they write on each stream. pip and apt-get fetch those that the system has not.
if [ "$system" = linux ]; then
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    python3 -m venv "$scratch/venv"
    "$scratch/venv/bin/pip" install --quiet memray py-spy pystack
    PATH=$PATH:$scratch/venv/bin
    for tool in heaptrack memray perf py-spy pystack valgrind; do $tool --version > "$tool-$system.txt"; done
    questions=$(python3 -c 'import sys; sys.path.insert(0, "../../.."); from pyo3ops.tools import gdb; print("\n".join(gdb._QUESTIONS))')
    ask() { # gdb's program, the name of the record
        echo "$questions" | (set --; while read -r line; do set -- "$@" -ex "$line"; done; "$gdb" -nx -batch "$@") > "$1.txt" 2> "$1.err.txt" || true
    }
    gdb=gdb ask "gdb-$system"
    PYTHONHOME=/nonexistent gdb=gdb ask "gdb-pythonhome-$system"
    (cd "$scratch" && apt-get download gdb-minimal && dpkg -x gdb-minimal_*.deb minimal) > /dev/null 2>&1
    gdb=$scratch/minimal/usr/bin/gdb ask "gdb-minimal-$system"
fi
lldb --version > "lldb-$system.txt" 2> "lldb-$system.err.txt"
