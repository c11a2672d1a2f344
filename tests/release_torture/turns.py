"""Two runs at once, turn by turn: who goes on at each boundary is drawn, so that a seed is the same every time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from random import Random

#: Seconds that nobody waits for a turn.
_TIMEOUT = 60.0


class Turns:
    """Whose turn it is of two; the other one waits within its boundary."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._turn = 0
        self._over = [False, False]
        self._changed = threading.Condition()
        self._failed: list[BaseException] = []

    def all(self, *runs: Callable[[], object]) -> None:
        """Come back when both are over; what one raises is raised."""
        threads = [threading.Thread(target=self._run, args=row, daemon=True) for row in enumerate(runs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_TIMEOUT)
        if self._failed:
            raise self._failed[0]
        assert not any(thread.is_alive() for thread in threads)

    def pass_on(self, who: int) -> None:
        """A boundary: perhaps it is the other one's turn now."""
        with self._changed:
            if not self._over[1 - who] and self._random.random() < 0.4:
                self._turn = 1 - who
                self._changed.notify_all()
            self._wait(who)

    def _run(self, who: int, run: Callable[[], object]) -> None:
        try:
            with self._changed:
                self._wait(who)
            run()
        except BaseException as error:  # noqa: BLE001 - raised again where somebody sees it
            self._failed.append(error)
        finally:
            with self._changed:
                self._over[who] = True
                self._turn = 1 - who
                self._changed.notify_all()

    def _wait(self, who: int) -> None:
        assert self._changed.wait_for(lambda: self._turn == who or self._over[1 - who], _TIMEOUT)
