"""Faults of releases as maintainers have met them: each docstring says what happened, and to whom where that is public.

A case changes nothing outside its own folders, and asserts what it needs to be there before it breaks it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import tarfile
import warnings
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Callable, Dict

from . import Case, fault, healthy

Members = Dict[str, bytes]

#: The project's name, as it stands in file names.
NAME = "production_deployment_pyo3ops"
PYPROJECT, CARGO, LOCK, CHANGELOG = "pyproject.toml", "Cargo.toml", "Cargo.lock", "CHANGELOG.md"
INIT = "python/production_deployment/__init__.py"
MAC_WHEEL = f"{NAME}-0.1.0-cp312-cp312-macosx_11_0_arm64.whl"
#: Variables that hand credentials to an upload client.
CREDENTIALS = re.compile(r"TWINE_|UV_PUBLISH_|HATCH_INDEX_|MATURIN_|FLIT_|ACTIONS_ID_TOKEN_")
#: What reads as a long description and is not one of reStructuredText: a title too long, a quote left open.
BROKEN_RST = "A package\n===\n\nUse ``count for all of it.\n\n.. code-blok:: python\n\n   count(b'')\n"


# --- the project, before anything is built ---------------------------------------------------------------------------


def _ago(**how_long: float) -> str:
    return (datetime.now(timezone.utc) - timedelta(**how_long)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _append(case: Case, name: str, text: str) -> None:
    path = case.project / name
    path.write_bytes(path.read_bytes() + text.encode())


def _create(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _bump(case: Case, version: str, *, lock: bool = True, changes: str | None = None) -> None:
    """Write a version where the project states it; `changes` is how the change log calls it, empty: not at all."""
    case.edit(CARGO, 'version = "0.1.0"', f'version = "{version}"')
    if lock:
        ours = 'name = "production_deployment"\nversion = "{}"'
        case.edit(LOCK, ours.format("0.1.0"), ours.format(version))
    title = version if changes is None else changes
    if title:
        today = datetime.now(timezone.utc).strftime("%Y-%m-%d")
        case.edit(CHANGELOG, "## 0.1.0", f"## {title} - {today}\n\n- Counting is faster.\n\n## 0.1.0")


def _another_commit(case: Case, *, push: bool = True) -> None:
    _append(case, "docs/index.md", "\nOne more line, which is in no release yet.\n")
    case.commit("docs: one more line", push=push)


def _release_settings(case: Case, line: str) -> None:
    table = "[tool.pyo3ops.release]\n"
    if table not in (case.project / PYPROJECT).read_text(encoding="utf-8"):
        _append(case, PYPROJECT, f"\n{table}")
    case.edit(PYPROJECT, table, f"{table}{line}\n")
    case.commit("how we release")


def _crate(folder: Path, name: str, version: str) -> None:
    _create(folder / CARGO, f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n')
    _create(folder / "src" / "lib.rs", "//! Nothing yet.\n")


def _depend(case: Case, name: str, how: str, source: str = "", *, table: str = "") -> None:
    """Add a crate to Cargo.toml, and to Cargo.lock as cargo itself would; its name sorts before `heck`."""
    case.edit(CARGO, 'pyo3 = "0.29"', f'pyo3 = "0.29"\n{table}{name} = {{ {how} }}')
    where = f'source = "{source}"\n' if source else ""
    entry = f'[[package]]\nname = "{name}"\nversion = "0.1.0"\n{where}\n'
    case.edit(LOCK, '[[package]]\nname = "heck"', f'{entry}[[package]]\nname = "heck"')
    case.edit(LOCK, '[\n "pyo3",\n]', f'[\n "{name}",\n "pyo3",\n]')


def _token(location: str) -> str:
    """A token of the kind that indexes give out: a macaroon, which names the index that made it."""
    parts = ((1, location.encode()), (2, b"0" * 36))
    packed = b"\x02" + b"".join(bytes((kind, len(data))) + data for kind, data in parts) + b"\0\0\x06\x20" + b"s" * 32
    return "pypi-" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _credentials(case: Case, user: str = "", password: str = "") -> None:
    for name in [name for name in case.env if CREDENTIALS.match(name)]:
        del case.env[name]
    if password:
        case.env.update(TWINE_USERNAME=user, TWINE_PASSWORD=password)
        case.env.update(UV_PUBLISH_USERNAME=user, UV_PUBLISH_PASSWORD=password)


@fault("merge-not-concluded", expects="release.git.operation")
def _(case: Case) -> None:
    """The hotfix branch was merged with -s ours, and nobody concluded it: `git status --porcelain` prints nothing."""
    case.git("switch", "--quiet", "--create", "hotfix")
    case.git("commit", "--quiet", "--allow-empty", "--message", "hotfix, already on main")
    case.git("switch", "--quiet", "main")
    case.git("merge", "--no-ff", "--no-commit", "--strategy", "ours", "hotfix")
    assert not case.git("status", "--porcelain")


@fault("bisect-of-yesterday", expects="release.git.operation|release.git.branch")
def _(case: Case) -> None:
    """A bisect was left open over night: what is checked out is some commit in the middle of it."""
    first = case.git("rev-parse", "HEAD")
    for _turn in range(3):
        _another_commit(case)
    case.git("bisect", "start", "HEAD", first)


@fault("tag-on-the-commit-before", expects="release.git.tag")
def _(case: Case) -> None:
    """The tag was pushed, then came one last fix: tag and files never agreed (anyio_serial#9, pydocstyle#251)."""
    case.git("tag", "--annotate", "--message", "0.1.0", "v0.1.0")
    case.git("push", "--quiet", "origin", "v0.1.0")
    _another_commit(case)


@fault("tag-only-on-the-remote", expects="release.git.tag")
def _(case: Case) -> None:
    """Another maintainer tagged on another machine, a commit that is nowhere else (cmake-python-distributions#398)."""
    other = case.elsewhere()
    case.git("commit", "--quiet", "--allow-empty", "--message", "a fix of my own", cwd=other)
    case.git("tag", "v0.1.0", cwd=other)
    case.git("push", "--quiet", "origin", "v0.1.0", cwd=other)


@fault("forgot-to-pull", expects="release.git.behind")
def _(case: Case) -> None:
    """15.2.0 was released without what had been merged that day, and had to be yanked (recipe-scrapers#1272)."""
    other = case.elsewhere()
    _create(other / "SECURITY.md", "Write to security@example.org.\n")
    case.git("commit", "--quiet", "--all", "--message", "security: where to write", cwd=other)
    case.git("push", "--quiet", "origin", "HEAD", cwd=other)


@fault("from-the-feature-branch", expects="release.git.branch")
def _(case: Case) -> None:
    """7.3.3 was tagged on the wrong one of two branches, with sources of the next major version (music21#1284)."""
    case.git("switch", "--quiet", "--create", "feature/faster")
    _another_commit(case, push=False)
    case.git("push", "--quiet", "--set-upstream", "origin", "feature/faster")


@fault("detached-with-a-fix", expects="release.git.branch")
def _(case: Case) -> None:
    """A fix was committed on the detached HEAD that a checkout by tag leaves: on no branch, and soon collected."""
    case.git("checkout", "--quiet", "--detach")
    _another_commit(case, push=False)


@fault("scratch-module-in-the-sources", expects="release.git.clean")
def _(case: Case) -> None:
    """x.py and five more experiments, in no commit, came with every sdist (evalidate#15, tavily-cli#18)."""
    _create(case.project / "python/production_deployment/x.py", "print('does it work now?')\n")


@fault("edit-that-git-was-told-to-overlook", expects="release.git.clean")
def _(case: Case) -> None:
    """A file was marked assume-unchanged for a debug build: git says clean, and the build takes what is on the disk."""
    case.git("update-index", "--assume-unchanged", CARGO)
    _append(case, CARGO, "\n[profile.release.package.pyo3]\nopt-level = 0\n")
    assert not case.git("status", "--porcelain")


@fault("shallow-checkout", expects="release.git.shallow", status="warn")
def _(case: Case) -> None:
    """CI checked out one commit without tags, and what asks git for versions guessed one (hubtty#144, xepor#3)."""
    _another_commit(case)
    case.git("fetch", "--quiet", "--depth", "1", case.remote.as_uri(), "main")
    assert case.git("rev-parse", "--is-shallow-repository") == "true"


@fault("nobody-in-a-fresh-container", expects="release.git.identity")
def _(case: Case) -> None:
    """Everything was built, then git would not commit in a fresh container: "Please tell me who you are"."""
    for name in [name for name in case.env if re.match(r"GIT_(AUTHOR|COMMITTER)_|EMAIL$", name)]:
        del case.env[name]
    count = int(case.env.pop("GIT_CONFIG_COUNT", "0"))
    pairs = [(case.env.pop(f"GIT_CONFIG_KEY_{n}"), case.env.pop(f"GIT_CONFIG_VALUE_{n}")) for n in range(count)]
    kept = [pair for pair in pairs if not pair[0].startswith("user.")] + [("user.useConfigOnly", "true")]
    case.env["GIT_CONFIG_COUNT"] = str(len(kept))
    for number, (key, value) in enumerate(kept):
        case.env[f"GIT_CONFIG_KEY_{number}"], case.env[f"GIT_CONFIG_VALUE_{number}"] = key, value
    case.env.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    for name in ("user.name", "user.email"):
        # The first one makes sure that there is one to take away.
        case.git("config", name, "somebody")
        case.git("config", "--unset-all", name)


@fault("signing-key-on-the-other-laptop", expects="release.git.signing")
def _(case: Case) -> None:
    """The SSH key that signs tags was on the other machine: git 2.39 makes a tag without a signature, and says 0."""
    _release_settings(case, "sign = true")
    case.git("config", "gpg.format", "ssh")
    case.git("config", "user.signingKey", str(case.scratch / "id_of_the_other_laptop.pub"))


@fault("signing-key-that-gpg-has-not", expects="release.git.signing")
def _(case: Case) -> None:
    """The OpenPGP key that is configured is in no keyring of this machine: it came out at the tag, all files public."""
    _release_settings(case, "sign = true")
    case.env["GNUPGHOME"] = str(case.scratch / "gnupg")
    (case.scratch / "gnupg").mkdir(mode=0o700)
    case.git("config", "gpg.format", "openpgp")
    case.git("config", "user.signingKey", "0123456789ABCDEF")


@fault("repository-moved-away", expects="release.git.remote|release.git.behind")
def _(case: Case) -> None:
    """The repository went to another organisation: the upload worked, the push of the tag did not."""
    case.git("remote", "set-url", "origin", str(case.scratch / "old-organisation.git"))


@fault("head-emptied-by-a-power-cut", expects="release.git.repository")
def _(case: Case) -> None:
    """The machine lost power in a commit, and .git/HEAD had no byte left: git says that this is no repository."""
    (case.project / ".git" / "HEAD").write_bytes(b"")


@fault("tag-pattern-that-git-refuses", expects="release.git.tag")
def _(case: Case) -> None:
    """The configured tag had a space in it, and git refused the name when all files were public."""
    _release_settings(case, 'tag = "release {version}"')


@fault("lock-left-behind-by-the-bump", expects="release.lock.current")
def _(case: Case) -> None:
    """Cargo.toml said 0.2.6, Cargo.lock 0.2.5, and the build with --locked failed in every job (pyron#10)."""
    _bump(case, "0.2.0", lock=False)
    case.commit("0.2.0")


@fault("bumped-the-crate-not-the-package", expects="release.version.drift")
def _(case: Case) -> None:
    """Cargo.toml was bumped, pyproject.toml names the version of wheels: all taken (ruranges_py#36, ferro-hgvs#14)."""
    case.edit(PYPROJECT, 'dynamic = ["version"]', 'version = "0.1.0"')
    _bump(case, "0.2.0")
    case.commit("0.2.0")


@fault("reports-the-version-before", expects="release.version.drift")
def _(case: Case) -> None:
    """1.9 went out and said of itself that it was 1.8 (stcgal#90; cx_Freeze did so twice)."""
    case.edit(INIT, "import Counts, __version__, count", "import Counts, count")
    _append(case, INIT, '\n__version__ = "0.0.9"\n')
    case.commit("version without the library")


@fault("local-version", expects="release.version.valid")
def _(case: Case) -> None:
    """A version with a commit behind the plus was built and refused by the index (clustercheck#28, hubtty#144)."""
    _bump(case, "0.1.1+g1a2b3c4")
    case.commit("0.1.1+g1a2b3c4")


@fault("lower-than-what-is-public", expects="release.version.monotonic")
def _(case: Case) -> None:
    """0.2.0 had been released from another branch: whoever asks for the newest never gets this one (kem, bummr#42)."""
    case.publish(f"{NAME}-0.2.0.tar.gz", uploaded=_ago(days=90))
    case.publish(f"{NAME}-0.2.0-cp312-cp312-macosx_11_0_arm64.whl", uploaded=_ago(days=90))


@fault("forgot-to-bump", expects="release.index.names|release.version.monotonic")
def _(case: Case) -> None:
    """The version was still the released one: new bytes under names that are taken (ypy#120, maturin#2921)."""
    case.publish(f"{NAME}-0.1.0.tar.gz", b"released last month", uploaded=_ago(days=3))


@fault("change-log-of-the-last-release", expects="release.changelog.entry")
def _(case: Case) -> None:
    """The change log ended a version before the one that went out, and was backdated later (eyecite#162)."""
    _bump(case, "0.2.0", changes="")
    case.commit("0.2.0")


@fault("python-raised-classifiers-not", expects="release.expected.plan|release.metadata.classifiers")
def _(case: Case) -> None:
    """requires-python was raised over every Python that wheels are planned for: no pip would take one of them."""
    case.edit(PYPROJECT, 'requires-python = ">=3.8"', 'requires-python = ">=3.14"')
    case.commit("only the newest")


@fault("classifier-made-up", expects="release.metadata.classifiers")
def _(case: Case) -> None:
    """'License-Expression :: MIT' is no classifier: 400 from the index, for each file (pdfminer.six#1094)."""
    case.edit(PYPROJECT, '    "Typing :: Typed",', '    "License-Expression :: MIT",\n    "Typing :: Typed",')
    case.commit("more classifiers")


@fault("classifier-that-forbids-it", expects="release.metadata.classifiers")
def _(case: Case) -> None:
    """The guard against uploading by mistake was still there on the day of the first release: indexes refuse it."""
    case.edit(PYPROJECT, '    "Typing :: Typed",', '    "Private :: Do Not Upload",\n    "Typing :: Typed",')
    case.commit("not public yet")


@fault("licence-said-twice", expects="release.metadata.license|release.metadata.classifiers")
def _(case: Case) -> None:
    """A licence classifier stayed beside the new expression: the two together are refused (PEP 639; deptry#1514)."""
    mit = '    "License :: OSI Approved :: MIT License",'
    case.edit(PYPROJECT, '    "Operating System :: MacOS",', f'{mit}\n    "Operating System :: MacOS",')
    case.commit("for scanners that read classifiers")


@fault("licence-file-moved", expects="release.metadata.license")
def _(case: Case) -> None:
    """The wheels were taken, the sdist was not: it named a licence file that was not in it (hypothesis#4786)."""
    case.git("mv", "LICENSE-APACHE", "docs/LICENSE-APACHE")
    case.commit("tidy the root")


@fault("readme-renamed", expects="release.metadata.readme")
def _(case: Case) -> None:
    """The readme was renamed, pyproject.toml went on naming the old one: no job could build."""
    case.git("mv", "README.md", "README.rst")
    case.commit("docs: reStructuredText")


@fault("dependency-by-address", expects="release.metadata.dependencies")
def _(case: Case) -> None:
    """An optional dependency on a git address kept every release off the index for five weeks (mteb#4777)."""
    wanted = "argcomplete @ git+https://example.org/argcomplete.git@develop"
    case.edit(PYPROJECT, 'completion = ["argcomplete>=3"]', f'completion = ["{wanted}"]')
    case.commit("completion of the next version")


@fault("crate-in-the-folder-beside", expects="release.cargo.dependencies")
def _(case: Case) -> None:
    """A crate was taken from the folder beside the checkout, which is in no repository (maturin#1083, maturin#1113)."""
    _crate(case.scratch / "bytecount", "bytecount", "0.1.0")
    path = Path(os.path.relpath(str(case.scratch / "bytecount"), str(case.project))).as_posix()
    _depend(case, "bytecount", f'path = "{path}"')
    case.commit("count bytes by our own crate")


@fault("crate-from-a-branch", expects="release.cargo.dependencies", status="warn")
def _(case: Case) -> None:
    """A crate of a git branch: distributions that build without a network cannot build the sdist (spot#79)."""
    address, commit = "https://example.org/bytecount.git", "5f" * 20
    _depend(case, "bytecount", f'git = "{address}", branch = "main"', f"git+{address}?branch=main#{commit}")
    case.commit("bytecount, until it is released")


@fault("patch-of-a-debugging-night", expects="release.cargo.dependencies")
def _(case: Case) -> None:
    """[patch.crates-io] pointed at a checkout on the author's disk, left from looking for a bug in a dependency."""
    text = (case.project / LOCK).read_text(encoding="utf-8")
    found = re.search(r'name = "heck"\nversion = "([^"]+)"\n(source = .+\nchecksum = .+\n)', text)
    assert found, "heck is in Cargo.lock"
    _crate(case.scratch / "heck", "heck", found[1])
    path = Path(os.path.relpath(str(case.scratch / "heck"), str(case.project))).as_posix()
    _append(case, CARGO, f'\n[patch.crates-io]\nheck = {{ path = "{path}" }}\n')
    case.edit(LOCK, found[2], "")
    case.commit("names in errors")


@fault("index-is-down", expects="release.index.reachable")
def _(case: Case) -> None:
    """The index answered 503 all evening, and every retry of the job built for two hours first."""
    case.served.status = 503


@fault("index-name-mistyped", expects="release.index.reachable|release.credentials.present")
def _(case: Case) -> None:
    """The index was asked for by a name with two letters swapped, which no configuration has."""
    case.asked["index"] = "tsetpypi"


@fault("half-of-it-three-weeks-ago", expects="release.index.open")
def _(case: Case) -> None:
    """1.3.0 had wheels for one system only; after 14 days no file can follow (delta-rs#4027, cargo-xwin#222)."""
    case.publish(MAC_WHEEL, uploaded=_ago(days=20))


@fault("version-that-was-yanked", expects="release.index.yanked")
def _(case: Case) -> None:
    """A version was yanked for its wrong commit: what follows under it is no installer's choice (cmake 3.27.4)."""
    case.publish(MAC_WHEEL, uploaded=_ago(hours=5), yanked="built from the wrong commit")


@fault("secret-not-in-this-job", expects="release.credentials.present")
def _(case: Case) -> None:
    """The secret belonged to another environment, so the job had an empty one, and said so after the build."""
    _credentials(case)


@fault("token-of-another-index", expects="release.credentials.kind")
def _(case: Case) -> None:
    """403 for a token of one index that was sent to another, which now knows it (warehouse#8787)."""
    _credentials(case, "__token__", _token("packages.example.org"))


@fault("token-under-ones-own-name", expects="release.credentials.kind")
def _(case: Case) -> None:
    """A token works with the user __token__ only, not with one's own name: wheels waited two months (python-fcl#40)."""
    _credentials(case, "maintainer", _token("packages.example.org"))


@fault("no-client-on-path", expects="release.client.present")
def _(case: Case) -> None:
    """The image had everything that builds, and nothing that uploads: found out after 70 minutes of builds."""
    folders = []
    for number, folder in enumerate(case.env["PATH"].split(os.pathsep)):
        entries = sorted(path.name for path in Path(folder).iterdir()) if folder and Path(folder).is_dir() else []
        if not {"twine", "uv"} & set(entries):
            folders.append(folder)
            continue
        mirror = case.scratch / f"bin{number}"
        mirror.mkdir()
        for entry in entries:
            if not re.match(r"(twine|uv|uvx)(\.exe)?$", entry):
                (mirror / entry).symlink_to(Path(folder) / entry)
        folders.append(str(mirror))
    case.env["PATH"] = os.pathsep.join(folders)


@fault("clock-of-a-suspended-machine", expects="release.clock")
def _(case: Case) -> None:
    """A resumed virtual machine lived two days in the past: signatures and short-lived tokens were not valid yet."""
    case.served.ahead = 2 * 86400.0


@fault("journal-full-of-zeros", expects="release.journal")
def _(case: Case) -> None:
    """After a power cut the file that said how far the release had come was the right length, and all zeros."""
    for name in (NAME, NAME.replace("_", "-")):
        place = case.project / ".pyo3ops" / "release" / f"{name}-0.1.0" / "journal.jsonl"
        _create(place, "\0" * 512 + '\n{"event": "sent"}\n{"event": "confirmed"}\n')


@fault("another-release-under-way", expects="release.lock")
def _(case: Case) -> None:
    """Runs for the tag and for the branch published at once; the set stayed half for two months (cargo-xwin#222)."""
    from pyo3ops.release import lock  # noqa: PLC0415 - the way the name is made is part of what is tested

    case.git("push", "--quiet", "origin", f"HEAD:{lock.ref_of(NAME, '0.1.0')}", cwd=case.elsewhere())


@healthy("git-folder-elsewhere")
def _(case: Case) -> None:
    """The repository's data stands elsewhere, as in worktrees and submodules: .git is a file."""
    case.git("init", "--quiet", "--separate-git-dir", str(case.scratch / "data.git"))
    assert (case.project / ".git").is_file()


@healthy("change-log-with-links")
def _(case: Case) -> None:
    """The headings of the change log are links, and its lines end as on Windows."""
    path = case.project / CHANGELOG
    text = re.sub(r"(?m)^## 0\.1\.0 - (\S+)$", r"## [0.1.0] - \1", path.read_text(encoding="utf-8"))
    assert "## [0.1.0]" in text
    path.write_bytes((text + "\n[0.1.0]: https://example.org/compare/0.1.0\n").replace("\n", "\r\n").encode())
    case.git("config", "core.autocrlf", "false")
    case.commit("change log with links")


@healthy("release-candidate-in-two-spellings")
def _(case: Case) -> None:
    """Cargo writes 0.2.0-rc.1 for what Python calls 0.2.0rc1: the same version, spelt as each has to."""
    _bump(case, "0.2.0-rc.1", changes="0.2.0rc1")
    case.commit("0.2.0rc1")


@healthy("candidate-before-it-is-public")
def _(case: Case) -> None:
    """A release candidate was published last week, and the release before it was yanked: this is what mends it."""
    case.publish(f"{NAME}-0.1.0rc1.tar.gz", uploaded=_ago(days=7))
    case.publish(f"{NAME}-0.0.9.tar.gz", uploaded=_ago(days=40), yanked="counts one line too many")


@healthy("tagged-first")
def _(case: Case) -> None:
    """The tag is there already and on this very commit; tags of other things and a stash are there too."""
    for tag in ("v0.1.0", "docs-2026-11", "benchmarks/v2"):
        case.git("tag", "--annotate", "--message", tag, tag)
    case.git("push", "--quiet", "origin", "--tags")
    _append(case, "README.md", "\nNot today.\n")
    case.git("stash", "--quiet")


@healthy("crates-and-addresses-that-stay-at-home")
def _(case: Case) -> None:
    """A crate of the tests lies within the project, an address is in a dependency group: neither is published."""
    _crate(case.project / "tools" / "fixtures", "fixtures", "0.1.0")
    _append(case, CARGO, '\n[dev-dependencies]\nfixtures = { path = "tools/fixtures" }\n')
    case.edit(CARGO, 'pyo3 = "0.29"', 'pyo3 = "0.29"\n# bytecount = { git = "https://example.org/bytecount.git" }')
    case.edit(LOCK, '[\n "pyo3",\n]', '[\n "fixtures",\n "pyo3",\n]')
    entry = '[[package]]\nname = "fixtures"\nversion = "0.1.0"\n\n'
    case.edit(LOCK, '[[package]]\nname = "heck"', f'{entry}[[package]]\nname = "heck"')
    case.edit(
        PYPROJECT, "[dependency-groups]\n", '[dependency-groups]\ndocs = ["theme @ https://example.org/theme.zip"]\n'
    )
    case.commit("fixtures and a theme")


@healthy("last-releases-files-are-still-in-dist")
def _(case: Case) -> None:
    """dist/ holds the release before, and target/ a build, both ignored by git: nothing of them may be meant."""
    _create(case.project / ".gitignore", "dist/\ntarget/\n.pyo3ops/\n")
    case.commit("ignore what is built")
    _create(case.project / "dist" / f"{NAME}-0.0.9.tar.gz", "of last month")
    _create(case.project / "target" / "wheels" / f"{NAME}-0.0.9-cp312-cp312-win_amd64.whl", "of last month")


# --- the files, once they are built ----------------------------------------------------------------------------------


def _wheel(case: Case) -> Path:
    return next(path for path in case.files if path.suffix == ".whl")


def _sdist(case: Case) -> Path:
    return next(path for path in case.files if path.suffix != ".whl")


def _info(members: Members, name: str) -> str:
    return next(member for member in members if re.fullmatch(rf"[^/]+\.dist-info/{name}", member))


def _one(members: Members, ending: str) -> str:
    found = [member for member in members if member.endswith(ending)]
    assert len(found) == 1, f"{found} end with {ending}"
    return found[0]


def _changed(members: Members, name: str, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, lambda _: new, members[name].decode(), count=1, flags=re.MULTILINE)
    assert count == 1, f"{pattern} is not in {name}"
    members[name] = text.encode()


def _recorded(members: Members) -> None:
    """Write the RECORD that is true of the members."""
    record = _info(members, "RECORD")
    digests = {name: hashlib.sha256(data).digest() for name, data in members.items() if name != record}
    encoded = {name: base64.urlsafe_b64encode(digest).decode().rstrip("=") for name, digest in digests.items()}
    lines = [f"{name},sha256={digest},{len(members[name])}\n" for name, digest in encoded.items()]
    members[record] = "".join([*lines, f"{record},,\n"]).encode()


def _zipped(members: Members, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", how) as archive:
        for name, data in members.items():
            member = zipfile.ZipInfo(name, (2026, 11, 23, 0, 0, 0))
            member.external_attr, member.compress_type = 0o100644 << 16, how
            archive.writestr(member, data)
    return buffer.getvalue()


def _unzipped(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def _read(case: Case) -> Members:
    return _unzipped(_wheel(case))


def _rewrite_wheel(case: Case, change: Callable[[Members], None]) -> None:
    """Change the members of the wheel in place, with a RECORD that fits."""
    members = _read(case)
    change(members)
    _recorded(members)
    _wheel(case).write_bytes(_zipped(members))


def _rewrite_sdist(case: Case, change: Callable[[Members], None]) -> None:
    """Change the members of the sdist in place; their names are below its one folder."""
    path = _sdist(case)
    members: Members = {}
    with tarfile.open(path) as archive:
        for entry in archive:
            stream = archive.extractfile(entry)
            if stream is not None:
                members[entry.name] = stream.read()
    change(members)
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o644
            archive.addfile(member, io.BytesIO(data))


def _rename(case: Case, path: Path, name: str) -> None:
    assert name != path.name
    case.files[case.files.index(path)] = path.rename(path.with_name(name))


@fault("wheel-lost-between-jobs", expects="release.files.complete", stage=2)
def _(case: Case) -> None:
    """Artifacts of two jobs had one name, and one of them replaced the other on a green run (faust#684)."""
    case.files.remove(_wheel(case))


@fault("sdist-job-not-needed", expects="release.files.complete", stage=2)
def _(case: Case) -> None:
    """Publishing did not wait for the sdist, so there was none (kete#31, gilknocker#34, hexhamming#20)."""
    case.files.remove(_sdist(case))


@fault("file-of-the-release-before", expects="release.files.version|release.files.complete", stage=2)
def _(case: Case) -> None:
    """dist/ was not emptied: files of the release before went along (ttkbootstrap#1324, twine#934)."""
    members = {name.replace("-0.1.0.dist-info", "-0.0.9.dist-info"): data for name, data in _read(case).items()}
    _changed(members, _info(members, "METADATA"), r"^Version: .+$", "Version: 0.0.9")
    _recorded(members)
    old = _wheel(case).with_name(_wheel(case).name.replace("-0.1.0-", "-0.0.9-"))
    old.write_bytes(_zipped(members))
    case.files.append(old)


@fault("wheel-of-another-package", expects="release.files.names|release.files.complete", stage=2)
def _(case: Case) -> None:
    """All artifacts of the repository were merged into one folder, those of a second package among them."""
    info = "calculator-0.1.0.dist-info"
    members = {
        "calculator.py": b"TWO = 2\n",
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: calculator\nVersion: 0.1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    _recorded(members)
    path = _wheel(case).with_name("calculator-0.1.0-py3-none-any.whl")
    path.write_bytes(_zipped(members))
    case.files.append(path)


@fault("two-sdists", expects="release.files.complete|release.files.names", stage=2)
def _(case: Case) -> None:
    """A .zip of the sources was made beside the .tar.gz: an index takes one sdist of a release, the first."""
    members: Members = {}
    with tarfile.open(_sdist(case)) as archive:
        for entry in archive:
            stream = archive.extractfile(entry)
            members.update({entry.name: stream.read()} if stream else {})
    second = _sdist(case).with_name(f"{NAME}-0.1.0.zip")
    second.write_bytes(_zipped(members))
    case.files.append(second)


@fault("sdist-with-hyphens", expects="release.files.names|release.files.inspect|release.files.complete", stage=2)
def _(case: Case) -> None:
    """The sdist had hyphens in its name, which indexes refuse since PEP 625 (agent-governance-toolkit#730)."""
    _rename(case, _sdist(case), _sdist(case).name.replace("_", "-"))


@fault("metadata-of-another-version", expects="release.files.version|release.files.metadata", stage=2)
def _(case: Case) -> None:
    """METADATA named the version before, and the file went to that release's page (pandaSDMX, warehouse#2675)."""
    _rewrite_wheel(case, lambda m: _changed(m, _info(m, "METADATA"), r"^Version: .+$", "Version: 0.0.9"))


@fault("renamed-but-not-in-the-file-name", expects="release.files.metadata|release.files.names", stage=2)
def _(case: Case) -> None:
    """The project was renamed between two jobs: the name in METADATA is not the one that the file has."""
    _rewrite_wheel(case, lambda m: _changed(m, _info(m, "METADATA"), r"^Name: .+$", "Name: production-deployed"))


@fault("summary-of-two-lines", expects="release.files.metadata|release.files.inspect", stage=2)
def _(case: Case) -> None:
    """The summary had a line break: "400 'summary' has invalid data", after the sdist was built (maturin#2012)."""
    broken = "Summary: A package as it ships:\n        metadata and the rest"
    _rewrite_wheel(case, lambda m: _changed(m, _info(m, "METADATA"), r"^Summary: .+$", broken))


@fault("description-that-nobody-can-show", expects="release.files.readme|release.files.metadata", stage=2)
def _(case: Case) -> None:
    """The description was broken reStructuredText: warned of by twine, shown as plain text for good (pypinfo#130)."""

    def broken(members: Members) -> None:
        name = _info(members, "METADATA")
        _changed(members, name, r"^Description-Content-Type: .+$", "Description-Content-Type: text/x-rst")
        head = members[name].decode().partition("\n\n")[0]
        members[name] = f"{head}\n\n{BROKEN_RST}".encode()

    _rewrite_wheel(case, broken)


@fault("upload-of-an-artifact-cut-short", expects="release.files.inspect|release.files.metadata", stage=2)
def _(case: Case) -> None:
    """A wheel arrived in the publishing job without its end: no zip file any more (slangpy#622)."""
    data = _wheel(case).read_bytes()
    _wheel(case).write_bytes(data[: len(data) * 2 // 3])


@fault("one-byte-of-the-library", expects="release.files.inspect|release.files.imports", stage=2)
def _(case: Case) -> None:
    """The archive opens, its list is whole, and installing ends with "Bad CRC-32" (maturin#2499)."""
    path = _wheel(case)
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda member: member.compress_size)
    data = bytearray(path.read_bytes())
    data[largest.header_offset + largest.compress_size // 2] ^= 0xFF
    path.write_bytes(bytes(data))


@fault("member-that-is-there-twice", expects="release.files.inspect", stage=2)
def _(case: Case) -> None:
    """Two rules of the build packed one file: "Duplicate filename in local headers" (goldenmatch#96, dysh#963)."""
    with zipfile.ZipFile(_wheel(case), "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        name = _one(_read(case), "py.typed")
        archive.writestr(name, archive.read(name))


@fault("bytes-behind-the-archive", expects="release.files.inspect", stage=2)
def _(case: Case) -> None:
    """ "ZIP archive not accepted: Trailing data", for one wheel of a hundred (warehouse#19746, warehouse#18848)."""
    _wheel(case).write_bytes(_wheel(case).read_bytes() + b"\0" * 22)


@fault("wheel-without-the-library", expects="release.files.imports|release.files.inspect", stage=2)
def _(case: Case) -> None:
    """The release built it another way than the tests did: without the compiled half (unblob#562, langroid#669)."""

    def bare(members: Members) -> None:
        for name in [name for name in members if re.search(r"/_native\.[^/]*(so|pyd)$", name)]:
            del members[name]

    before = len(_read(case))
    _rewrite_wheel(case, bare)
    assert len(_read(case)) < before


@fault("library-of-another-python", expects="release.files.imports|release.files.inspect", stage=2)
def _(case: Case) -> None:
    """A library for another Python was in the wheel, whose tag promised this one (samplerate#34, httpstan#668)."""

    def swapped(members: Members) -> None:
        old = next(name for name in members if re.search(r"/_native\.cpython-\d+-", name))
        other = "cpython-312-" if "cpython-311-" in old else "cpython-311-"
        members[re.sub(r"cpython-\d+-", other, old)] = members.pop(old)

    _rewrite_wheel(case, swapped)


@fault("generated-module-not-packed", expects="release.files.imports", stage=2)
def _(case: Case) -> None:
    """A module that a script writes was there in every checkout, and in no wheel."""

    def importing(members: Members) -> None:
        members[_one(members, "production_deployment/__init__.py")] += b"\nfrom production_deployment import _build\n"

    _rewrite_wheel(case, importing)


@fault("conflict-markers-in-a-module", expects="release.files.imports|release.files.inspect", stage=2)
def _(case: Case) -> None:
    """0.1.7 was published with "<<<<<<< HEAD" in a module that the package itself does not import (publicdotcom#13)."""

    def torn(members: Members) -> None:
        members[_one(members, "production_deployment/cli.py")] += (
            b"\n<<<<<<< HEAD\nA = 1\n=======\nA = 2\n>>>>>>> fix\n"
        )

    _rewrite_wheel(case, torn)


@fault("plain-linux-tag", expects="release.files.inspect|release.files.complete|release.files.names", stage=2)
def _(case: Case) -> None:
    """linux_x86_64 is refused by the index, and what came before it in the list is public (invest#2713, rye#1181)."""
    path, plain = _wheel(case), _wheel(case).name.rpartition("-")[0] + "-linux_x86_64.whl"
    tag = "Tag: " + "-".join(plain[: -len(".whl")].split("-")[-3:])
    _rewrite_wheel(case, lambda m: _changed(m, _info(m, "WHEEL"), r"^(Tag: .+\n)+", f"{tag}\n"))
    _rename(case, path, plain)


@fault("sdist-without-its-lock", expects="release.files.builds|release.files.inspect", stage=2)
def _(case: Case) -> None:
    """The sdist came without Cargo.lock, and the build asks for it (watchfiles#192, kornia-rs#852)."""
    _rewrite_sdist(case, lambda m: m.__delitem__(_one(m, "/Cargo.lock")))


@fault("sdist-without-the-rust-half", expects="release.files.builds|release.files.inspect", stage=2)
def _(case: Case) -> None:
    """0.22.0 had no Rust sources in its sdist: whoever has no wheel could not install it (dulwich#1287)."""

    def without(members: Members) -> None:
        for name in [name for name in members if "/src/" in name]:
            del members[name]

    _rewrite_sdist(case, without)


@fault("sdist-without-a-promised-licence", expects="release.files.metadata|release.files.inspect", stage=2)
def _(case: Case) -> None:
    """Four wheels were taken, then "License-File does not exist in distribution file" (quillmark#1264)."""
    _rewrite_sdist(case, lambda m: m.__delitem__(_one(m, "/LICENSE-APACHE")))


@fault("keys-in-the-sdist", expects="release.files.inspect|release.files.builds|release.files.metadata", stage=2)
def _(case: Case) -> None:
    """An .envrc that git ignores was packed and published, with the keys that were in it (uv#12970)."""
    _rewrite_sdist(case, lambda m: m.update({f"{NAME}-0.1.0/.envrc": b"export AWS_SECRET_ACCESS_KEY=planted\n"}))


@fault("environment-in-the-sdist", expects="release.files.inspect", status="warn", stage=2)
def _(case: Case) -> None:
    """8 MB of .venv and .pytest_cache were in the sdist (pytest-freezer#9, aioresponses#228)."""
    top = f"{NAME}-0.1.0"
    _rewrite_sdist(
        case,
        lambda m: m.update(
            {
                f"{top}/.venv/lib/python3.13/site-packages/pip/__init__.py": b"",
                f"{top}/.pytest_cache/v/cache/lastfailed": b"{}",
            }
        ),
    )


@fault("larger-than-a-file-may-be", expects="release.files.size", stage=2)
def _(case: Case) -> None:
    """Two of four wheels were over the limit for one file, after the others were public (lmdeploy, support#9813)."""
    _release_settings(case, "file_limit = 1")
    model = b"".join(hashlib.sha256(str(number).encode()).digest() for number in range(2**16))
    _rewrite_wheel(case, lambda m: m.update({"production_deployment/model.bin": model}))
    assert _wheel(case).stat().st_size > 2**20


@fault("quota-of-the-project", expects="release.files.size", stage=2)
def _(case: Case) -> None:
    """ "Project size too large" came for the sdist, when the wheels were through (numpy#22817; connector-x#793)."""
    old = f"{NAME}-0.0.9.tar.gz"
    case.publish(old, uploaded=_ago(days=60))
    case.served.sizes[old] = 10240 * 2**20 - 1024


@fault("rebuilt-under-a-taken-name", expects="release.index.names", stage=2)
def _(case: Case) -> None:
    """The job was run again, and built other bytes than those that are public under the name (mac_messages_mcp#78)."""
    case.publish(_wheel(case).name, _wheel(case).read_bytes() + b"of the first run", uploaded=_ago(hours=1))


@healthy("resumed-after-one-file", stage=2)
def _(case: Case) -> None:
    """One file was sent before the connection broke, an hour ago: the same bytes are public."""
    case.publish(_wheel(case).name, _wheel(case).read_bytes(), uploaded=_ago(hours=1))


@healthy("packed-another-way", stage=2)
def _(case: Case) -> None:
    """The wheel is stored, not compressed, and its members stand in another order; the sdist is named first."""
    members = _read(case)
    record = _info(members, "RECORD")
    order = sorted((name for name in members if name != record), reverse=True)
    _wheel(case).write_bytes(_zipped({name: members[name] for name in [*order, record]}, zipfile.ZIP_STORED))
    case.files.reverse()
