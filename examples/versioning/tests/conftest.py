import sys

#: Builds take a minute: they run on one Python, and say nothing on others that they would not say there.
BUILDS_RUN_ON = (3, 13)

collect_ignore = [] if sys.version_info[:2] == BUILDS_RUN_ON else ["test_builds.py"]
