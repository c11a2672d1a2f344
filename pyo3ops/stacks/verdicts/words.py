"""What all verdicts say in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyo3ops.stacks.verdicts.model import Lock
from pyo3ops.stacks.verdicts.waiting import For

if TYPE_CHECKING:
    from pyo3ops.stacks.verdicts.guards import Taken
    from pyo3ops.stacks.verdicts.scene import Scene
    from pyo3ops.stacks.verdicts.standing import Standing


def lock(word: str, taken: Taken | None) -> str:
    """The lock in a sentence: "the Mutex LOCK", "a Mutex"."""
    if taken is not None:
        return f"the {word} {taken.name}"
    if word.startswith(("the ", "a ", "all ", "work ", "time ")):
        return word
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def stays(scene: Scene) -> str:
    """What a thread does that has the interpreter: without the lock any number of them are attached."""
    return "is attached" if scene.free_threaded else "keeps the interpreter"


def wanted(scene: Scene, each: Standing) -> str:
    """What a thread waits for that wants the interpreter: without the lock to attach, or that all others stop."""
    if not scene.free_threaded:
        return "the interpreter"
    return each.word if each.word.startswith("all ") else "leave to attach"


def of(waiting: Standing, taken: Taken | None = None) -> Lock:
    """What a thread waits for, with the place where it does."""
    user = waiting.user
    return Lock(
        waiting.word,
        waiting.function,
        user.file if user else None,
        user.line if user else None,
        waiting.stack.waits_at,
        taken.name if taken else None,
    )


def evidence(scene: Scene, *threads: Standing, lock: Taken | None = None, definite: bool = False) -> tuple[str, ...]:
    """One line for each thread, and what makes the verdict as sure as it is."""
    lines = [_stands(scene, each) for each in threads]
    if scene.looks > 1:
        lines.append(f"the same in {scene.looks} looks")
    else:
        lines.append("seen in one look alone: whether it moves on nobody can tell")
    if lock is not None:
        lines.extend(_shown(scene, each, lock) for each in threads if scene.has(each, lock))
    if definite:
        lines.append("every thread that could end the wait waits itself")
    return tuple(lines)


def _stands(scene: Scene, each: Standing) -> str:
    frame = each.frames[each.at] if each.at >= 0 else None
    inside = f" in {frame.function.partition('<')[0]}" if frame is not None else ""
    address = each.stack.waits_at
    at = f" at 0x{address:x}" if address and each.wait in {For.LOCK, For.ONCE, For.PYTHON_LOCK, For.JOIN} else ""
    what = wanted(scene, each) if each.wait is For.INTERPRETER else each.word
    return f"{scene.called(each)}: {each.place} waits for {what}{inside}{at}"


def _shown(scene: Scene, each: Standing, lock: Taken) -> str:
    taken = next(one for one in scene.may_have(each, lock) if one.is_sure(lock))
    return f"{scene.called(each)} took {taken.name} in line {taken.line}"
