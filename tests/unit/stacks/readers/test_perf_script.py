from __future__ import annotations

from pathlib import Path

from pyo3ops.stacks.model import Frame, Language
from pyo3ops.stacks.readers import perf_script

RECORDED = Path(__file__).parents[3] / "data" / "tools" / "perf-script-linux.txt"

SMALL = """\
python 12/13: \n\
\t           1a2b core::ops::Fn<(A, B)>::call (/venv/a.cpython-313.so)
\t             85 py::Class.method:/home/user/a b.py (/tmp/jitted-12-1.so)
\tffffffff821ea011 do_syscall_64 ([kernel.kallsyms])
\t           1234 [unknown] ([unknown])
\t           5678 __vdso_time ([vdso])
a thread 12/14: \n\
\t           9abc work (deleted) (/lib/x (deleted))

no sample at all
"""


def test_each_kind_of_frame() -> None:
    one, other = perf_script.read(SMALL.splitlines())
    assert (one.pid, one.thread, one.count) == (12, 13, 1)
    assert one.stack == (
        Frame("core::ops::Fn<(A, B)>::call", module="/venv/a.cpython-313.so", address=0x1A2B),
        Frame("Class.method", Language.PYTHON, "/home/user/a b.py"),
        Frame("do_syscall_64", Language.KERNEL, module="[kernel.kallsyms]", address=0xFFFFFFFF821EA011),
        Frame("__vdso_time", module="[vdso]", address=0x5678),
    )
    assert (other.thread, other.stack[0].module) == (14, "/lib/x (deleted)")


def test_the_recorded_samples_hold_both_languages() -> None:
    samples = list(perf_script.read(RECORDED.read_text(encoding="utf-8").splitlines()))
    assert len(samples) == 12
    for sample in samples:
        names = [frame.function for frame in sample.stack if frame.language is Language.PYTHON]
        assert names[-2:] == ["main", "<module>"]
        assert any(
            (frame.module or "").endswith(".so") and "calculator" in (frame.module or "") for frame in sample.stack
        )


def test_garbage_is_no_sample() -> None:
    assert list(perf_script.read(["\x00\xff", "", "\t 12 x (y)", "a b c"])) == []
