from collections.abc import Callable
from typing import Any, Final, TypeVar, final

__all__ = [
    "Counter",
    "CounterWrongly",
    "Node",
    "NodeWrongly",
    "Tally",
    "TallyWrongly",
    "View",
    "__version__",
    "address_moves_wrongly",
    "call_and_lock",
    "call_in_thread",
    "capsule_of",
    "drop_in_thread",
    "dropped_values",
    "first",
    "first_wrongly",
    "lock_and_call_wrongly",
    "mix",
    "mix_wrongly",
    "new_list",
    "new_list_wrongly",
    "setting",
    "setting_or_error",
    "setting_wrongly",
    "sum_bytes",
    "total",
    "total_wrongly",
    "value_of",
]

_T = TypeVar("_T")

__version__: Final[str]

def mix(rounds: int) -> int:
    """Detach: nothing that the closure touches belongs to Python."""

def mix_wrongly(rounds: int) -> int:
    """Keep the interpreter while computing: every other Python thread stands still."""

def lock_and_call_wrongly(function: Callable[[], object]) -> None:
    """Call a Python function with the mutex held: one that comes back for the mutex waits for ever."""

def call_and_lock(function: Callable[[], object]) -> None:
    """Call a Python function, then take the mutex."""

def total() -> int:
    """`MutexExt`: detached for as long as it has to wait."""

def total_wrongly() -> int:
    """Wait for the mutex and keep the interpreter: a deadlock."""

def setting(make: Callable[[], int]) -> int:
    """`OnceLockExt`: whoever waits is detached."""

def setting_or_error(make: Callable[[], int]) -> int:
    """`PyOnceLock`, where making it can fail: the error is raised, and the next one tries again."""

def setting_wrongly(make: Callable[[], int]) -> int:
    """The second thread waits for the first, attached: a deadlock."""

def call_in_thread(function: Callable[[], _T]) -> _T:
    """Call a function in another thread, which attaches for it."""

def drop_in_thread(thing: object) -> None:
    """Drop a reference in a thread that is not attached."""

def first(items: list[_T]) -> _T:
    """The first item; a reference of one's own."""

def first_wrongly(items: list[_T]) -> _T:
    """The first item; a borrowed reference, taken for an owned one: each call loses one."""

def new_list() -> list[Any]:
    """A new list; an owned reference, taken for one."""

def new_list_wrongly() -> list[Any]:
    """A new list; an owned reference, taken for a borrowed one: each call leaks it."""

def address_moves_wrongly(data: bytearray, callback: Callable[[], object]) -> bool:
    """True where a slice taken before a call points to memory that has moved since."""

def sum_bytes(data: bytes | bytearray | memoryview, callback: Callable[[], object]) -> int:
    """The sum of bytes that stay where they are."""

@final
class View:
    """Holds a buffer for as long as it is open."""

    def __new__(cls, data: bytes | bytearray | memoryview) -> View: ...
    def copy(self) -> bytes:
        """A copy of what is there now."""

    def close(self) -> None:
        """Let go of the buffer: its owner can be resized again."""

def capsule_of(number: int) -> object:
    """A number behind a pointer, for another extension module."""

def value_of(capsule: object) -> int:
    """The number; a capsule of another name is refused."""

def dropped_values() -> int:
    """How many values were dropped with their capsules."""

@final
class NodeWrongly:
    """Holds an object, and shows it to nobody."""

    other: Any
    def __new__(cls) -> NodeWrongly: ...

@final
class Node:
    """Holds an object, shows it when visited, and lets go of it when told."""

    other: Any
    def __new__(cls) -> Node: ...

@final
class CounterWrongly:
    """Counts in two steps, and lets others in between."""

    def __new__(cls) -> CounterWrongly: ...
    def add(self) -> None: ...
    @property
    def value(self) -> int: ...

@final
class Counter:
    """Counts in one step, whoever else counts."""

    def __new__(cls) -> Counter: ...
    def add(self) -> None: ...
    @property
    def value(self) -> int: ...

@final
class TallyWrongly:
    """Borrows itself mutably for as long as a callback runs."""

    def __new__(cls) -> TallyWrongly: ...
    def call(self, function: Callable[[], object]) -> None: ...
    @property
    def calls(self) -> int: ...

@final
class Tally:
    """Borrowed immutably by any number of calls at once."""

    def __new__(cls) -> Tally: ...
    def call(self, function: Callable[[], object]) -> None: ...
    @property
    def calls(self) -> int: ...
