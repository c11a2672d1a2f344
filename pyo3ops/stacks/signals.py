"""Signals and their reasons in words (signal.h, asm-generic/siginfo.h), the same on each machine that writes cores."""

from __future__ import annotations

#: Numbers of Linux on all but alpha, mips and sparc.
NAMES = {
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
    9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
    19: "SIGSTOP", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
}  # fmt: skip

_ANY = {
    0: "sent by a process with kill()",
    -1: "sent with sigqueue()",
    -6: "sent with tgkill(): raise() and abort() do that",
    128: "raised by the processor",
}
_CODES = {
    4: {1: "illegal instruction", 2: "illegal operand", 5: "privileged instruction"},
    5: {1: "breakpoint", 2: "single step"},
    7: {
        1: "address not aligned", 2: "no such physical address: a mapped file was cut short, or memory is full",
        3: "hardware error", 128: "the processor does not tell the address",
    },
    8: {1: "integer divided by zero", 2: "integer overflow", 3: "float divided by zero"},
    11: {
        1: "address not mapped", 2: "no permission for what is mapped there", 3: "address out of bounds",
        4: "memory protection key",
        128: "the processor does not tell the address, which is none that a process can have",
    },
}  # fmt: skip


def name(number: int) -> str:
    """SIGSEGV for 11; "signal 40" for what has no name."""
    return NAMES.get(number, f"signal {number}")


def reason(number: int, code: int | None) -> str | None:
    """Why it was sent, after si_code; None where nothing tells."""
    if code is None:
        return None
    return _CODES.get(number, {}).get(code) or _ANY.get(code)
