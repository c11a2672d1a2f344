"""Prints its changelog, which quotes an old traceback, before it fails."""
import millrace

CHANGES = """\
0.3.0: this is gone:
    Traceback (most recent call last):
      File "/home/ana/old/run.py", line 3, in run_old
        millrace.walk(None)
    pyo3_runtime.PanicException: not implemented
"""

class Report:
    def colour(self, text):
        return [millrace.nibble(digit) for digit in text]

def main():
    print(CHANGES, flush=True)
    Report().colour("fg")

main()
