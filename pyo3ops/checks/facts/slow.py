"""Facts that take longer than a check is usually given."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])


def slow(*, seconds: float) -> Callable[[_F], _F]:
    """Give a provider a limit of its own; only checks that an option asks for may need one."""

    def mark(provider: _F) -> _F:
        provider.limit = seconds  # type: ignore[attr-defined] # the engine looks for it
        return provider

    return mark
