from __future__ import annotations

import pytest

from pyo3ops.debug.crash import crashes, ipython_log, owned

PANIC = "thread '<unnamed>' (7) panicked at src/book.rs:31:9:\nno such account\n"
RULE = "-" * 75 + "\n"
NEW = """\
PanicException                            Traceback (most recent call last)
Cell In[4], line 3
      1 import ledger
      2 book = ledger.Book()
----> 3 settle(book)

Cell In[2], line 2, in settle(book)
      1 def settle(book):
----> 2     book.close(2026)

File ~/work/site/ledger/api.py:12, in Book.close(self, year)
     10 def close(self, year):
     11
---> 12     return self._inner.close(year)

PanicException: no such account
"""
OLD = """\
PanicException                            Traceback (most recent call last)
<ipython-input-4-0a1b2c3d> in <module>
      1 book = ledger.Book()
----> 2 settle(book)

/srv/site/ledger/api.py in close(self, year)
     11
---> 12     return self._inner.close(year)

PanicException: no such account
"""


def own(text: str) -> list[str]:
    (crash,) = crashes.of(text).crashes
    return [owned.bare_name(frame.function) for frame in owned.own(crash.story.frames)]


def test_a_notebooks_traceback_is_joined_to_its_panic() -> None:
    (crash,) = crashes.of(PANIC + RULE + NEW).crashes
    assert crash.story.type == "PanicException"
    assert crash.story.place == "src/book.rs:31"
    assert own(PANIC + RULE + NEW) == ["close", "settle", "<module>"]
    frames = [(frame.file, frame.line) for frame in crash.story.frames if frame.function]
    assert frames == [("~/work/site/ledger/api.py", 12), ("Cell In[2]", 2), ("Cell In[4]", 3)]


def test_an_older_one_without_its_head_is_read_as_well() -> None:
    assert own(OLD) == ["close", "<module>"]
    assert own(OLD.partition("\n")[2]) == ["close", "<module>"]


def test_a_cells_number_does_not_count_for_the_name() -> None:
    names = {crashes.of(PANIC + NEW.replace("In[4]", number)).crashes[0].signature.id for number in ("In[4]", "In[17]")}
    assert len(names) == 1


def test_links_of_an_editor_are_text_again() -> None:
    line = "thread 'main' panicked at 'no', src[/lib.rs:210:37](https://file+.vscode-resource.vscode-cdn.net/lib.rs:210:37)"
    assert ipython_log.without_links(line) == "thread 'main' panicked at 'no', src/lib.rs:210:37"
    assert ipython_log.without_links("see [the guide](https://pyo3.rs)") == "see [the guide](https://pyo3.rs)"


@pytest.mark.parametrize(
    "text",
    [
        "PanicException      Traceback (most recent call last)\nno calls\n",
        "---> 3 an arrow alone\n",
        "File a.py:3, in f(x)\nall is well\n",
        "----> 1 " * 2000,
        ("PanicException  Traceback (most recent call last)\n" * 400),
    ],
)
def test_what_is_none_is_none(text: str) -> None:
    assert ipython_log.tracebacks(text.split("\n")) == {}
