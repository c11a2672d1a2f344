"""Signals of the program: those that it seldom survives, and those that somebody else sent."""

import gdb

#: Signals after which a program seldom goes on.
DEADLY = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGSYS")
#: si_code of a signal that the kernel sent by itself, as a terminal does at ^C (siginfo.h).
_BY_KERNEL = 128


def is_from_outside() -> bool:
    """True for ^C and for our own timer; a program that interrupts itself means it."""
    try:
        code = int(gdb.parse_and_eval("$_siginfo.si_code"))
        sender = int(gdb.parse_and_eval("$_siginfo._sifields._kill.si_pid"))
    except (gdb.error, RuntimeError):
        return True
    return bool(code == _BY_KERNEL or sender != gdb.selected_inferior().pid)
