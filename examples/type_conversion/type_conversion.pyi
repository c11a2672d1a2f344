from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeVar, final

from numpy import float64
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Buffer

# fmt: off
__all__ = [
    "Blob", "CopiedBlob", "Held", "Line", "Order", "__version__", "add_days", "add_days_to_date", "add_into",
    "add_into_or_panic", "address_of_array", "address_of_buffer", "address_of_cow", "address_of_cow_str",
    "address_of_slice", "address_of_str", "address_of_string", "address_of_vec", "area", "as_dict", "as_tuple",
    "contains_in_hash_set", "contains_in_set", "count_hashed", "count_in_order", "count_sorted", "discounted",
    "double_copied", "double_in_place", "fill", "filled_copied", "filled_in_place", "first_negative",
    "first_negative_in_vec", "from_unix_milliseconds", "from_unix_nanoseconds", "from_unix_nanoseconds_rounded",
    "kind", "kind_float_first", "length_of_array", "length_of_tuple", "longest_backed", "longest_owned",
    "native_objects", "next_i64", "next_i64_wrapping", "next_int", "next_int_or_big", "normalized", "objects",
    "objects_by_keyword", "price_from_dict", "price_from_map", "round_to_cents", "row_sums", "squares_array",
    "squares_copied", "squares_list", "sum_array", "sum_array_as_vec", "sum_array_bare", "sum_array_like",
    "sum_buffer", "sum_buffer_copied", "sum_contiguous", "sum_f64", "sum_f64_any_order", "sum_list", "sum_vec",
    "timeout_ambiguous", "timeout_or_never", "times", "to_decimal_lossy", "total", "total_of_records", "twice_f64",
    "twice_i128", "unix_milliseconds", "unix_milliseconds_of_text", "unix_milliseconds_utc_only", "year_by_attribute",
    "year_by_field",
]
# fmt: on

__version__: Final[str]

_T = TypeVar("_T")
_Date = TypeVar("_Date", bound=date)

# --- bytes ---

def address_of_vec(data: bytes | bytearray | Sequence[int]) -> int: ...
def address_of_slice(data: bytes) -> int:
    """Where Rust sees the bytes: in the object itself."""

def address_of_cow(data: bytes | bytearray | Sequence[int]) -> tuple[int, bool]:
    """Where Rust sees the bytes, and whether that is in the object itself."""

def filled_copied(length: int, value: int) -> bytes: ...
def filled_in_place(length: int, value: int) -> bytes:
    """So many bytes of one value. Raises `MemoryError` where there is no room."""

@final
class Blob:
    """Bytes that outlive the call: `bytes` without a copy, a `bytearray` as a copy."""

    def __new__(cls, data: bytes | bytearray) -> Blob: ...
    @property
    def address(self) -> int:
        """Where Rust sees the bytes."""

    def sum(self) -> int:
        """The sum of all bytes; other threads run meanwhile."""

@final
class CopiedBlob:
    """Bytes that outlive the call, always as a copy."""

    def __new__(cls, data: bytes | bytearray | Sequence[int]) -> CopiedBlob: ...
    @property
    def address(self) -> int:
        """Where Rust sees the bytes."""

# --- text ---

def address_of_string(text: str) -> int: ...
def address_of_str(text: str) -> int:
    """Where Rust sees the UTF-8: in the object itself. Raises `UnicodeEncodeError` for a lone surrogate."""

def address_of_cow_str(text: str) -> tuple[int, bool]:
    """Where Rust sees the UTF-8, and whether that is in the object itself."""

def longest_owned(words: Sequence[str]) -> str: ...
def longest_backed(words: Sequence[str]) -> str:
    """The longest word itself, the last one of several; raises `ValueError` for none."""

@final
class Line:
    """A text that outlives the call without a copy."""

    def __new__(cls, text: str) -> Line: ...
    @property
    def text(self) -> str:
        """The string it was made from: the same object, not an equal one."""

    def words(self) -> int:
        """How many words it has; other threads run meanwhile."""

# --- collections ---

def sum_vec(values: Sequence[int]) -> int: ...
def sum_list(values: list[int]) -> int:
    """The sum of a list; raises `OverflowError` beyond 64 bits."""

def first_negative_in_vec(values: Sequence[int]) -> int | None: ...
def first_negative(values: list[int]) -> int | None:
    """The index of the first negative number, without a look at what follows."""

def double_copied(values: Sequence[int]) -> list[int]: ...
def double_in_place(values: list[int]) -> None:
    """Double each value of the list itself."""

def price_from_map(prices: dict[str, float], name: str) -> float: ...
def price_from_dict(prices: dict[str, Any], name: str) -> float:
    """One price; raises `KeyError`, and `TypeError` where that one is no number."""

def count_hashed(words: Sequence[str]) -> dict[str, int]: ...
def count_sorted(words: Sequence[str]) -> dict[str, int]:
    """How often each word occurs, in the order of the words."""

def count_in_order(words: list[str]) -> dict[str, int]:
    """How often each word occurs, in the order of arrival."""

def contains_in_hash_set(allowed: set[int] | frozenset[int], value: int) -> bool: ...
def contains_in_set(allowed: set[Any], value: int) -> bool:
    """Whether the value is in the set."""

def length_of_tuple(point: tuple[float, float, float]) -> float:
    """The length of a vector, given as a tuple of three."""

def length_of_array(point: Sequence[float]) -> float:
    """The length of a vector, given as any sequence of three; raises `ValueError` for another length."""

def timeout_ambiguous(seconds: float | None = None) -> float | None: ...
def timeout_or_never(seconds: float | None = 30.0) -> float | None:
    """Thirty seconds where nothing is given, None where that is."""

# --- numbers ---

def next_i64_wrapping(number: int) -> int: ...
def next_i64(number: int) -> int:
    """The next integer; raises `OverflowError` beyond 64 bits."""

def next_int(number: int) -> int: ...
def next_int_or_big(number: int) -> int:
    """The next integer, through the heap only beyond 64 bits."""

def twice_f64(number: float) -> float: ...
def twice_i128(number: int) -> int:
    """Twice an integer; raises `OverflowError` beyond 128 bits."""

def to_decimal_lossy(amount: Decimal | float | str) -> Decimal: ...
def round_to_cents(amount: Decimal | int) -> Decimal:
    """Rounded half to even. Raises `TypeError` for a float, `ValueError` for what 96 bits cannot hold exactly."""

# --- records ---

def kind_float_first(value: float) -> str: ...
def kind(value: float | str) -> str:
    """What the value was taken for: an int, a float or a str."""

def area(shape: Mapping[str, float] | float) -> float:
    """The area of `{"width": 2, "height": 3}`, of `{"r": 1}`, or of a square that is given by its side alone."""

def normalized(row: Mapping[str, Any]) -> dict[str, Any]:
    """The name, the price and the quantity, which is 1 where it was left out. Raises `KeyError` and `TypeError`."""

def as_dict(order: Any) -> dict[str, Any]:
    """The same of an object with these attributes."""

def as_tuple(order: Any) -> tuple[str, float]:
    """Its name and its total."""

def total_of_records(orders: Sequence[Any]) -> float: ...
def total(orders: list[Any]) -> float:
    """The sum of price times quantity."""

def discounted(order: _T, factor: float) -> _T:
    """A copy of a dataclass instance with its price multiplied."""

def objects_by_keyword(class_: type[_T], names: Sequence[str]) -> list[_T]: ...
def objects(class_: type[_T], names: Sequence[str]) -> list[_T]:
    """One object for each name, by positional arguments."""

def native_objects(names: Sequence[str]) -> list[Order]:
    """One `Order` for each name."""

@final
class Order:
    """What takes a dataclass's place where Rust makes the objects."""

    def __new__(cls, name: str, price: float, quantity: int) -> Order: ...
    @property
    def name(self) -> str:
        """What was ordered."""

    @property
    def price(self) -> float:
        """The price of one."""

    @property
    def quantity(self) -> int:
        """How many."""

    def __eq__(self, other: object, /) -> bool: ...

# --- dates and times ---

def year_by_attribute(date: date) -> int: ...
def year_by_field(date: date) -> int:
    """The year, as the object's own field."""

def add_days_to_date(date: date, days: int) -> date: ...
def add_days(date: _Date, days: int) -> _Date:
    """A later date or `datetime`."""

def unix_milliseconds_utc_only(moment: datetime) -> int: ...
def unix_milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970, of any zone; raises `ValueError` where there is none."""

def unix_milliseconds_of_text(text: str) -> int: ...
def from_unix_milliseconds(milliseconds: int) -> datetime:
    """The moment in UTC; raises `ValueError` where a `datetime` cannot hold it."""

def from_unix_nanoseconds_rounded(nanoseconds: int) -> datetime: ...
def from_unix_nanoseconds(nanoseconds: int) -> tuple[datetime, int]:
    """The moment in UTC, and the nanoseconds beyond its last microsecond, 0 to 999."""

def times(duration: timedelta, factor: int) -> timedelta:
    """A multiple of the duration; raises `OverflowError` beyond what a `timedelta` holds."""

# --- arrays: those that take or make one raise `ModuleNotFoundError` without numpy, and the wrong ones panic ---

def sum_array_as_vec(values: Sequence[float] | NDArray[float64]) -> float: ...
def sum_array(values: NDArray[float64]) -> float:
    """The sum, read from the array's memory. Raises `TypeError` that says what came instead."""

def sum_array_bare(values: NDArray[float64]) -> float: ...
def sum_contiguous(values: NDArray[float64]) -> float:
    """The sum of an array without gaps; raises `TypeError` for one with."""

def sum_array_like(values: ArrayLike) -> float:
    """The sum of whatever numpy makes floats from."""

def row_sums(values: NDArray[float64]) -> NDArray[float64]:
    """The sum of each row of a two-dimensional array."""

def address_of_array(values: NDArray[float64]) -> int:
    """Where Rust sees the first element."""

def squares_list(length: int) -> list[float]: ...
def squares_copied(length: int) -> NDArray[float64]: ...
def squares_array(length: int) -> NDArray[float64]:
    """The first square numbers, as an array that took them over."""

def add_into_or_panic(target: NDArray[float64], other: NDArray[float64]) -> None: ...
def add_into(target: NDArray[float64], other: NDArray[float64]) -> None:
    """Add to each element. Raises `TypeError` where the first is read-only or shared, `ValueError` for lengths."""

# --- buffers ---

def address_of_buffer(data: Buffer) -> int:
    """Where Rust sees the first byte."""

def sum_buffer(data: Buffer) -> int:
    """The sum of all bytes; raises `BufferError` for a layout with gaps."""

def sum_buffer_copied(data: Buffer) -> int:
    """The sum of all bytes, of a copy."""

def fill(data: Buffer, value: int) -> None:
    """Write one value into every byte; raises `BufferError` for what is read-only or has gaps."""

def sum_f64_any_order(data: Buffer) -> float: ...
def sum_f64(data: Buffer) -> float:
    """The sum of 64-bit floats; raises `ValueError` where they are in another machine's byte order."""

@final
class Held:
    """A buffer that outlives the call. Its owner cannot be resized until it is released."""

    def __new__(cls, data: Buffer) -> Held: ...
    def sum(self) -> int:
        """The sum of all bytes, as they are now; raises `ValueError` after the release."""

    def release(self) -> None:
        """Let the owner go; a second time does nothing."""
