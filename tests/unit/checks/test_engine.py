from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Callable, NoReturn

import pytest

from pyo3ops.checks.engine import Engine
from pyo3ops.checks.registry import Check
from pyo3ops.checks.verdict import Verdict, fail, ok, skip, unknown, warn
from pyo3ops.core.errors import ConfigError, Pyo3opsError
from pyo3ops.core.model import Finding, Fix, Location, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Providers = Mapping[str, Callable[..., object]]

#: Seconds for what does not hang, however busy the machine, and for what does.
LIMIT = 30.0
SHORT = 0.2
FIX = Fix("mend it")


def check(identity: str, rule: Callable[..., Verdict], *facts: str, needs: tuple[str, ...] = ()) -> Check:
    return Check(identity, f"title of {identity}", "why", rule, facts, needs, "https://link.example")


def run(*checks: Check, providers: Providers | None = None, limit: float = LIMIT, **given: object) -> list[Finding]:
    """The findings without their seconds."""
    engine = Engine(checks, providers or {}, given, limit=limit)
    return [replace(each, seconds=0.0) for each in engine.run(each.id for each in checks)]


def finding(identity: str, verdict: Verdict) -> Finding:
    return Finding(
        identity,
        f"title of {identity}",
        verdict.status,
        verdict.detail,
        verdict.evidence,
        verdict.fix,
        verdict.where,
        link="https://link.example",
    )


@pytest.fixture
def hang() -> Iterator[Callable[[], NoReturn]]:
    """A function that does not return while a test runs."""
    over = threading.Event()

    def wait() -> NoReturn:
        over.wait()
        raise AssertionError("nobody waits any more")

    yield wait
    over.set()


@pytest.mark.parametrize(
    "verdict",
    [
        ok("fine", ["evidence"]),
        skip("nothing to judge"),
        unknown("no answer", FIX),
        warn("old", FIX, ["evidence"], Location("a", 1)),
        fail("gone", FIX, ["evidence"], Location("a", 1)),
    ],
    ids=lambda verdict: verdict.status.value,
)
def test_a_verdict_becomes_a_finding(verdict: Verdict) -> None:
    assert run(check("a.b", lambda: verdict)) == [finding("a.b", verdict)]


def test_findings_come_in_the_order_asked_for() -> None:
    checks = [check(f"a.{number}", lambda: ok("fine")) for number in range(20)]
    assert [each.id for each in run(*reversed(checks))] == [f"a.{number}" for number in reversed(range(20))]


def test_only_what_was_asked_for_is_found_and_run() -> None:
    ran = []

    def rule() -> Verdict:
        ran.append("rule")
        return ok("fine")

    engine = Engine([check("a.a", rule), check("a.b", lambda: ok("fine"))], {}, {}, limit=LIMIT)
    assert [each.id for each in engine.run(["a.b"])] == ["a.b"]
    assert ran == []


def test_nothing_was_asked_for() -> None:
    assert run() == []


def test_rules_get_facts_by_name() -> None:
    providers: Providers = {"total": lambda first, second: f"{first}+{second}", "second": lambda: 2}
    rule = check("a.b", lambda total, first: ok(f"{total} of {first}"), "total", "first")
    assert run(rule, providers=providers, first=1) == [finding("a.b", ok("1+2 of 1"))]


def test_each_fact_is_computed_once() -> None:
    computed = []

    def fact() -> int:
        computed.append("fact")
        time.sleep(0.02)
        return 1

    providers: Providers = {"fact": fact, "double": lambda fact: fact * 2}
    checks = [
        check(f"a.{number}", lambda fact, double: ok(f"{fact} {double}"), "fact", "double") for number in range(8)
    ]
    assert {each.detail for each in run(*checks, providers=providers)} == {"1 2"}
    assert computed == ["fact"]


def test_a_fact_that_nobody_asks_for_is_not_computed() -> None:
    computed = []
    providers: Providers = {"asked": lambda: computed.append("asked"), "idle": lambda: computed.append("idle")}
    run(check("a.b", lambda asked: ok(f"{asked}"), "asked"), providers=providers)
    assert computed == ["asked"]


def test_facts_are_learned_side_by_side() -> None:
    # Each waits for the other: one after the other, neither would end.
    barrier = threading.Barrier(2, timeout=LIMIT / 2)

    def meet() -> int:
        return barrier.wait()

    checks = [check("a.a", lambda one: ok(f"{one}"), "one"), check("a.b", lambda two: ok(f"{two}"), "two")]
    findings = run(*checks, providers={"one": meet, "two": meet})
    assert {each.detail for each in findings} == {"0", "1"}


def test_a_given_fact_wins_over_a_provider() -> None:
    findings = run(
        check("a.b", lambda fact: ok(f"{fact}"), "fact"), providers={"fact": lambda: "provided"}, fact="given"
    )
    assert findings == [finding("a.b", ok("given"))]


def test_seconds_are_the_rule_s_own() -> None:
    def slow() -> int:
        time.sleep(0.4)
        return 1

    def rule(slow: int) -> Verdict:
        time.sleep(0.02)
        return ok(f"{slow}")

    (found,) = Engine([check("a.b", rule, "slow")], {"slow": slow}, {}, limit=LIMIT).run(["a.b"])
    assert 0.02 <= found.seconds < 0.4


def test_a_rule_that_raises_is_a_crash_with_its_traceback() -> None:
    def rule() -> Verdict:
        raise ZeroDivisionError("divided")

    (found,) = run(check("a.b", rule))
    assert found == finding("a.b", Verdict(Status.CRASH, "ZeroDivisionError: divided", found.evidence))
    assert found.evidence[0] == "Traceback (most recent call last):"
    assert '    raise ZeroDivisionError("divided")' in found.evidence
    assert found.evidence[-1] == "ZeroDivisionError: divided"


def test_a_rule_that_exits_is_a_crash() -> None:
    def rule() -> NoReturn:
        sys.exit(0)

    (found,) = run(check("a.b", rule))
    assert (found.status, found.detail) == (Status.CRASH, "SystemExit: 0")


def test_a_fact_that_raises_crashes_what_asked_for_it_alone() -> None:
    def fact() -> int:
        raise ValueError("no fact")

    checks = [check("a.a", lambda fact: ok(f"{fact}"), "fact"), check("a.b", lambda: ok("fine"))]
    crashed, fine = run(*checks, providers={"fact": fact})
    assert (crashed.status, crashed.detail) == (Status.CRASH, "ValueError: no fact")
    assert fine == finding("a.b", ok("fine"))


def test_a_crash_does_not_stop_the_others() -> None:
    def rule() -> Verdict:
        raise KeyError("x")

    findings = run(check("a.a", rule), check("a.b", lambda: ok("fine")))
    assert [each.status for each in findings] == [Status.CRASH, Status.OK]


def test_a_rule_that_hangs_is_unknown(hang: Callable[[], NoReturn]) -> None:
    started = time.monotonic()
    findings = run(check("a.a", hang), check("a.b", lambda: ok("fine")), limit=SHORT)
    assert findings == [
        finding("a.a", unknown("could not be determined: a.a did not end within 0.2 s")),
        finding("a.b", ok("fine")),
    ]
    assert time.monotonic() - started < 10


def test_a_fact_that_hangs_makes_unknown_what_asked_for_it(hang: Callable[[], NoReturn]) -> None:
    checks = [
        check("a.a", lambda fact: ok(f"{fact}"), "fact"),
        check("a.b", lambda derived: ok(f"{derived}"), "derived"),
    ]
    providers: Providers = {"fact": hang, "derived": lambda fact: fact}
    verdict = unknown("could not be determined: fact did not end within 0.2 s")
    assert run(*checks, providers=providers, limit=SHORT) == [finding("a.a", verdict), finding("a.b", verdict)]


def test_what_hangs_is_waited_for_once(hang: Callable[[], NoReturn]) -> None:
    engine = Engine([check("a.a", lambda fact: ok(f"{fact}"), "fact")], {"fact": hang}, {}, limit=1.0)
    engine.run(["a.a"])
    started = time.monotonic()
    assert [engine.known("fact", "name") for _ in range(5)] == [None] * 5
    assert time.monotonic() - started < 1.0


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (fail("gone", FIX), "needs a.a, which says fail"),
        (unknown("no answer"), "needs a.a, which says unknown"),
        (skip("nothing there"), "needs a.a, which says skip"),
    ],
)
def test_what_needs_a_check_that_did_not_pass_is_skipped(verdict: Verdict, reason: str) -> None:
    ran = []

    def rule() -> Verdict:
        ran.append("rule")
        return ok("fine")

    checks = [check("a.a", lambda: verdict), check("a.b", rule, needs=("a.a",)), check("a.c", rule, needs=("a.b",))]
    assert run(*checks) == [
        finding("a.a", verdict),
        finding("a.b", skip(reason)),
        finding("a.c", skip("needs a.b, which says skip")),
    ]
    assert ran == []


def test_what_needs_a_check_that_crashed_is_skipped() -> None:
    def rule() -> Verdict:
        raise KeyError("x")

    _, found = run(check("a.a", rule), check("a.b", lambda: ok("fine"), needs=("a.a",)))
    assert found == finding("a.b", skip("needs a.a, which says crash"))


@pytest.mark.parametrize("verdict", [ok("fine"), warn("old", FIX)])
def test_what_needs_a_check_that_passed_runs(verdict: Verdict) -> None:
    _, found = run(check("a.a", lambda: verdict), check("a.b", lambda: ok("fine"), needs=("a.a",)))
    assert found == finding("a.b", ok("fine"))


def test_what_is_needed_runs_though_nobody_asked_for_it() -> None:
    checks = [check("a.a", lambda: fail("gone", FIX)), check("a.b", lambda: ok("fine"), needs=("a.a",))]
    (found,) = Engine(checks, {}, {}, limit=LIMIT).run(["a.b"])
    assert (found.id, found.detail) == ("a.b", "needs a.a, which says fail")


def test_a_crashed_fact_of_a_skipped_check_is_no_crash() -> None:
    def fact() -> int:
        raise ValueError("no fact")

    checks = [
        check("a.a", lambda: fail("gone", FIX)),
        check("a.b", lambda fact: ok(f"{fact}"), "fact", needs=("a.a",)),
    ]
    assert run(*checks, providers={"fact": fact})[1] == finding("a.b", skip("needs a.a, which says fail"))


@pytest.mark.parametrize("error", [ConfigError("not TOML", cause="a typo"), Pyo3opsError("ended")])
@pytest.mark.parametrize("place", ["fact", "rule"])
def test_an_expected_ending_passes_through(error: Pyo3opsError, place: str) -> None:
    def raises() -> NoReturn:
        raise error

    rule = check("a.b", raises) if place == "rule" else check("a.b", lambda fact: ok(f"{fact}"), "fact")
    with pytest.raises(type(error)) as caught:
        run(rule, providers={"fact": raises})
    assert caught.value is error


def test_the_interruption_of_the_one_who_waits_is_no_crash(hang: Callable[[], NoReturn]) -> None:
    def interrupt() -> Verdict:
        _thread.interrupt_main()
        hang()

    # A test run in the background of a shell ignores ^C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            Engine([check("a.b", interrupt)], {}, {}, limit=LIMIT).run(["a.b"])
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_the_caller_has_to_do_is_done_while_facts_are_learned() -> None:
    done = threading.Event()
    engine = Engine(
        [check("a.b", lambda fact: ok(f"{fact}"), "fact")], {"fact": lambda: done.wait(LIMIT)}, {}, limit=LIMIT
    )
    assert engine.run(["a.b"], meanwhile=done.set)[0].detail == "True"


def test_facts_of_a_run_can_be_read() -> None:
    providers: Providers = {"one": lambda: 1 + 0j, "two": lambda one: one + 1, "idle": lambda: 3 + 0j}
    engine = Engine([check("a.b", lambda one: ok(f"{one}"), "one")], providers, {"given": 9}, limit=LIMIT)
    engine.run(["a.b"], also=["two"])
    assert [engine.fact(name) for name in ("one", "two", "given")] == [1, 2, 9]
    assert (engine.known("two", "real"), engine.known("idle", "real")) == (2.0, None)


def test_a_fact_that_could_not_be_had_is_not_known() -> None:
    def fact() -> int:
        raise ValueError("no fact")

    engine = Engine([check("a.b", lambda fact: ok(f"{fact}"), "fact")], {"fact": fact}, {}, limit=LIMIT)
    engine.run(["a.b"])
    assert engine.known("fact", "real") is None
    with pytest.raises(ValueError, match="no fact"):
        engine.fact("fact")
