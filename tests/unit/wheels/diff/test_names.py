from __future__ import annotations

from typing import TYPE_CHECKING, Callable

from pyo3ops.wheels.archive import unpack
from pyo3ops.wheels.diff.names import Names, changes, names_of
from pyo3ops.wheels.inspection.reading import read_wheel

if TYPE_CHECKING:
    from pathlib import Path

    Made = Callable[..., Path]

#: The suffix alone says that Python imports it.
NATIVE = b"\x7fELF" + bytes(60)


def names(made: Made, folder: Path, **files: str | bytes) -> Names:
    (folder / "out").mkdir()
    return names_of(read_wheel(unpack(made(**files), folder / "out")))


def test_a_stub_comes_before_the_source(made: Made, tmp_path: Path) -> None:
    found = names(
        made, tmp_path, **{"tiny/__init__.py": "x = 1", "tiny/__init__.pyi": "y: int", "tiny/more.py": "z = 1"}
    )
    assert found == Names({"tiny": frozenset({"y"}), "tiny.more": frozenset({"z"})}, source="stubs")


def test_what_maturin_puts_around_an_extension(made: Made, tmp_path: Path) -> None:
    init = "from .tiny import *\n\n__doc__ = tiny.__doc__\nif hasattr(tiny, '__all__'):\n    __all__ = tiny.__all__\n"
    files: dict[str, str | bytes] = {"tiny/__init__.py": init, "tiny/tiny.abi3.so": NATIVE}
    found = names(made, tmp_path, **files)
    assert found == Names({}, frozenset({"tiny", "tiny.tiny"}), source="sources")


def test_an_extension_with_a_stub_of_its_own(made: Made, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "tiny/__init__.py": "from ._native import *\nfrom ._native import C as D\n",
        "tiny/_native.pyi": "class C:\n    def f(self): ...\ndef g(): ...\ndef _h(): ...\n",
        "tiny/_native.abi3.so": NATIVE,
    }
    found = names(made, tmp_path, **files)
    assert found.modules == {"tiny": {"C", "C.f", "D", "g"}}
    assert found.opaque == frozenset()


def test_an_extension_alone(made: Made, tmp_path: Path) -> None:
    assert names(made, tmp_path, **{"tiny.abi3.so": NATIVE}) == Names({}, frozenset({"tiny"}), source="nothing")


def test_private_modules_and_other_files_do_not_count(made: Made, tmp_path: Path) -> None:
    files = {
        "tiny/_a.py": "x = 1",
        "tiny/_b/c.py": "x = 1",
        "tiny/data-file.py": "x = 1",
        "tiny/py.typed": "",
        "tiny/broken.py": "def",
        "tiny-1.0.data/purelib/tiny/d.py": "x = 1",
        "tiny-stubs/e.pyi": "x: int",
    }
    found = names(made, tmp_path, **files)
    assert found.modules == {"tiny.d": {"x"}, "tiny.e": {"x"}}
    assert found.unread == ("tiny/broken.py",)


def test_all_is_the_last_word(made: Made, tmp_path: Path) -> None:
    files = {
        "tiny/__init__.py": "from .a import *\n__all__ = ['x', '_y']\nz = 1",
        "tiny/a.py": "__all__ = ['w']\nw = v = 1",
        "tiny/b.py": "__all__ = ['x']\nx = y = 1",
    }
    found = names(made, tmp_path, **files)
    assert found.modules["tiny.a"] == {"w"}
    assert found.modules["tiny.b"] == {"x"}
    assert found.modules["tiny"] >= {"x", "_y", "w"}


def test_modules_that_take_from_one_another_end(made: Made, tmp_path: Path) -> None:
    found = names(made, tmp_path, **{"tiny/a.py": "from .b import *\nx = 1", "tiny/b.py": "from .a import *\ny = 1"})
    assert found.modules == {"tiny.a": {"x", "y"}, "tiny.b": {"x", "y"}}


OLD = Names({"tiny": frozenset({"f", "C", "C.m", "C.n", "D", "D.m"}), "tiny.gone": frozenset({"x"})})
NEW = Names({"tiny": frozenset({"f", "C", "C.m", "g"}), "tiny.come": frozenset({"x"})})


def test_what_is_gone_and_what_is_new() -> None:
    found = changes(OLD, NEW)
    assert found.removed == ("tiny.C.n", "tiny.D", "tiny.gone")
    assert found.added == ("tiny.come", "tiny.g")


def test_what_only_one_side_tells_is_not_compared() -> None:
    found = changes(OLD, Names({}, frozenset({"tiny"})))
    assert (found.removed, found.added, found.untold) == (("tiny.gone",), (), ("tiny",))
    assert changes(Names({}), Names({})).removed == ()
