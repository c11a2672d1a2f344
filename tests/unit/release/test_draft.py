from __future__ import annotations

import pytest

from pyo3ops.release.draft import Commit, draft, parse_log


def commits(*subjects: str) -> list[Commit]:
    """Newest first, as git has them."""
    return [Commit(f"{number:x}" * 40, subject) for number, subject in enumerate(subjects)][::-1]


def test_conventional_commits_come_in_groups() -> None:
    found = draft(
        commits(
            "feat(parser): read dates (#12)",
            "fix: no crash",
            "chore: tidy up",
            "docs: say more",
            "refactor!: drop the old names",
            "feat: another",
            "Speak louder",
        )
    )
    assert found == (
        "### Added\n\n- Parser: read dates (#12)\n- Another\n\n"
        "### Changed\n\n- **Breaking:** Drop the old names\n- Speak louder\n\n"
        "### Fixed\n\n- No crash"
    )


def test_other_commits_are_a_list() -> None:
    assert draft(commits("fix: no crash", "Read dates", "Write dates")) == "- fix: no crash".replace("f", "F", 1) + (
        "\n- Read dates\n- Write dates"
    )


def test_breaking_in_the_body() -> None:
    one = Commit("1" * 40, "fix: names", "BREAKING CHANGE: they are longer")
    assert draft([one]) == "### Fixed\n\n- **Breaking:** Names"


def test_what_no_reader_wants() -> None:
    noise = ("Merge branch 'main'", "Release 1.2.0", "1.2.0", "v1.2.0", "Bump version to 1.2.0", "fixup! Read", "WIP")
    assert draft(commits(*noise, "Release the lock", "Merge rows of one key")) == (
        "- Release the lock\n- Merge rows of one key"
    )


def test_nothing_stands_there_twice() -> None:
    rows = commits("Read dates (#12)", "Read dates.", "read  dates", "Write dates (#13)", "Sing")
    known = "### Added\n\n- Times, too ([#13](https://example.org/13))\n- sing.\n"
    assert draft(rows, known) == "- Read dates (#12)"
    assert draft(rows, known + draft(rows, known)) == ""


def test_what_was_taken_back_is_neither() -> None:
    one, two, three = commits("Keep", "Sing", "Dance")[::-1]
    by_id = Commit("a" * 40, "Oops", f"This reverts commit {two.id[:12]}.")
    by_name = Commit("b" * 40, 'Revert "Dance"')
    assert draft([by_name, by_id, three, two, one]) == "- Keep"
    # What was released before it was reverted is news.
    assert draft([Commit("c" * 40, 'Revert "Old"')]) == '- Revert "Old"'


@pytest.mark.parametrize(
    ("subject", "entry"),
    [
        ("Take Vec<u8> and `Vec<u8>`", r"- Take Vec\<u8> and `Vec<u8>`"),
        ("Say \x1b[31mred\x07", "- Say  [31mred"),
        ("\u202eevil", "- Evil"),
    ],
)
def test_text_from_outside(subject: str, entry: str) -> None:
    assert draft(commits(subject)) == entry


def test_parse_log() -> None:
    text = "a\x1fone\x1fbody\nmore\n\x1e\nb\x1ftwo\x1f\x1e\nbroken\x1e\n"
    assert parse_log(text) == (Commit("a", "one", "body\nmore"), Commit("b", "two"))
    assert parse_log("") == ()
