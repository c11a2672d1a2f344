from __future__ import annotations

from pathlib import Path

import pytest

from pyo3ops.core.run import Ended, Result
from pyo3ops.tools.git import (
    GitState,
    Nothing,
    RemoteRefs,
    Status,
    bare,
    chosen,
    parse_config,
    parse_ignoring,
    parse_refusal,
    parse_remote_refs,
    parse_status,
    why_none,
)

OID = "37a45bdaeae426a374c3aa8456a59d8d148bb058"


@pytest.mark.parametrize(
    ("printed", "pattern"),
    [
        (".gitignore:3:Cargo.lock\tCargo.lock\n", ".gitignore:3: Cargo.lock"),
        ("/home/me/.config/git/ignore:1:*.lock\tCargo.lock\n", "/home/me/.config/git/ignore:1: *.lock"),
        (".gitignore:4:!Cargo.lock\tCargo.lock\n", None),
        ("", None),
        ("fatal: not a git repository\n", None),
    ],
)
def test_parse_ignoring(printed: str, pattern: str | None) -> None:
    assert parse_ignoring(printed) == pattern


HEADERS = f"# branch.oid {OID}\0# branch.head main\0# branch.upstream origin/main\0# branch.ab +2 -1\0"
ENTRY = f"N... 100644 100644 100644 {OID} {OID}"


def test_parse_status() -> None:
    entries = (
        f"1 M. {ENTRY} src/lib.rs",
        f"1 .M {ENTRY} a größe/of file.py",
        f"1 MM {ENTRY} both",
        f"2 R. {ENTRY} R100 new name",
        "old name",
        f"u UU N... 100644 100644 100644 100644 {OID} {OID} {OID} torn file",
        "? left over/",
    )
    assert parse_status(HEADERS + "\0".join(entries) + "\0") == Status(
        head=OID,
        branch="main",
        upstream="origin/main",
        ahead=2,
        behind=1,
        modified=("a größe/of file.py", "both", "torn file"),
        untracked=("left over/",),
        staged=("src/lib.rs", "both", "new name"),
    )


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("", Status()),
        ("# branch.oid (initial)\0# branch.head main\0", Status(branch="main")),
        (f"# branch.oid {OID}\0# branch.head (detached)\0", Status(head=OID)),
        # An upstream that is gone has no distance.
        (
            f"# branch.oid {OID}\0# branch.head x\0# branch.upstream origin/x\0",
            Status(head=OID, branch="x", upstream="origin/x"),
        ),
        ("fatal: something else\n", Status()),
    ],
)
def test_parse_status_at_its_edges(printed: str, read: Status) -> None:
    assert parse_status(printed) == read


def test_parse_remote_refs() -> None:
    printed = f"ref: refs/heads/main\tHEAD\n{OID}\tHEAD\n{OID[::-1]}\trefs/tags/v1\n{OID}\trefs/tags/v1^{{}}\n"
    read = parse_remote_refs(printed)
    assert read == RemoteRefs((("refs/tags/v1", OID[::-1]), ("refs/tags/v1^{}", OID)), "main")
    assert (read.object("refs/tags/v1"), read.commit("refs/tags/v1")) == (OID[::-1], OID)
    assert read.commit("refs/tags/v2") == ""
    # A HEAD that is detached names no branch, and an empty repository nothing.
    assert parse_remote_refs(f"{OID}\tHEAD\n") == parse_remote_refs("") == RemoteRefs((), "")


def test_parse_config() -> None:
    printed = "remote.origin.url\nold\0remote.origin.url\nnew\0tag.gpgsign\0user.signingkey\nkey::a\nb\0"
    assert parse_config(printed) == {"remote.origin.url": "new", "tag.gpgsign": "true", "user.signingkey": "key::a\nb"}


@pytest.mark.parametrize(
    ("names", "upstream", "remote"),
    [
        ((), "", ""),
        (("origin", "fork"), "fork/main", "fork"),
        (("origin", "a/b", "a"), "a/b/main", "a/b"),
        (("origin", "fork"), "", "origin"),
        (("fork",), "", "fork"),
        (("fork", "mine"), "", ""),
        # A branch that follows one of this clone.
        (("origin",), "main", "origin"),
    ],
)
def test_which_remote_counts(names: tuple[str, ...], upstream: str, remote: str) -> None:
    assert chosen({f"remote.{name}.url": "x" for name in names}, upstream) == remote


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://me:secret@host/a.git", "https://host/a.git"),
        ("https://secret@host/a.git", "https://host/a.git"),
        ("ssh://git@host/a.git", "ssh://git@host/a.git"),
        ("ssh://git:secret@host:22/a", "ssh://git@host:22/a"),
        ("git@host:me/a.git", "git@host:me/a.git"),
        ("/a/folder", "/a/folder"),
        ("unable to access 'https://t0ken@host/a/': 403", "unable to access 'https://host/a/': 403"),
    ],
)
def test_addresses_have_no_credentials(address: str, shown: str) -> None:
    assert bare(address) == shown


@pytest.mark.parametrize(
    ("err", "nothing"),
    [
        ("fatal: not a git repository (or any of the parent directories): .git\n", ("this is no git repository", True)),
        ("fatal: this operation must be run in a work tree\n", ("a repository without a working tree", True)),
        ("fatal: detected dubious ownership in repository at '/a b'\nTo add ...\n", ("belongs to another user", False)),
        ("fatal: index file corrupt\n", ("git ended with 128: fatal: index file corrupt", False)),
    ],
)
def test_why_git_tells_nothing(err: str, nothing: tuple[str, bool]) -> None:
    read = parse_refusal(Result(("git",), 128, "", err, 0.1, Ended.EXITED))
    assert nothing[0] in read.reason
    assert read.outside is nothing[1]
    if "dubious" in err:
        assert read.fix == ("git", "config", "--global", "--add", "safe.directory", "/a b")


def test_without_git(tmp_path: Path) -> None:
    assert why_none(tmp_path, {"PATH": ""}) == Nothing("git is not here")


def test_paths_of_the_folder_that_was_asked_about() -> None:
    state = GitState(
        Path("/r"), "a/b/", OID, "main", "", None, None, (), (), (), None, "", shallow=False, operation="", tags=(),
        identity="", signing_key="", signs_tags=False,
    )  # fmt: skip
    assert state.own(["a/b/x", "a/", "a", "a/c", "y"]) == ("a/b/x", "a/")
    assert state.clean
    assert not state.detached
