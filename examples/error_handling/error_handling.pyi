from collections.abc import Callable, Iterable
from os import PathLike
from typing import Any, Final, TypeVar, final

from typing_extensions import Self

# fmt: off
__all__ = [
    "Entries", "EntriesWrong", "Handle", "HandleWrong", "HardLimitError", "InternalError", "LimitError",
    "LineError", "Mapped", "MappedWrong", "MissingError", "PanicException", "PanicsWhenCollected",
    "SettingsError", "__version__", "apply", "apply_wrong_ok", "apply_wrong_text", "apply_wrong_unwrap",
    "check", "check_limit", "check_limit_wrong", "check_wrong", "each", "each_wrong", "first_of",
    "first_of_wrong", "get_or", "in_thread", "in_thread_wrong", "load", "load_wrong", "misses_by_option",
    "misses_eagerly", "misses_lazily", "nth", "nth_guarded", "nth_wrong", "outcome", "outcome_guarded",
    "panic_twice", "parse", "raise_value_error", "read_wrong", "scaled", "scaled_wrong", "sort_by",
    "sort_by_wrong", "spin", "spin_detached", "spin_wrong", "total", "total_wrong",
]
# fmt: on

__version__: Final[str]

_T = TypeVar("_T")
_R = TypeVar("_R")
_D = TypeVar("_D")

class SettingsError(Exception):
    """Whatever is wrong with settings."""

class LineError(SettingsError):
    """A line is wrong; `line` says which, from 1."""

    line: int

class MissingError(SettingsError, LookupError):
    """There is no setting of that name."""

class InternalError(RuntimeError):
    """A bug in this module: its Rust code panicked."""

class PanicException(BaseException):
    """The class of all panics that PyO3 hands to Python: no Exception."""

class LimitError(ValueError):
    """A number is above its limit."""

    def __new__(cls, limit: int, given: int) -> Self: ...
    @property
    def limit(self) -> int: ...
    @property
    def given(self) -> int: ...

@final
class HardLimitError(LimitError):
    """A limit that no configuration can raise."""

    def __new__(cls, limit: int, given: int) -> Self: ...

def check_limit(limit: int, given: int, hard: bool) -> None:
    """Raises `LimitError` or `HardLimitError`."""

def check_limit_wrong(limit: int, given: int) -> None:
    """Wrong: raises a `LimitError` without `args`."""

def load(path: str | PathLike[str], name: str) -> int:
    """One setting of a file; raises `OSError`, `LineError` or `MissingError`."""

def load_wrong(path: str | PathLike[str], name: str) -> int:
    """Wrong: raises RuntimeError, whatever it was."""

def read_wrong(path: str | PathLike[str]) -> str:
    """Wrong: raises `OSError` without `errno` and `filename`."""

def parse(text: str) -> dict[str, int]:
    """The settings in a text; raises `LineError`."""

def scaled(path: str | PathLike[str], scale: Callable[[int], int]) -> int:
    """Scale the number in a file; raises `SettingsError`, with what happened as its `__cause__`."""

def scaled_wrong(path: str | PathLike[str], scale: Callable[[int], int]) -> int:
    """Wrong: raises RuntimeError with the whole chain as its message."""

def first_of(first: Callable[[], _R], second: Callable[[], _R]) -> _R:
    """What the first returns, or else the second; its error has the first one's as its `__context__`."""

def first_of_wrong(first: Callable[[], _R], second: Callable[[], _R]) -> _R:
    """Wrong: the first error leaves no trace."""

def each(callback: Callable[[_T], _R], items: list[_T]) -> list[_R]:
    """Call for each item; an error gets a note that says which item it was."""

def each_wrong(callback: Callable[[_T], _R], items: list[_T]) -> list[_R]:
    """Wrong: AttributeError before Python 3.11."""

def check(text: str) -> int:
    """How many settings a text holds; raises an ExceptionGroup of each wrong line's `LineError`.

    Before Python 3.11 it is a `SettingsError` with the group's `message` and `exceptions`.
    """

def check_wrong(text: str) -> int:
    """Wrong: raises the first `LineError` alone."""

def nth(values: list[int], index: int) -> int:
    """One of the values; raises IndexError."""

def nth_wrong(values: list[int], index: int) -> int:
    """Wrong: raises `PanicException`."""

def nth_guarded(values: list[int], index: int) -> int:
    """One of the values; raises `InternalError` where the Rust panicked."""

def outcome(callback: Callable[[], object]) -> str:
    """Tells "returned" or "raised"; raises `PanicException` where the callback did."""

def outcome_guarded(callback: Callable[[], object]) -> str:
    """Tells "returned", "raised" or "panicked"."""

def panic_twice() -> None:
    """Wrong: aborts the process."""

def apply(callback: Callable[[_T], _R], items: list[_T]) -> list[_R]:
    """Call for each item; raises what the callback raises."""

def apply_wrong_ok(callback: Callable[[_T], _R], items: list[_T]) -> list[_R]:
    """Wrong: leaves out the items whose call raised."""

def apply_wrong_unwrap(callback: Callable[[_T], _R], items: list[_T]) -> list[_R]:
    """Wrong: raises `PanicException`."""

def apply_wrong_text(callback: Callable[[_T], _R], items: list[_T]) -> list[_R]:
    """Wrong: raises ValueError, whatever it was."""

def get_or(callback: Callable[[], _R], default: _D) -> _R | _D:
    """What the callback returns; the default where it raises LookupError."""

def sort_by(callback: Callable[[_T, _T], object], items: list[_T]) -> list[_T]:
    """Sorted by a function that tells whether one comes before the other; raises what it raises."""

def sort_by_wrong(callback: Callable[[_T, _T], object], items: list[_T]) -> list[_T]:
    """Wrong: not sorted where the callback raised."""

@final
class Entries:
    """The settings in a text, one by one. As with a generator, an error ends it."""

    def __new__(cls, text: str) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> tuple[str, int]: ...

@final
class EntriesWrong:
    """Wrong: ends before the first wrong line."""

    def __new__(cls, text: str) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> tuple[str, int]: ...

@final
class Mapped:
    """`map(callback, iterable)` in which a StopIteration of the callback is a RuntimeError, as in a generator."""

    def __new__(cls, callback: Callable[[_T], object], items: Iterable[_T]) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...

@final
class MappedWrong:
    """Wrong: ends where the callback raises StopIteration."""

    def __new__(cls, callback: Callable[[_T], object], items: Iterable[_T]) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...

def total(items: Iterable[int]) -> int:
    """The sum; raises what the iterable raises."""

def total_wrong(items: Iterable[Any]) -> int:
    """Wrong: the sum of what came before an error."""

def in_thread(callback: Callable[[], _R]) -> _R:
    """Call in a new thread and wait; raises what the callback raises."""

def in_thread_wrong(callback: Callable[[], object]) -> None:
    """Wrong: no error arrives."""

@final
class Handle:
    """Calls a callback once: at `close`, at the end of `with`, or at last when it is collected."""

    def __new__(cls, on_close: Callable[[], object]) -> Self: ...
    def close(self) -> None:
        """Raises what the callback raises."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_args: object) -> None: ...

@final
class HandleWrong:
    """Wrong: drops the callback's error, and breaks one that is on its way."""

    def __new__(cls, on_close: Callable[[], object]) -> Self: ...

@final
class PanicsWhenCollected:
    """Wrong: its Drop panics, which PyO3 reports as unraisable, and its memory is never freed."""

    def __new__(cls) -> Self: ...

def spin(count: int, every: int) -> int:
    """Work that asks for signals every so many steps; raises what their handlers raise."""

def spin_detached(count: int, every: int) -> int:
    """The same while other threads run."""

def spin_wrong(count: int) -> int:
    """Wrong: signals wait for its end."""

def raise_value_error() -> None:
    """Raises a ValueError."""

def misses_lazily(count: int) -> int:
    """How many numbers below `count` are odd, by failed lookups whose messages are never made."""

def misses_eagerly(count: int) -> int:
    """Wrong: the same, each message made for nobody."""

def misses_by_option(count: int) -> int:
    """Best: the same without errors."""
