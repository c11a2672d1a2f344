import faulthandler, sys
faulthandler.dump_traceback_later(1.5, exit=True)
import runpy
sys.argv = [sys.argv[1], "ready"]
runpy.run_path(sys.argv[0], run_name="__main__")
