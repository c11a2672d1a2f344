from __future__ import annotations

import pytest
import start
from start import Request, parse


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("-s tests", Request(usage=False, system=False, dry_run=False, nox=("-s", "tests"))),
        ("--system -s tests", Request(usage=False, system=True, dry_run=False, nox=("-s", "tests"))),
        ("-s tests --system", Request(usage=False, system=True, dry_run=False, nox=("-s", "tests"))),
        ("--system --dry-run", Request(usage=False, system=True, dry_run=True, nox=())),
        ("--nox-help", Request(usage=False, system=False, dry_run=False, nox=("--help",))),
        ("--help", Request(usage=True, system=False, dry_run=False, nox=("--help",))),
        ("", Request(usage=True, system=False, dry_run=False, nox=())),
    ],
)
def test_own_options_are_taken_out_and_the_rest_is_noxs(line: str, expected: Request) -> None:
    assert parse(line.split()) == expected


def test_what_follows_the_dashes_belongs_to_the_session() -> None:
    request = parse(["-s", "validate", "--", "--help", "--system", "--", "--dry-run"])
    assert not request.usage
    assert not request.system
    assert request.nox == ("-s", "validate", "--", "--help", "--system", "--", "--dry-run")


def test_dry_run_alone_is_not_swallowed() -> None:
    assert parse(["--dry-run", "-s", "tests"]).nox == ("--dry-run", "-s", "tests")


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-s", "tests", "-h"]])
def test_help_names_both_commands_and_goes_to_stdout(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert start.main(arguments) == 0
    out, err = capsys.readouterr()
    assert "python3 ci/bootstrap.py -s validate examples-3.11" in out
    assert "python3 ci/bootstrap.py -s tests" in out
    assert not err


def test_help_names_every_own_option() -> None:
    assert [option for option in ("--system", "--dry-run", "--nox-help", "--help") if option not in start.USAGE] == []
