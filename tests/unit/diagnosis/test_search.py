from __future__ import annotations

import io
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pyo3ops.core.toml import load
from pyo3ops.diagnosis import log
from pyo3ops.diagnosis.causes import causes
from pyo3ops.diagnosis.search import BATCH, SUSPECTS, diagnose

if TYPE_CHECKING:
    from pyo3ops.diagnosis.search import Diagnosis

DATA = Path(__file__).parents[2] / "data" / "why"
#: The part of messages never looked at while patterns were written that has to be recognised.
WANTED = 0.8


def messages(folder: str) -> list[dict[str, Any]]:
    return [row for file in sorted((DATA / folder).glob("*.toml")) for row in load(file)["message"]]


SEEN = messages("seen")


def diagnosis(text: str) -> Diagnosis:
    return diagnose(log.lines(io.BytesIO(text.encode())), causes())


def ids(text: str) -> list[str]:
    return [match.cause.id for match in diagnosis(text).matches]


@pytest.mark.parametrize("row", SEEN, ids=lambda row: row["expect"])
def test_a_message_that_was_seen(row: dict[str, Any]) -> None:
    assert ids(row["text"])[:1] == [row["expect"]]


def test_every_row_was_seen() -> None:
    assert {row["expect"] for row in SEEN} == {cause.id for cause in causes()}
    assert all(row["source"] == "ci/recorders/why.py" or row["source"].startswith("https://") for row in SEEN)


def dressed(text: str) -> list[str]:
    lines = text.strip("\n").split("\n")
    return [
        "\r\n".join(f"\x1b[1m{line}\x1b[0m" for line in lines),
        "\n".join(f"2025-04-15T19:10:51.1291963Z {line}" for line in lines),
        "\n".join(f"#12 34.56 {line}" for line in lines),
        "\n".join(f"      \u2502   {line}" for line in lines),
    ]


@pytest.mark.parametrize("row", SEEN, ids=lambda row: row["expect"])
def test_a_message_in_any_dress(row: dict[str, Any]) -> None:
    assert [ids(text)[:1] for text in dressed(row["text"])] == [[row["expect"]]] * 4


@pytest.mark.parametrize("file", sorted((DATA / "healthy").glob("*.txt")), ids=lambda file: file.stem)
def test_a_healthy_log_has_no_diagnosis(file: Path) -> None:
    found = diagnosis(file.read_text(encoding="utf-8"))
    assert found.lines > 10
    assert [(match.cause.id, match.evidence) for match in found.matches] == []


def test_messages_held_back() -> None:
    rows = messages("held_back")
    if not rows:
        pytest.skip("no messages are held back here")
    found = [(row, ids(row["text"])) for row in rows]
    missed = [(row, got) for row, got in found if not got or not _is(got[0], row["expect"])]
    for row, got in missed:
        print(f"expected {row['expect']}, got {', '.join(got) or 'nothing'}: {row['source']}")  # noqa: T201 - the figure
    part = 1 - len(missed) / len(rows)
    print(f"{len(rows) - len(missed)} of {len(rows)} messages held back are recognised: {part:.0%}")  # noqa: T201
    assert part >= WANTED


def _is(identity: str, expected: str) -> bool:
    return identity == expected or identity.startswith(f"{expected}.")


MSRV = "error: package `a v1` cannot be built because it requires rustc 1.85 or newer"
LINKER = "error: linker `cc` not found"


def test_root_causes_come_in_the_order_of_the_log() -> None:
    assert ids(f"{LINKER}\nerror: could not compile\n{MSRV}\n") == ["link.no-linker", "cargo.msrv"]


def test_a_consequence_only_where_nothing_else_is_known() -> None:
    failed = "error: failed to run custom build command for `a v1`"
    assert ids(failed) == ["cargo.build-script"]
    assert ids(f"{failed}\n{LINKER}") == ["link.no-linker"]


def test_what_is_explained_is_left_out() -> None:
    refused = "Could not find a version that satisfies the requirement a"
    assert ids(refused) == ["pip.no-version"]
    assert ids(f"SSL: CERTIFICATE_VERIFY_FAILED\n{refused}") == ["system.certificate"]


def test_a_general_message_beside_a_cause_in_its_lines() -> None:
    assert ids("error[E0277]: `A` cannot be used as a Python function argument") == ["pyo3.argument"]


def test_the_place_and_the_count() -> None:
    found = diagnosis("\n" * 6 + f"{LINKER}\n" * 3)
    (match,) = found.matches
    assert (match.first, match.last, match.count, match.groups["linker"]) == (7, 7, 3, "cc")
    assert match.evidence == (LINKER,)


@pytest.mark.parametrize("before", [0, BATCH - 2, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH - 1])
def test_a_message_over_two_batches(before: int) -> None:
    found = diagnosis("fine\n" * before + "error: linker\n`cc`\nnot found\n" + "fine\n" * 40)
    assert [(match.cause.id, match.first, match.last, match.count) for match in found.matches] == [
        ("link.no-linker", before + 1, before + 3, 1)
    ]


def test_suspects() -> None:
    found = diagnosis("Compiling thiserror v1\nall well\nmake: *** [all] Error 2\ntest a::error ... ok\n")
    assert (found.matches, found.suspects) == ((), ((3, "make: *** [all] Error 2"),))


def test_a_table_of_results_is_no_suspect() -> None:
    assert diagnosis("| example | passed | failed |\n| hello | 16 | 0 |\n").suspects == ()


def test_suspects_are_few() -> None:
    assert len(diagnosis("an error\n" * 1000).suspects) == SUSPECTS


def test_letters_that_grow_when_they_are_small() -> None:
    assert ids("\u0130\u0130\u0130\n" * 900 + LINKER) == ["link.no-linker"]


def test_a_long_log_in_time() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in sorted((DATA / "healthy").glob("*.txt")))
    started = time.process_time()
    assert ids(text * (2**20 // len(text) + 1) + LINKER) == ["link.no-linker"]
    assert time.process_time() - started < 8


def test_noise_of_messages() -> None:
    """Parts of messages, cut and put together anew, neither crash the search nor hold it up."""
    rng = random.Random(7)  # noqa: S311 - the same noise each time
    pieces = [line for row in SEEN for line in row["text"].split("\n")]
    started = time.process_time()
    for _ in range(20):
        parts = [piece[rng.randrange(len(piece) + 1) :] for piece in rng.choices(pieces, k=300)]
        found = diagnosis("".join(part + rng.choice(("\n", "\r", " ", "\x1b[", "\x00", "\ud7ff")) for part in parts))
        assert found.lines > 0
    assert time.process_time() - started < 30
