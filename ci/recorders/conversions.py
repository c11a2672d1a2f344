"""Record what every supported Python and PyO3 answers into pyo3ops/conversions/recorded.json, and write what says so.

`python ci/recorders/conversions.py [--costs [TYPE...]]`: behaviour of all combinations, half an hour; with `--costs`
the nanoseconds of three of them, too, of all conversions or of those, on a machine that does nothing else. Costs that
are not measured stay as they were recorded. Needs cargo, maturin, uv, and every Python.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from pyo3ops.conversions import crate, survey  # noqa: E402
from pyo3ops.core.files import write_whole  # noqa: E402
from pyo3ops.sessions import pythons_of, reach_pythons  # noqa: E402
from pyo3ops.tasks import types  # noqa: E402

#: The newest and the oldest Python, and both PyO3s on the newest: what a user would compare.
MEASURED = (("3.8", "0.29"), ("3.13", "0.29"), ("3.13", "0.30"))


def main() -> int:
    reach_pythons()
    wanted = types.Request(
        env=dict(os.environ),
        pythons=tuple(str(python) for python in pythons_of(ROOT)),
        lines=crate.LINES,
        all_types=True,
        edge_cases=True,
        progress=lambda text: print(text, file=sys.stderr),
    )
    made, findings = types.survey(ROOT, wanted)
    wrong = [finding for finding in findings if finding.status.look.word not in ("ok", "skip", "warn")]
    for finding in wrong:
        print(finding.title, finding.detail, *finding.evidence, sep="\n  ")
    if wrong:
        return 1
    before = survey.recorded()
    made = replace(made, asked=tuple(_with_costs(asked, before) for asked in made.asked))
    costs, names = before, sys.argv[2:]
    if "--costs" in sys.argv[1:]:
        costs = _measured(wanted, names)
        made = replace(made, asked=tuple(_with_costs(asked, costs, calls=not names) for asked in made.asked))
    # Of a few: the others are still of that day.
    costs = before if names else costs
    made = replace(made, machine=costs.machine, date=costs.date, rustc=costs.rustc)
    write_whole(survey.RECORDED, survey.dumps(made).encode())
    return subprocess.run([sys.executable, str(ROOT / "ci/generate.py")], check=False).returncode


def _measured(wanted: types.Request, names: list[str]) -> survey.Survey:
    asked: tuple[survey.Asked, ...] = ()
    for python, line in MEASURED:
        one = replace(wanted, pythons=(python,), lines=(line,), edge_cases=False, benchmark=True, names=tuple(names))
        last, _ = types.survey(ROOT, one)
        asked += last.asked
    return replace(last, asked=asked)


def _with_costs(asked: survey.Asked, costs: survey.Survey, *, calls: bool = True) -> survey.Asked:
    known = costs.of(asked.combination.python, asked.combination.pyo3)
    if known is None:
        return asked
    answers = {
        name: replace(answer, costs=known.answers[name].costs) if name in known.answers else answer
        for name, answer in asked.answers.items()
    }
    return replace(asked, answers=answers, call=known.call if calls else asked.call)


if __name__ == "__main__":
    sys.exit(main())
