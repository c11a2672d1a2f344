from collections.abc import Iterable
from typing import ClassVar, TypedDict, final, overload

from typing_extensions import deprecated

__all__ = [
    "PositionalSummary",
    "Summary",
    "__version__",
    "build_info",
    "mean_of",
    "mean_of_with_pythons_stacklevel",
    "summarize",
]

__version__: str

class _State(TypedDict):
    version: int
    count: int
    mean: float
    m2: float
    minimum: float | None
    maximum: float | None

class _BuildInfo(TypedDict):
    pyo3: str
    abi3: bool
    python: tuple[int, int]
    free_threaded: bool
    buffers: bool

@final
class Summary:
    """Count, mean, variance and range of numbers."""

    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __new__(cls) -> Summary: ...
    @property
    def count(self) -> int: ...
    @property
    def mean(self) -> float | None: ...
    @property
    def variance(self) -> float | None: ...
    @property
    def minimum(self) -> float | None: ...
    @property
    def maximum(self) -> float | None: ...
    def add(self, value: float) -> None: ...
    @overload
    def extend(self, values: Iterable[float], *, data: None = None) -> None: ...
    @overload
    @deprecated("data is the old name of values; removed in 1.0")
    def extend(self, values: None = None, *, data: Iterable[float]) -> None: ...
    def merged(self, other: Summary) -> Summary: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[type[Summary], tuple[()], _State]: ...
    def __setstate__(self, state: object) -> None: ...

@final
class PositionalSummary:
    """Wrong: pickles its fields by position, without a version."""

    def __new__(cls) -> PositionalSummary: ...
    def add(self, value: float) -> None: ...
    @property
    def variance(self) -> float | None: ...
    def __reduce__(self) -> tuple[type[PositionalSummary], tuple[()], tuple[int, float, float]]: ...
    def __setstate__(self, state: tuple[int, float, float]) -> None: ...

@deprecated("use Summary; removed in 1.0")
class RunningStats(Summary): ...  # type: ignore[misc]

def build_info() -> _BuildInfo: ...
def summarize(values: Iterable[float]) -> Summary: ...
@deprecated("use summarize(values).mean; removed in 1.0")
def mean_of(values: Iterable[float]) -> float | None: ...
def mean_of_with_pythons_stacklevel(values: list[float]) -> float: ...
