"""Findings in the order that people read: by family, what is worst first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyo3ops.core.model import Finding, Status


@dataclass(frozen=True)
class Family:
    """The findings whose ids share their first part."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Status:
        """The worst status among them."""
        return max(each.status for each in self.findings)


def family_of(identity: str) -> str:
    """The first part of a dotted id."""
    return identity.split(".", maxsplit=1)[0]


def families(findings: Sequence[Finding]) -> list[Family]:
    """Findings by the first part of their id, the worst family and the worst finding first; else as they came."""
    groups: dict[str, list[Finding]] = {family_of(each.id): [] for each in findings}
    for each in sorted(findings, key=lambda each: each.status, reverse=True):
        groups[family_of(each.id)].append(each)
    found = [Family(name, tuple(group)) for name, group in groups.items()]
    return sorted(found, key=lambda family: family.worst, reverse=True)
