#!/bin/sh
# Record what the tools of cross-building print into tests/data/tools/cross: `sh ci/recorders/cross.sh CACHE`, on Debian, with
# the folder that `pyo3ops wheels cross --prepare --cache CACHE` filled for aarch64-unknown-linux-gnu (with --tool gcc, too).
# Where packages come from is left out, and paths of the machine are shortened.
set -eu
cache=$1
cd "$(dirname "$0")/../../tests/data/tools/cross"
"$cache/zig/ziglang/zig" version > zig.txt
"$cache/qemu/usr/bin/qemu-aarch64-static" --version > qemu-aarch64.txt
"$cache/gcc-aarch64-linux-gnu-gcc/start" --version > aarch64-linux-gnu-gcc.txt
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && apt-get download -qq gcc-mingw-w64-x86-64-win32 && dpkg -x gcc-mingw*.deb mingw) >/dev/null 2>&1
"$scratch"/mingw/usr/bin/x86_64-w64-mingw32-gcc-12-win32 --version > x86_64-w64-mingw32-gcc.txt
(cd "$scratch" && apt-get download -qq clang-14 libclang-cpp14 libllvm14 && for each in *clang*14*.deb libllvm14*.deb; do dpkg -x "$each" clang; done) >/dev/null 2>&1
LD_LIBRARY_PATH=$scratch/clang/usr/lib/llvm-14/lib:$scratch/clang/usr/lib/x86_64-linux-gnu "$scratch/clang/usr/lib/llvm-14/bin/clang" --version |
    sed "s#$scratch/clang##" > clang.txt
apt-cache -c "$cache/apt/arm64/amd64.conf" madison rustc-web libstd-rust-web-dev:arm64 rustc nothing |
    sed 's#http[^ ]*#MIRROR#' > madison.txt
probe=$(python3 -c 'import sys; sys.path.insert(0, "../../../.."); from pyo3ops.wheels import foreign; print(foreign._PROBE)')
"$cache/qemu/usr/bin/qemu-aarch64-static" -L "$cache/python-arm64" "$cache/python-arm64/usr/bin/python3.11" -I -S -c "$probe" > python3.11-arm64.txt
