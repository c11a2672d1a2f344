"""Standard streams: what is written, told and asked, whoever reads and whatever the locale."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Seconds between two lines of progress where there is no terminal.
PROGRESS_EVERY = 5.0


def write(stream: Any, text: str) -> bool:  # noqa: ANN401 - sys.stdout may be None, or anything that writes
    """Write and flush; False where the text could not be delivered."""
    if stream is None:
        return False
    try:
        if hasattr(stream, "buffer"):
            stream.flush()
            # UTF-8 whatever the locale: a JSON document is never anything else, and console text was made to fit.
            stream.buffer.write(text.encode("utf-8", "backslashreplace"))
        else:
            stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # The reader has seen enough, which is no failure; the interpreter's own flush at exit must not complain.
        _silence(stream)
        return True
    except OSError as error:
        _silence(stream)
        tell(f"pyo3ops: cannot write the output: {error.strerror}")
        return False
    return True


def tell(text: str) -> None:
    """A line on stderr; that nobody can read it is no reason to stop."""
    if sys.stderr is not None:
        try:
            print(text, file=sys.stderr, flush=True)
        except OSError:
            _silence(sys.stderr)


def _silence(stream: Any) -> None:  # noqa: ANN401 - see write
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())


def speaks_unicode(env: Mapping[str, str], encoding: str | None) -> bool:
    """Whether icons can be shown."""
    # Not LC_CTYPE first: Python itself sets that to C.UTF-8 where it was started under LANG=C (PEP 538).
    locale = env.get("LC_ALL") or env.get("LANG") or env.get("LC_CTYPE") or ""
    return locale.upper() not in ("C", "POSIX") and (encoding or "").lower().replace("-", "") == "utf8"


@contextlib.contextmanager
def progress(*, quiet: bool) -> Iterator[Any]:
    """A function that tells what is going on: a spinner on a terminal, else a line every few seconds."""
    if quiet or sys.stderr is None:
        yield lambda _: None
    elif sys.stderr.isatty():
        with contextlib.ExitStack() as stack:
            spinners: list[Any] = []

            def spin(text: str) -> None:
                if not spinners:
                    # Not before there is something to tell: rich is slow to import.
                    from rich.console import Console  # noqa: PLC0415

                    spinners.append(stack.enter_context(Console(stderr=True).status("")))
                from rich.text import Text  # noqa: PLC0415

                spinners[0].update(Text(harmless(text)[:200]))

            yield spin
    else:
        told = [-PROGRESS_EVERY]

        def now_and_then(text: str) -> None:
            now = time.monotonic()
            if now - told[0] >= PROGRESS_EVERY:
                told[0] = now
                tell(harmless(text)[:500])

        yield now_and_then


def harmless(text: str) -> str:
    """A line of a compiler or a build script that commands neither a terminal nor a runner."""
    from pyo3ops.render.clean import inert, line  # noqa: PLC0415

    return inert(line(text))


def confirm(question: str) -> bool:
    """Ask on stderr; anything but yes is no."""
    write(sys.stderr, question)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
