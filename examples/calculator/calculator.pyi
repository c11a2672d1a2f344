from collections.abc import Sequence
from typing import Final, final

__all__ = ["CalculatorError", "Expression", "ParseError", "UndefinedError", "__version__", "evaluate"]

__version__: Final[str]

class CalculatorError(ValueError):
    """Whatever is wrong with an expression or its values."""

class ParseError(CalculatorError):
    """The text is no expression; `position` is the offending character's index."""

    position: int

class UndefinedError(CalculatorError):
    """A variable has no value; `name` says which."""

    name: str

@final
class Expression:
    """A compiled arithmetic expression: immutable, shareable between threads, picklable.

    Operators are + - * / ** and signs, with Python's precedence; functions are abs, cos, exp, ln, sin and sqrt. All
    numbers are 64-bit floats.
    """

    def __new__(cls, source: str) -> Expression:
        """Compile a text; raises `ParseError`."""

    @property
    def source(self) -> str:
        """The text it was compiled from."""

    @property
    def names(self) -> list[str]:
        """The variables it needs, in order of appearance."""

    def evaluate(self, **variables: float) -> float:
        """The value for one set of variables.

        Raises `UndefinedError`, `ZeroDivisionError`, `OverflowError`; `CalculatorError` outside a function's domain.
        """

    def map(self, name: str, values: Sequence[float]) -> list[float]:
        """The value for each value of one variable; other threads run meanwhile. Raises as `evaluate` does."""

    def __getnewargs__(self) -> tuple[str]: ...

def evaluate(source: str, /, **variables: float) -> float:
    """Evaluate an expression once; for many values compile an `Expression`. Raises as both do."""
