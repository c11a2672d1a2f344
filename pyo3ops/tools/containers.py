"""Container engines, docker and podman: found, asked, tried with an image, and understood when they refuse."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping, NamedTuple

from pyo3ops.core.model import Fix
from pyo3ops.core.run import Ended, run, which

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("docker", "podman")
#: Seconds: a busy machine lets a daemon answer late; some file systems copy a whole image for a container.
ASK_TIMEOUT = 30.0
TRY_TIMEOUT = 120.0
#: What podman asks for by itself is more than a process without CAP_SYS_RESOURCE may have.
ULIMITS = ("--ulimit=nofile=1024:20000", "--ulimit=nproc=1000:1000")


@dataclass(frozen=True)
class Engine:
    """A container engine on PATH; `path` is None without one, `error` is set where it does not work."""

    name: str
    path: str | None = None
    release: str = ""
    error: str | None = None
    fix: Fix | None = None

    @property
    def works(self) -> bool:
        """True where it is here and answered; whether it may start containers, only one that it starts can tell."""
        return self.path is not None and self.error is None


class Complaint(NamedTuple):
    """Why an engine does not do what it was asked for, and the way out."""

    words: str
    fix: Fix


def _options(summary: str, *options: str) -> Fix:
    return Fix(f"{summary}: {' '.join(f'--container-option={option}' for option in options)}")


#: What engines say, most telling first, what it means and the way out; tests/data/tools/containers has the words.
_COMPLAINTS: Mapping[str, Complaint] = {
    r"permission denied while trying to connect to the [Dd]ocker": Complaint(
        "this user may not speak to the Docker daemon",
        Fix("join its group and log in again, or use podman", ("sudo", "usermod", "-aG", "docker", "USER")),
    ),
    r"Cannot connect to the Docker daemon": Complaint(
        "the Docker daemon does not run", Fix("start it", ("sudo", "systemctl", "start", "docker"))
    ),
    r"setrlimit|error setting rlimit": Complaint(
        "it asks for more open files or processes than may be had here", _options("ask for less", *ULIMITS)
    ),
    r"cgroups in hybrid mode not supported": Complaint(
        "crun does not run where both kinds of cgroups are mounted",
        Fix('install runc, and tell podman so in containers.conf, [engine]: runtime = "runc"'),
    ),
    r"not compatible with NoCgroups": Complaint(
        "runc does not run with cgroups switched off", Fix("leave `--cgroups=disabled` out")
    ),
    r"cannot use systemd cgroups manager|/run/systemd/private": Complaint(
        "podman asks systemd for cgroups, and there is no systemd",
        Fix('tell podman so in containers.conf, [engine]: cgroup_manager = "cgroupfs"'),
    ),
    r"netavark|slirp4netns|iptables": Complaint(
        "it cannot make a network for the container", _options("share this machine's network", "--network=host")
    ),
    r"newuidmap|newgidmap|/etc/sub[ug]id|insufficient UIDs or GIDs|CLONE_NEWUSER": Complaint(
        "podman without root needs a range of user ids, and has none",
        Fix("install uidmap, and give yourself a range: sudo usermod --add-subuids 100000-165535 USER"),
    ),
    r"no space left on device": Complaint(
        "the disk with its images is full", Fix("remove images that nobody needs", ("podman", "image", "prune"))
    ),
    r"[Ee]xec format error": Complaint(
        "this machine does not run programs of that architecture",
        Fix("install QEMU's emulation of single programs with binfmt support (Debian: qemu-user-static)"),
    ),
    r"image not known|No such image|pinging container registry|initializing source docker|manifest unknown": Complaint(
        "the image is not here and cannot be fetched",
        Fix("connect this machine to the registry of the image, or name one that is here: --image IMAGE"),
    ),
}


def ask(name: str, env: Mapping[str, str]) -> Engine:
    """Look for an engine on the PATH of `env`, and ask it and its daemon for their versions."""
    path = which(name, env)
    if path is None:
        return Engine(name, fix=Fix(f"install {name}"))
    result = run([path, "version", "--format", "{{json .}}"], timeout=ASK_TIMEOUT, env=env)
    if result.ended is not Ended.EXITED:
        return Engine(name, path, error=result.reason, fix=Fix("see what it waits for", (name, "info")))
    return parse(name, path, result.out, result.err)


def parse(name: str, path: str, out: str, err: str) -> Engine:
    """Read what `version` printed; an engine whose other half (daemon, user namespace) is not there does not work."""
    complaint = complaint_in(err)
    if complaint is not None:
        return Engine(name, path, _release(out), complaint.words, complaint.fix)
    release = _release(out)
    if not release:
        fix = Fix("see what it says", (name, "version"), mends=False)
        return Engine(name, path, error=f"{name} version told no version", fix=fix)
    return Engine(name, path, release)


def has_image(engine: Engine, image: str, env: Mapping[str, str]) -> bool:
    """True where the engine has an image already."""
    return run([engine.name, "image", "inspect", image], timeout=ASK_TIMEOUT, env=env).ok


def trouble(engine: Engine, image: str, options: Sequence[str], env: Mapping[str, str]) -> Complaint | None:
    """Why a container of an image that is here does not run; None where it does."""
    argv = [engine.name, "run", "--rm", *options, image, "/bin/true"]
    result = run(argv, timeout=TRY_TIMEOUT, env=env)
    if result.ok:
        return None
    fix = Fix("see it fail", tuple(argv), mends=False)
    return complaint_in(result.err) or Complaint(result.reason, fix)


def remove_labelled(engine: Engine, label: str, env: Mapping[str, str]) -> int:
    """Remove the containers that carry a label, running or not, and return how many there were."""
    listed = run([engine.name, "ps", "--all", "--quiet", "--filter", f"label={label}"], timeout=ASK_TIMEOUT, env=env)
    names = listed.out.split() if listed.ok else []
    if names:
        # `rm --force` alone gives each ten seconds to end, of which a shell without a terminal makes no use.
        run([engine.name, "kill", *names], timeout=TRY_TIMEOUT, env=env)
        run([engine.name, "rm", "--force", "--volumes", *names], timeout=TRY_TIMEOUT, env=env)
    return len(names)


def complaint_in(text: str) -> Complaint | None:
    """What an engine complains of in what it wrote; None where it is nothing known."""
    return next((complaint for pattern, complaint in _COMPLAINTS.items() if re.search(pattern, text)), None)


def _release(out: str) -> str:
    """The version of the half that does the work: the daemon's where there is one."""
    try:
        told: Any = json.loads(out)
    except ValueError:
        return ""
    halves = [told.get(half) for half in ("Server", "Client")] if isinstance(told, dict) else []
    return next((str(half["Version"]) for half in halves if isinstance(half, dict) and half.get("Version")), "")
