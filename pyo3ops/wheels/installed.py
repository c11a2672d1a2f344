"""The files of a wheel where they are installed."""

from __future__ import annotations

import errno
import re
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pyo3ops.tools.environments import Environment

#: Libraries that a repair of the wheel put in, which are not the project's own.
_BUNDLED = re.compile(r"[^/]+\.libs/")


def libraries(wheel: Path, environment: Environment) -> tuple[Path, ...]:
    """The extension modules of a wheel, where the environment has them.

    Raises `OSError` where the wheel cannot be read.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(".so") and not _BUNDLED.match(name)]
    except zipfile.BadZipFile as error:
        raise OSError(errno.EINVAL, str(error), str(wheel)) from None
    # A wheel keeps what goes elsewhere than the root of site-packages in NAME-VERSION.data/platlib/.
    names = [re.sub(r"^[^/]+\.data/(?:plat|pure)lib/", "", name) for name in names]
    folders = sorted(environment.folder.glob("lib*/python3*/site-packages"))
    return tuple(
        sorted({(folder / name).resolve() for folder in folders for name in names if (folder / name).exists()})
    )
