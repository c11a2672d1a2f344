"""The pieces of one crash as a story: how it ended, what was said, where, and one stack of all that was printed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Sequence

from pyo3ops.debug.crash import ended, evidence, owned
from pyo3ops.debug.crash.group import HEADLESS
from pyo3ops.debug.crash.story import Kind, Panic, Resumed, Story
from pyo3ops.stacks.model import Confidence, Dump, Language, Process, Raised, Signal
from pyo3ops.stacks.readers.text import signal_of

if TYPE_CHECKING:
    from pyo3ops.debug.crash.cleaning import Cleaned
    from pyo3ops.debug.crash.group import Group
    from pyo3ops.stacks.model import Frame
    from pyo3ops.stacks.readers import Piece

#: Lines before and after the pieces that causes are looked for in, and characters of them.
_AROUND, _TEXT = 8, 60_000
#: A record of a logger, above a traceback: somebody caught what is below.
_RECORD = re.compile(
    r"(?:\[?\d{4}-\d\d-\d\d[T ].{0,60}|\[?\d\d:\d\d:\d\d.{0,60}|)"
    r"(?:\b(?:ERROR|CRITICAL|EXCEPTION|WARNING|FATAL)\b|\[(?:error|critical|exception)\])"
)
_IGNORED = re.compile(r"Exception ignored (?:in|while|on)\b|Task exception was never retrieved|Exception in callback")
#: What a traceback ends with that nobody caught on its way.
_ROOTS = frozenset(
    {
        "<module>",
        "_bootstrap",
        "_bootstrap_inner",
        "_run_code",
        "_run_module_as_main",
        "_main",
        "run",
        "run_until_complete",
    }
)
_VERSION = re.compile(
    r"[/\\](?:python|cpython-|Python)(?P<version>[23]\.\d{1,2})(?:t|\b)|\bPython (?P<said>3\.\d{1,2}(?:\.\d{1,2})?)\b"
)
_TRACEBACK = "Traceback (most recent call last)"
#: The end of the traceback of a panic, behind the bars of a group's.
_CARRIED = re.compile(r"[ |]{0,80}(?:[\w.]{1,200}\.)?PanicException(?:: |$)")
#: Lines that such a traceback is long at most, as it is shown.
_BOX = 4_000
_IMPORT = {"ImportError", "ModuleNotFoundError"}


def told(group: Group, cleaned: Cleaned) -> Story:
    """The story of a group."""
    root = evidence.root_of(group)
    kind, type_, message, signal = _ending(group, root, cleaned)
    text = _text(group, cleaned)
    stack = evidence.own_stack(group, root)
    dump = Dump(
        stacks=evidence.stacks_of(group, stack),
        process=_process(group, text),
        exception=evidence.exception_of(group, root),
        signal=signal,
        confidence=stack.confidence if stack else Confidence.ONE_SIDED,
        source="+".join(dict.fromkeys(piece.reader for piece in group.pieces)),
        modules=tuple(module for piece in group.pieces for module in piece.dump.modules),
        gaps=tuple(dict.fromkeys(gap for piece in group.pieces for gap in piece.dump.gaps)),
    )
    dump = owned.classified(dump)
    thread = root.thread.name or "" if root and root.thread else ""
    numbers = [number for piece in group.pieces for number in _numbers(piece, cleaned) if number]
    return Story(
        kind,
        type_,
        message,
        _cut_place(group, root, dump) or _place(root, dump, kind),
        thread,
        dump,
        _panics(group, cleaned),
        _resumed(group, cleaned),
        (min(numbers, default=0), max(numbers, default=0)),
        text,
        _is_logged(group, cleaned),
        1 + len(group.again),
    )


def _ending(group: Group, root: Raised | None, cleaned: Cleaned) -> tuple[Kind, str, str, Signal | None]:
    signal = next((piece.dump.signal for piece in group.pieces if piece.dump.signal), None)
    if signal is not None and not signal.number:
        signal = _said_beside(group, cleaned) or signal
    if root is not None:
        kind, type_ = _of_raised(group, root, signal)
        return kind, type_, root.message, signal
    fault = group.fault.dump.exception if group.fault else None
    if fault is not None and fault.type == "Timeout":
        return Kind.HANG, "Timeout", fault.message, None
    if fault is not None and signal is None:
        return Kind.FATAL, fault.message.partition(":")[0].strip(), fault.message, None
    if signal is None:
        return ended.by_its_stack(group.shown) or (Kind.HANG, "", "", None)
    said = _gave_up(group, cleaned) if signal.name == "SIGABRT" else ""
    words = fault.message if fault is not None and fault.message else ended.words_of(signal.name)
    return Kind.ABORT if said else Kind.SIGNAL, signal.name, said or words, signal


def _of_raised(group: Group, root: Raised, signal: Signal | None) -> tuple[Kind, str]:
    if root.type == "panic":
        return Kind.PANIC, evidence.carrier(group) or "panic"
    if root.type in ("abort", "stack overflow"):
        return Kind.ABORT if root.type == "abort" else Kind.SIGNAL, signal.name if signal else "SIGABRT"
    if root.type.endswith("PanicException"):
        return Kind.PANIC, root.type
    return Kind.IMPORT if root.type.rpartition(".")[2] in _IMPORT else Kind.EXCEPTION, root.type


def _said_beside(group: Group, cleaned: Cleaned) -> Signal | None:
    """The signal that a line before or behind tells of, where who wrote the stack did not."""
    first, last = group.pieces[0].first_line - 1, group.last
    around = (*cleaned.lines[max(0, first - _AROUND) : first], *cleaned.lines[last : last + _AROUND])
    told = next(filter(None, (ended.signal_in(line.text) for line in around)), None)
    return signal_of(told[0]) if told else None


def _gave_up(group: Group, cleaned: Cleaned) -> str:
    """What the C library said before it aborted."""
    first = group.pieces[0].first_line
    for line in reversed(cleaned.lines[max(0, first - 1 - _AROUND) : first + 1]):
        match = ended.GAVE_UP.search(line.text)
        if match:
            return match["said"].strip()
    return ""


def _place(root: Raised | None, dump: Dump, kind: Kind) -> str:
    """Where it went wrong: a panic says so itself, else the innermost call of the user's, else of anybody."""
    if root is not None and root.type == "panic":
        frame = next((each for each in root.frames if each.file and not each.glue), None)
        return f"{frame.file}:{frame.line}" if frame else ""
    frames: Sequence[Frame] = root.frames if root and root.frames else ()
    stack = next(
        (each.frames for each in dump.stacks if each.thread.current), dump.stacks[0].frames if dump.stacks else ()
    )
    found = [each for each in (*frames, *stack) if each.file and each.line]
    if kind is Kind.HANG and len(dump.stacks) > 1:
        return ""
    own = next((each for each in found if owned.is_own(each)), found[0] if found else None)
    return f"{own.file}:{own.line}" if own else ""


def _cut_place(group: Group, root: Raised | None, dump: Dump) -> str:
    """Where it panicked, where only the rest of a backtrace tells; "" where something else does."""
    if root is None or root.type == "panic" or not any(piece.reader == HEADLESS for piece in group.shown):
        return ""
    frames = [frame for stack in dump.stacks if stack.thread.current for frame in stack.frames]
    frame = next((each for each in frames if each.language is Language.RUST and owned.is_own(each)), None)
    return f"{frame.file}:{frame.line}" if frame and frame.file and frame.line else ""


def _panics(group: Group, cleaned: Cleaned) -> tuple[Panic, ...]:
    lines = [cleaned.number(piece.first_line) for piece in group.panics]
    joined = next(iter((*group.resumed, *((group.traceback,) if group.traceback else ()))), None)
    thrown = evidence.thrown(group)
    found = []
    for index, piece in enumerate(group.panics):
        raised = piece.dump.exception
        if raised is None or raised.type != "panic":
            continue
        frame = next((each for each in raised.frames if each.file and not each.glue), None)
        carried = joined is not None and raised is thrown
        found.append(
            Panic(
                raised.message,
                f"{frame.file}:{frame.line}" if frame else "",
                raised.thread.name or "" if raised.thread else "",
                lines[index],
                _head(joined, cleaned) if carried and joined else 0,
                lines[group.repeats[index]] if index in group.repeats else 0,
            )
        )
    return tuple(found)


def _resumed(group: Group, cleaned: Cleaned) -> tuple[Resumed, ...]:
    thrown = evidence.thrown(group)
    panic = next((piece for piece in group.panics if piece.dump.exception is thrown), None)
    line = cleaned.number(panic.first_line) if panic else 0
    return tuple(Resumed(_mark(piece, cleaned), _head(piece, cleaned), line) for piece in group.resumed)


def _mark(piece: Piece, cleaned: Cleaned) -> int:
    """The line where PyO3 says that it resumes: the piece's first, or one before that."""
    for at in range(piece.first_line, max(0, piece.first_line - 60), -1):
        if cleaned.lines[at - 1].text.startswith("--- PyO3 is resuming"):
            return cleaned.number(at)
    return cleaned.number(piece.first_line)


def _head(piece: Piece, cleaned: Cleaned) -> int:
    """The line with "Traceback"; 0 where the program wrote none."""
    found = 0
    for at in range(piece.first_line, piece.last_line + 1):
        text = cleaned.lines[at - 1].text
        if _TRACEBACK in text:
            found = at
        elif found and _CARRIED.match(text):
            break
    else:
        # No PanicException: the root is told, and that is the first one.
        heads = (at for at in range(piece.first_line, piece.last_line + 1) if _TRACEBACK in cleaned.lines[at - 1].text)
        found = next(heads, piece.first_line)
    return _shown_head(found, cleaned) if found in cleaned.made else cleaned.number(found)


def _shown_head(made: int, cleaned: Cleaned) -> int:
    """The line of the program's own that a head was made of: IPython's and rich's; pytest has none."""
    number = cleaned.number(made)
    for line in reversed(cleaned.lines[max(0, made - _BOX) : made - 1]):
        if line.number == number:
            return number if _TRACEBACK in line.text else 0
    return 0


def _numbers(piece: Piece, cleaned: Cleaned) -> tuple[int, int]:
    return cleaned.number(piece.first_line), cleaned.number(piece.last_line)


def _text(group: Group, cleaned: Cleaned) -> str:
    pieces = group.pieces
    first = max(0, pieces[0].first_line - 1 - _AROUND)
    return "\n".join(line.text for line in cleaned.lines[first : group.last + _AROUND])[:_TEXT]


def _is_logged(group: Group, cleaned: Cleaned) -> bool:
    """True where somebody caught it and went on: a logger's record stands above, or the traceback ends on its way."""
    if group.traceback is None or group.traceback.first_line in cleaned.made:
        return False
    above = [line.text for line in cleaned.lines[max(0, group.traceback.first_line - 3) : group.traceback.first_line]]
    if any(_RECORD.match(text) or _IGNORED.search(text) for text in above):
        return True
    raised = group.traceback.dump.exception
    # Only a panic is looked at so closely: exceptions are printed in part by all kinds of programs.
    if raised is None or not raised.frames or not (group.panics or group.resumed) or raised.thread is not None:
        return False
    return raised.frames[-1].function not in _ROOTS


def _process(group: Group, text: str) -> Process:
    known = next((piece.dump.process for piece in group.pieces if piece.dump.process != Process()), Process())
    match = _VERSION.search(text)
    version = known.python or ((match["version"] or match["said"]) if match else None)
    return replace(known, python=version)
