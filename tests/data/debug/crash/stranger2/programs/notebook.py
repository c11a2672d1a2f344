"""Cells of a notebook."""

from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance(colors="NoColor")
shell.run_cell("import kiln\n\ndef checked(n):\n    rows = [b'x' * 4] * n + [b'x' * 3]\n    return kiln.check(rows)\n", store_history=True)
shell.run_cell("length = checked(2)\nprint(length)", store_history=True)
