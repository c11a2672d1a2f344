"""Pasted text without what says whose it is: people, machines, addresses, tokens, passwords, folders.

What is taken out is replaced by a word that stays the same for the same thing, so that the text can still be followed;
functions, files' names and line numbers stay, and lines keep their numbers. In doubt something goes.
"""

from __future__ import annotations

from pyo3ops.debug.crash.redaction.redactor import Redactor, everywhere, redacted

__all__ = ["Redactor", "everywhere", "redacted"]
