"""Runs checks: facts side by side, each once, and no hang or crash of one ends the run.

Every fact and every rule is a node with a thread of its own. The facts of all chosen checks start at once; a rule
starts as soon as the checks it needs have passed and its facts are in.
"""

from __future__ import annotations

import inspect
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any, Callable

from pyo3ops.checks.verdict import Verdict, skip, unknown
from pyo3ops.core.errors import Pyo3opsError, Undetermined
from pyo3ops.core.model import Finding, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pyo3ops.checks.registry import Check

#: Seconds that one fact or one rule may take; the tools behind the facts are given less.
LIMIT = 5.0


class Engine:
    """Computes facts and checks, each once."""

    def __init__(
        self,
        checks: Iterable[Check],
        providers: Mapping[str, Callable[..., Any]],
        given: Mapping[str, object],
        *,
        limit: float = LIMIT,
    ) -> None:
        self._checks = {row.id: row for row in checks}
        self._providers = providers
        self._given = given
        self._limit = limit
        self._nodes: dict[str, _Node] = {}

    def run(
        self, ids: Iterable[str], also: Iterable[str] = (), meanwhile: Callable[[], object] = lambda: None
    ) -> tuple[Finding, ...]:
        """The findings of these checks, in this order; `also` are facts to learn whether or not a check asks.

        `meanwhile` is what the caller has to do anyway: it is called while the programs behind the facts run.

        Raises `Pyo3opsError` where a fact cannot be had because what the user wrote cannot be read.
        """
        chosen = list(ids)
        # Facts first: they wait for other programs, rules do not.
        for name in (*also, *(fact for identity in chosen for fact in self._checks[identity].facts)):
            self._start_fact(name)
        for identity in chosen:
            self._start_check(identity)
        meanwhile()
        return tuple(self._finding(identity) for identity in chosen)

    def fact(self, name: str) -> Any:  # noqa: ANN401 - facts are of any type; rules say which
        """The value of a fact of the checks that were run."""
        return self._given[name] if name in self._given else self._nodes[name].value()

    def known(self, name: str, attribute: str) -> Any:  # noqa: ANN401 - see fact
        """An attribute of a fact, where a check asked for that fact and it could be had; otherwise None."""
        if name not in self._nodes:
            return None
        try:
            return getattr(self.fact(name), attribute)
        except Exception:  # noqa: BLE001 - the checks that asked for it have said so
            return None

    def _start_fact(self, name: str) -> None:
        if name in self._given or name in self._nodes:
            return
        provider = self._providers[name]
        parameters = tuple(inspect.signature(provider).parameters)
        for parameter in parameters:
            self._start_fact(parameter)
        limit = getattr(provider, "limit", self._limit)
        self._nodes[name] = _Node(name, lambda: {each: self.fact(each) for each in parameters}, provider, limit)

    def _start_check(self, identity: str) -> None:
        if identity in self._nodes:
            return
        row = self._checks[identity]
        for name in row.facts:
            self._start_fact(name)
        for needed in row.needs:
            self._start_check(needed)
        self._nodes[identity] = _Node(identity, lambda: self._gather(row), row.rule, self._limit)

    def _gather(self, row: Check) -> dict[str, Any]:
        for needed in row.needs:
            finding = self._finding(needed)
            if finding.status not in (Status.OK, Status.WARN):
                raise _Skipped(f"needs {needed}, which says {finding.status.look.word}")
        return {name: self.fact(name) for name in row.facts}

    def _finding(self, identity: str) -> Finding:
        row, node = self._checks[identity], self._nodes[identity]
        verdict = self._verdict(node)
        return Finding(
            id=row.id,
            title=row.title,
            status=verdict.status,
            detail=verdict.detail,
            evidence=verdict.evidence,
            fix=verdict.fix,
            where=verdict.where,
            seconds=node.seconds,
            link=row.link,
        )

    def _verdict(self, node: _Node) -> Verdict:
        try:
            verdict: Verdict = node.value()
        except _Skipped as reason:
            return skip(str(reason))
        except Undetermined as hung:
            return unknown(f"could not be determined: {hung}")
        except (Pyo3opsError, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - the crash of one check is a finding, not the end
            return _crash(error)
        return verdict


class _Node:
    """One computation in a thread of its own: gather the arguments, then compute."""

    def __init__(
        self, name: str, gather: Callable[[], dict[str, Any]], compute: Callable[..., Any], limit: float
    ) -> None:
        self._name = name
        self._limit = limit
        self._gather = gather
        self._compute = compute
        self._begun = threading.Event()
        self._started = 0.0
        self._done = threading.Event()
        self._value: Any = None
        self._error: BaseException | None = None
        #: Wall time of the computation alone.
        self.seconds = 0.0
        # A daemon: one that hangs must not keep the process from ending.
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        try:
            arguments = self._gather()
            self._started = time.perf_counter()
            self._begun.set()
            self._value = self._compute(**arguments)
            self.seconds = time.perf_counter() - self._started
        except BaseException as error:  # noqa: BLE001 - it is handed to whoever asks for the value
            self._error = error
        self._begun.set()
        self._done.set()

    def value(self) -> Any:  # noqa: ANN401 - see Engine.fact
        """What was computed; raises what the computation raised, or `Undetermined` once its time is over."""
        self._begun.wait()
        if not self._done.wait(max(0.0, self._started + self._limit - time.perf_counter())):
            raise Undetermined(f"{self._name} did not end within {self._limit:g} s")
        if self._error is not None:
            raise self._error
        return self._value


class _Skipped(Exception):  # noqa: N818 - a state as well
    """A check that was needed did not pass."""


def _crash(error: BaseException) -> Verdict:
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return Verdict(Status.CRASH, f"{type(error).__name__}: {error}", tuple("".join(lines).splitlines()))
