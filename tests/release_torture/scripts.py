"""Seeded scripts of faults: which kinds a run meets, how often, and when it is over with them."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from random import Random


class Fault(Enum):
    """One thing that goes wrong."""

    # Of an upload.
    DROP_BEFORE = "dropped before the body"
    DROP_BODY = "dropped after the body, not kept"
    NO_REPLY = "kept, reply dropped"
    LATE = "dropped, kept a while later"
    ERROR = "5xx"
    LATE_ERROR = "kept, 5xx"
    TOO_MANY = "429"
    ACCEPTED_LOST = "accepted, not kept"
    FALSELY_TAKEN = "said to be taken"
    QUOTA = "quota"
    EXPIRED = "token expired"
    # Of a list of files.
    STALE = "stale list"
    NO_LIST = "no list"
    NO_HASH = "list without hashes"
    # Of a download.
    WRONG_BYTES = "wrong bytes read back"
    NO_BYTES = "no bytes read back"
    # Of this machine: SIGKILL, or the power, at a boundary.
    KILL_BEFORE = "killed before a record"
    KILL_HALF = "killed with half a record"
    KILL_WRITTEN = "killed before fsync"
    KILL_LOST = "power cut before fsync"
    KILL_SYNCED = "killed behind fsync"
    KILL_ASKING = "killed while asking"
    KILL_SENDING = "killed before the upload"
    KILL_SENT = "killed behind the upload"
    KILL_WAITING = "killed while waiting"
    # Of other people.
    RIVAL = "second runner"


class Rival(Enum):
    """Who the second runner is, and what of the locks holds."""

    LOCKED = "another machine, the lock holds"
    FOLDER = "this machine, only the journal's lock holds"
    SAME = "another machine, no lock, same set"
    FOREIGN = "another machine, no lock, other bytes"


UPLOAD = (
    Fault.DROP_BEFORE,
    Fault.DROP_BODY,
    Fault.NO_REPLY,
    Fault.LATE,
    Fault.ERROR,
    Fault.LATE_ERROR,
    Fault.TOO_MANY,
    Fault.ACCEPTED_LOST,
    Fault.FALSELY_TAKEN,
    Fault.EXPIRED,
)
LISTING = (Fault.STALE, Fault.NO_LIST)
FETCH = (Fault.WRONG_BYTES, Fault.NO_BYTES)
RECORD = (Fault.KILL_BEFORE, Fault.KILL_HALF, Fault.KILL_WRITTEN, Fault.KILL_LOST, Fault.KILL_SYNCED)
KILLS = frozenset({*RECORD, Fault.KILL_ASKING, Fault.KILL_SENDING, Fault.KILL_SENT, Fault.KILL_WAITING})
#: Each of these ends a run, as a kill does.
ENDINGS = frozenset({Fault.EXPIRED, Fault.ACCEPTED_LOST, Fault.FALSELY_TAKEN, Fault.WRONG_BYTES, Fault.NO_BYTES})
#: How many kills, endings and other faults a script has at most: it is over some time.
MOST_KILLS = 6
MOST_ENDINGS = 6
MOST = 40


class FaultScript:
    """One seed's faults; each call draws the next, and the same calls draw the same. `kinds`: these alone."""

    def __init__(self, seed: int, kinds: frozenset[Fault] | None = None) -> None:
        self.seed = seed
        self.random = Random(seed)  # noqa: S311 - it has to be the same every time
        every = list(Fault)
        some = self.random.choice((0, 1, 1, 2, 2, 3, 5, 8, len(every)))
        chosen = frozenset(self.random.sample(every, some))
        self.kinds = chosen if kinds is None else kinds
        self.rate = self.random.choice((0.05, 0.15, 0.4, 0.8))
        self.left = self.random.randint(1, MOST)
        self.endings = self.random.randint(1, MOST_ENDINGS)
        self.kills = self.random.randint(1, MOST_KILLS)
        #: Seconds that a stale list lags behind at most; the last is longer than anybody waits.
        self.lag = self.random.choice((30.0, 300.0, 600.0, 3000.0))
        self.files = self.random.choice((1, 2, 3, 3, 4, 6))
        #: With how many files the project is full, and from which run on it is not any more; None: it stays full.
        self.full = self.random.randrange(self.files) if Fault.QUOTA in self.kinds else None
        forever = self.full == 0 and self.random.random() < 0.4
        self.lifted = None if forever else self.random.randint(2, 4)
        self.rival = self.random.choice(tuple(Rival)) if Fault.RIVAL in self.kinds else None
        #: Turn by turn with the other one, whom no lock keeps out.
        self.at_once = self.rival in (Rival.SAME, Rival.FOREIGN) and self.random.random() < 0.5
        self.counts: Counter[Fault] = Counter()

    def draw(self, *candidates: Fault) -> Fault | None:
        """One of these faults, or none."""
        possible = [fault for fault in candidates if fault in self.kinds and (self.endings or fault not in ENDINGS)]
        if not possible or self.left <= 0 or self.random.random() >= self.rate:
            return None
        fault = self.random.choice(possible)
        self.left -= 1
        self.endings -= fault in ENDINGS
        self.counts[fault] += 1
        return fault

    def kill(self, *candidates: Fault) -> Fault | None:
        """One of these ends, or none: rarer, as a run meets dozens of boundaries."""
        possible = [fault for fault in candidates if fault in self.kinds]
        if not possible or self.kills <= 0 or self.random.random() >= min(self.rate, 0.15):
            return None
        self.kills -= 1
        fault = self.random.choice(possible)
        self.counts[fault] += 1
        return fault

    def is_full(self, stored: int, run: int) -> bool:
        """True where the project takes no more files in this run."""
        return self.full is not None and stored >= self.full and (self.lifted is None or run < self.lifted)
