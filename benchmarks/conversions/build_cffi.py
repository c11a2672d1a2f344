"""Compiles what bench_cffi.py imports: `python build_cffi.py FOLDER`, with cffi at hand."""

import sys
from pathlib import Path

import cffi  # type: ignore[import-not-found,unused-ignore] # in the environment that measures

HERE = Path(__file__).parent
made = cffi.FFI()
# It knows C, and neither comments before it nor a preprocessor.
made.cdef((HERE / "plain.h").read_text(encoding="utf-8").partition("*/")[2])
source = f'#include <stdint.h>\n#include "{HERE / "plain.h"}"'
made.set_source("_bench_cffi", source, sources=[str(HERE / "plain.c")], extra_compile_args=["-O3"])
made.compile(tmpdir=sys.argv[1])
