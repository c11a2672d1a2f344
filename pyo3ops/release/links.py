"""Links of a change log that compare one version with the next."""

from __future__ import annotations

import re

from pyo3ops.core.version_texts import VERSION

_COMPARED = re.compile(r"(?P<head>\S*?/compare/)(?P<old>[^\s.]\S*?)(?P<dots>\.{2,3})(?P<new>[^\s.)][^\s)]*)")
_REFERENCE = re.compile(r"^\[(?P<label>[^\]\n]+)\]:[ \t]+(?P<url>\S+)[^\n]*\n?", re.MULTILINE)


def relinked(text: str, last: str | None, version: str, old: str | None = None) -> str:
    """A heading's text with the address in it moved on by a version.

    `old` is the version that the address is of; without one it is of what was not released yet, and began with `last`.
    """
    if old is not None:
        moved = _COMPARED.sub(
            lambda match: f"{match['head']}{match['new']}{match['dots']}{_tag(match['new'], version)}", text
        )
        return moved if moved != text else text.replace(old, version)
    return _COMPARED.sub(
        lambda match: f"{match['head']}{_tag(match['old'], version, last)}{match['dots']}{match['new']}", text
    )


def linked(text: str, last: str | None, version: str, newline: str) -> str:
    """The log in which the links at its end, if it has such, know the new version."""
    references = {match["label"].lower(): match for match in _REFERENCE.finditer(text)}
    if version.lower() in references:
        return text
    opened = next((references[label] for label in references if re.search(r"unreleased|next|head|main", label)), None)
    sample = references.get((last or "").lower()) or references.get(f"v{last}".lower())
    compared = _COMPARED.fullmatch(opened["url"]) if opened else None
    if opened and compared:
        tag = _tag(compared["old"], version, last)
        moved = opened[0].replace(opened["url"], compared["head"] + tag + compared["dots"] + compared["new"])
        end = "" if moved.endswith("\n") else newline
        label = f"v{version}" if sample and sample["label"].lower() == f"v{last}".lower() else version
        address = compared["head"] + compared["old"] + compared["dots"] + tag
        if sample and not _COMPARED.fullmatch(sample["url"]):
            address = relinked(sample["url"], None, version, last)
        return (
            text[: opened.start()]
            + moved
            + end
            + f"[{label}]: {address}{newline if not end else ''}"
            + text[opened.end() :]
        )
    if sample and last:
        label = sample["label"].replace(last, version)
        line = f"[{label}]: {relinked(sample['url'], None, version, last)}{newline}"
        return text[: sample.start()] + line + text[sample.start() :]
    return text


def _tag(old: str, version: str, last: str | None = None) -> str:
    """The tag of a version, spelt as that of another one."""
    if last and last in old:
        return old.replace(last, version)
    found = re.search(VERSION, old)
    return old[: found.start()] + version + old[found.end() :] if found else f"v{version}"
