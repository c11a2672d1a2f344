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
