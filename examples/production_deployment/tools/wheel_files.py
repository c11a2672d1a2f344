"""Change files of a wheel, and keep the rest: order, times, and a RECORD that is true."""

import base64
import hashlib
import zipfile


def rewrite(wheel, change):
    """Write a wheel again with `change(name, data)` in place of each file's bytes; RECORD follows."""
    with zipfile.ZipFile(wheel) as archive:
        entries = [(info, archive.read(info)) for info in archive.infolist()]
    changed = {}
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        # RECORD comes last in a wheel: by then it is known what changed.
        for info, before in entries:
            if info.filename.endswith(".dist-info/RECORD"):
                now = record(before.decode("utf-8"), changed).encode("utf-8")
            else:
                now = change(info.filename, before)
            if now != before:
                changed[info.filename] = now
            archive.writestr(info, now)


def record(text, changed):
    """RECORD with the hashes and sizes of what changed.

    https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    """
    lines = []
    for line in text.splitlines():
        name = line.split(",", 1)[0]
        if name in changed:
            digest = base64.urlsafe_b64encode(hashlib.sha256(changed[name]).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(changed[name])}")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"
