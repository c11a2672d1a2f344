import sys

from hypothesis import settings

# No deadline: the machine may be busy, and valgrind makes everything thirty times slower.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

#: Builds take a minute: they run on one Python, and say nothing on others that they would not say there.
BUILDS_RUN_ON = (3, 13)

collect_ignore = [] if sys.version_info[:2] == BUILDS_RUN_ON else ["test_builds.py"]
