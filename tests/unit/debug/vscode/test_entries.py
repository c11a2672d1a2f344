from __future__ import annotations

import re

from pyo3ops.debug.vscode import entries


def test_what_starts_the_python_side_is_printed_and_named_as_it_is_looked_for() -> None:
    names = [each["name"] for each in entries.launch()]
    assert len(names) == len(set(names))
    assert all(name.startswith(entries.PREFIX) for name in names)
    both = [each for each in entries.launch() if "serverReadyAction" in each]
    assert len(both) == 2
    for each in both:
        action = each["serverReadyAction"]
        assert action["name"] in names
        code = each["args"][each["args"].index("-c") + 1]
        printed = re.search(r"print\('([^']*)'", code)
        assert printed
        found = re.fullmatch(action["pattern"], printed[1])
        assert found
        assert found[1] == str(entries.PORT)
        compile(code, "launch.json", "exec")


def test_another_port_is_the_same_on_both_sides() -> None:
    both, _, python, _ = entries.launch(6000)
    assert python["connect"]["port"] == 6000
    assert "6000" in both["args"][3]
    assert str(entries.PORT) not in str(entries.launch(6000))


def test_the_build_is_the_task_that_launches_wait_for() -> None:
    (task,) = entries.tasks(("-m", "maturin", "develop"))
    assert task["label"] == entries.BUILD
    assert {each.get("preLaunchTask", entries.BUILD) for each in entries.launch()} == {entries.BUILD}
