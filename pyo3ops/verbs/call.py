"""What a verb is, what a call of one carries, and what several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from pyo3ops.core.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from pyo3ops.core.model import Failure, Report, Trace
    from pyo3ops.core.selection import Selection


class Call(NamedTuple):
    """One call of a verb: its arguments, the caller's environment, and where progress is told.

    `tell` is told every line of what runs, `show` a report before the last one; `confirm` asks the user, and is None
    where there is nobody to ask; `shown` is told stacks of the report as they come, and None where none are wanted.
    """

    args: argparse.Namespace
    env: Mapping[str, str]
    progress: Callable[[str], None]
    tell: Callable[[str], None] = lambda _: None
    show: Callable[[Report], None] = lambda _: None
    confirm: Callable[[str], bool] | None = None
    shown: Callable[[Trace], None] | None = None

    @property
    def basics(self) -> dict[str, Any]:
        """What every request takes: the environment, whether warnings fail, and where progress is told."""
        return {"env": self.env, "strict": self.args.strict, "progress": self.progress}

    @property
    def project(self) -> Path:
        """The root of the project that `--project`, or else the current folder, lies in."""
        from pyo3ops.core.discover import find_root  # noqa: PLC0415 - see the docstring of verbs
        from pyo3ops.core.errors import ConfigError  # noqa: PLC0415

        try:
            return find_root(Path(self.args.project or Path.cwd()))
        except FileNotFoundError:
            raise ConfigError("the current folder is gone", cause="somebody removed it", command="cd ..") from None

    @property
    def project_if_any(self) -> Path | None:
        """The same, or None outside of any project; one that `--project` names has to be there."""
        from pyo3ops.core.errors import ConfigError  # noqa: PLC0415

        try:
            return self.project
        except ConfigError:
            if self.args.project:
                raise
            return None

    @property
    def selection(self) -> Selection:
        """What `--select` and `--ignore` say."""
        from pyo3ops.core.selection import Selection  # noqa: PLC0415

        return Selection(tuple(self.args.select), tuple(self.args.ignore))

    def verify_selection(self) -> None:
        """Raise `UsageError` where `--select` or `--ignore` names what this verb can never find."""
        if not self.args.select and not self.args.ignore:
            return
        from pyo3ops.tasks import identities  # noqa: PLC0415 - see the docstring of verbs

        task = self.args.task
        if task == "validate":
            self.selection.verify(identities.of(task))
        else:
            self.selection.verify(identities.of(task), f"pyo3ops {task} --help", f"`pyo3ops {task}` has no finding")


class Verb(NamedTuple):
    """One verb; `examples` are lines that can be typed, shown by its `--help`.

    A name of two words is an action of the verb that its first word names.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[Call], Report]
    #: What follows `--` is a command of its own, and none of its words is ours.
    takes_command: bool = False


def selected(call: Call, report: Report) -> Report:
    """The report with the findings that the command line chose, and its reasons for those that it ignores.

    It fails where `--select` names something of the project's own, an example or a wheel, that nothing was found of.
    """
    from dataclasses import replace  # noqa: PLC0415

    kept = call.selection.apply(report.findings)
    return replace(report, findings=kept, failure=report.failure or _unfound(call, report))


def _unfound(call: Call, report: Report) -> Failure | None:
    if not call.args.select or not report.findings:
        return None
    from pyo3ops.core.model import Failure  # noqa: PLC0415
    from pyo3ops.core.selection import fits, is_known, near  # noqa: PLC0415
    from pyo3ops.tasks import identities  # noqa: PLC0415

    fixed = [each for each in identities.of(call.args.task) if not each.endswith("*")]
    found = [each.id for each in report.findings]
    for pattern in call.args.select:
        if not any(fits(each, pattern) for each in found) and not is_known(pattern, fixed):
            error = UsageError(
                f"nothing here is called {pattern!r}; {near(pattern, found)}",
                cause="a misspelt name, or one that this run left out",
                command=f"pyo3ops {call.args.task} --verbose",
            )
            return Failure.of(error)
    return None


def patterns(text: str) -> list[str]:
    """Words between commas, as options take them."""
    return [pattern.strip() for pattern in text.split(",") if pattern.strip()]


def no_arguments(_: argparse.ArgumentParser) -> None:
    """For a verb that takes none of its own."""
