"""Choosing findings by id: `--select`, `--ignore ID=reason`, and the same keys of the configuration."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyo3ops.core.errors import UsageError
from pyo3ops.core.model import Fix, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyo3ops.core.model import Finding


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

    def verify(self, known: Sequence[str], command: str = "pyo3ops validate --list-checks") -> None:
        """Raise `UsageError` for a pattern that fits none of the known ids, naming the nearest."""
        for pattern in (*self.select, *(pattern for pattern, _ in self.ignore), *self.require):
            if not any(fits(identity, pattern) for identity in known):
                families = sorted({identity.split(".")[0] for identity in known})
                near = difflib.get_close_matches(pattern, [*known, *families], n=1, cutoff=0.3)
                hint = f"did you mean {near[0]}?" if near else f"known families: {', '.join(families)}"
                raise UsageError(
                    f"there is no check {pattern!r}; {hint}",
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
