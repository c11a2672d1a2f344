"""A thread keeps the interpreter and waits for what is no lock: a thread's end, a channel, the world outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator, Sequence

from pyo3ops.stacks.model import Language
from pyo3ops.stacks.verdicts import cures, words
from pyo3ops.stacks.verdicts.model import Certainty, Kind, Verdict, Wait
from pyo3ops.stacks.verdicts.waiting import For

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.scene import Scene
    from pyo3ops.stacks.verdicts.standing import Standing

_WAITS = frozenset({For.JOIN, For.SIGNAL, For.POOL, For.OUTSIDE})
#: Threads that are named; the others are counted.
_MOST = 4


def judged(scene: Scene) -> Iterator[Verdict]:
    """One verdict for each attached thread that sleeps in native code while others want the interpreter."""
    for keeper in scene.attached:
        user = keeper.user
        if keeper.steady and keeper.wait in _WAITS and user is not None and user.language is not Language.PYTHON:
            wanting = [each for each in scene.waiting_to_attach if each is not keeper]
            stuck = keeper in scene.stuck
            # Alone, it keeps the interpreter from nobody.
            if wanting or stuck:
                yield _verdict(scene, keeper, wanting, definite=bool(wanting) and stuck and scene.complete)


def _verdict(scene: Scene, keeper: Standing, wanting: Sequence[Standing], *, definite: bool) -> Verdict:
    # Those first that have something to do with Rust: one of them is what is waited for.
    named = sorted(wanting, key=lambda each: not each.native)[:_MOST]
    one, what = scene.called(keeper), words.lock(keeper.word, None)
    stays = words.stays(scene)
    detail = f"{keeper.place} {stays} and waits for {what}"
    if named:
        detail = f"{detail}; {_meanwhile(scene, named, len(wanting))} meanwhile"
    return Verdict(
        Kind.ATTACHED_BLOCKING,
        Certainty.DEFINITE if definite else Certainty.PROBABLE,
        f"{one} {stays} while it waits for {what}",
        detail,
        (keeper.stack.thread, *(each.stack.thread for each in named)),
        tuple(_cycle(keeper, named, what)),
        words.of(keeper),
        cures.of_blocking(keeper, scene.pyo3),
        (
            *words.evidence(scene, keeper, *named, definite=definite),
            f"threads that wait for {'it to detach' if scene.free_threaded else 'the interpreter'}: {len(wanting)}",
        ),
    )


def _meanwhile(scene: Scene, named: Sequence[Standing], count: int) -> str:
    if scene.free_threaded:
        wants = {each.place: words.wanted(scene, each) for each in named}
        return ", ".join(f"{_counted(place, named)} waits for {what}" for place, what in wants.items())
    places = ", ".join(_counted(place, named) for place in dict.fromkeys(each.place for each in named))
    return f"{places} {'waits' if count == 1 else 'wait'} for the interpreter"


def _counted(place: str, named: Sequence[Standing]) -> str:
    """A place, and how many threads are there."""
    many = sum(each.place == place for each in named)
    return f"{place} ({many} threads)" if many > 1 else place


def _cycle(keeper: Standing, named: Sequence[Standing], what: str) -> Iterator[Wait]:
    yield Wait(keeper.stack.thread, what)
    for each in named:
        yield Wait(each.stack.thread, each.word, keeper.stack.thread)
