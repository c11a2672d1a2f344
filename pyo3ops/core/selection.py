"""Choosing findings by id: `--select`, `--ignore ID=reason`, and the same keys of the configuration."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyo3ops.core.errors import ConfigError, UsageError
from pyo3ops.core.model import Fix, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyo3ops.core.model import Finding

#: Ids less alike than this are no hint.
LIKE = 0.6
#: How many ids are listed where none is alike.
SHOWN = 8
#: How much less alike than the nearest id another one may be, to be named as well.
CLOSE = 0.05


@dataclass(frozen=True)
class Selection:
    """Which findings count. A pattern is an id, or the first parts of one: "python" means every python.* check."""

    select: tuple[str, ...] = ()
    #: Pairs of a pattern and the reason, which is shown.
    ignore: tuple[tuple[str, str], ...] = ()
    #: Patterns of findings that may not merely warn.
    require: tuple[str, ...] = ()

    def merged(self, other: Selection) -> Selection:
        """Both together; `select` is the other's only where this one has none."""
        return Selection(self.select or other.select, self.ignore + other.ignore, self.require + other.require)

    def verify(
        self, known: Sequence[str], command: str = "pyo3ops validate --list-checks", what: str = "there is no check"
    ) -> None:
        """Raise `UsageError` for a pattern that fits none of the known ids, naming the nearest.

        A known id that ends with a star has any name there: "examples.*".
        """
        for pattern in (*self.select, *(pattern for pattern, _ in self.ignore), *self.require):
            if not is_known(pattern, known):
                raise UsageError(
                    f"{what} {pattern!r}; {near(pattern, known)}",
                    cause="a misspelt id, or one of another release of pyo3ops",
                    command=command,
                )

    def verify_keys(self, known: Sequence[str], table: str, command: str) -> None:
        """Raise `ConfigError` for a pattern of a table of pyproject.toml that fits none of the known ids."""
        keys = {"select": self.select, "ignore": [pattern for pattern, _ in self.ignore], "require": self.require}
        for key, patterns in keys.items():
            for pattern in patterns:
                if not is_known(pattern, known):
                    raise ConfigError(
                        f"{table}.{key} in pyproject.toml names {pattern!r}, and there is no such check;"
                        f" {near(pattern, known)}",
                        cause="a misspelt id, or one of another release of pyo3ops",
                        command=command,
                    )

    def chosen(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The ids that `select` keeps, in their order."""
        return tuple(each for each in ids if not self.select or any(fits(each, pattern) for pattern in self.select))

    def apply(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The chosen findings: ignored ones as skips with the reason, required ones raised to fail."""
        chosen = [finding for finding in findings if self.chosen([finding.id])]
        return tuple(self._judged(finding) for finding in chosen)

    def _judged(self, finding: Finding) -> Finding:
        reason = next((reason for pattern, reason in self.ignore if fits(finding.id, pattern)), None)
        # A crash is ours to hear of, whoever ignores the check.
        if reason is not None and finding.status not in (Status.OK, Status.CRASH):
            detail = f"ignored: {reason} (it said {finding.status.look.word}: {finding.detail})"
            return replace(finding, status=Status.SKIP, detail=detail, evidence=(), fix=None)
        required = any(fits(finding.id, pattern) for pattern in self.require)
        # A skip with a way out is a tool that nothing asked for until now.
        absent = finding.status is Status.SKIP and finding.fix is not None
        if required and (absent or finding.status in (Status.WARN, Status.UNKNOWN)):
            return replace(finding, status=Status.FAIL, fix=finding.fix or Fix("it is required by the configuration"))
        return finding


def fits(identity: str, pattern: str) -> bool:
    """True where the pattern is the id, or its first dotted parts."""
    return identity == pattern or identity.startswith(pattern + ".")


def is_known(pattern: str, known: Iterable[str]) -> bool:
    """True where some id fits the pattern, or can: one that ends with a star has any name there."""
    return any(fits(each.rstrip("*").rstrip("."), pattern) or _open(each, pattern) for each in known)


def _open(known: str, pattern: str) -> bool:
    return known.endswith("*") and pattern.startswith(known[:-1]) and len(pattern) >= len(known)


def near(pattern: str, known: Sequence[str]) -> str:
    """A hint at the ids, and families of them, that are spelt most like a pattern, or at what there is."""
    named = [each.replace("*", "NAME") for each in known]
    families = {".".join(each.split(".")[:count]) for each in named for count in range(1, each.count(".") + 2)}
    found = difflib.get_close_matches(pattern, sorted(families), n=3, cutoff=LIKE)
    best = [each for each in found if _likeness(pattern, each) >= _likeness(pattern, found[0]) - CLOSE]
    if best:
        return f"did you mean {' or '.join(sorted(best))}?"
    first = sorted({each.partition(".")[0] for each in named})
    if not first:
        return "nothing is found here that could be chosen"
    return f"known families: {', '.join(first)}" if len(first) > 1 else f"known: {_several(named)}"


def _several(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()
