from __future__ import annotations

import ast
import re
import runpy
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "ci" / "bootstrap.py"


@pytest.mark.parametrize("old", [(2, 7, 18), (3, 6, 15), (3, 7, 16)])
def test_an_old_interpreter_gets_one_line_and_the_code_of_wrong_usage(
    old: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", old)
    with pytest.raises(SystemExit) as ending:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    said = capsys.readouterr().err
    assert ending.value.code == 2
    assert said.count("\n") == 1
    assert "Python 3.8 or later" in said
    assert f"is {old[0]}.{old[1]};" in said


def test_it_keeps_to_the_grammar_of_the_interpreters_it_turns_away() -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    source.encode("ascii")  # Python 2 needs a declaration for anything else
    tree = ast.parse(source, feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.AsyncFunctionDef, ast.NamedExpr)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]
    assert not re.search(r"__future__|->|print\(", source)
