from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from mutex import Lock

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_shared_by_many_and_owned_by_one(tmp_path: Path) -> None:
    first, second, third = (Lock(tmp_path / "lock", pytest.fail) for _ in range(3))
    first.share()
    second.share()
    assert not third.try_own()
    first.close()
    assert not third.try_own()
    second.close()
    assert third.try_own()
    third.close()


def test_who_has_to_wait_says_so(tmp_path: Path) -> None:
    owner = Lock(tmp_path / "lock", pytest.fail)
    owner.own()
    said: list[str] = []
    waiting = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        waiting.set()

    visitor = Lock(tmp_path / "lock", say)
    thread = threading.Thread(target=visitor.share)
    thread.start()
    assert waiting.wait(10)
    assert thread.is_alive()
    owner.close()
    thread.join(10)
    assert not thread.is_alive()
    assert said == ["bootstrap: another bootstrap is making this environment; waiting for it ..."]
    visitor.close()
