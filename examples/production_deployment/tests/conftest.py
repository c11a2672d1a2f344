import sys

from hypothesis import settings

# No deadline: the machine may be busy, and valgrind makes everything thirty times slower.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

#: Building a release twice takes a minute: it happens on one Python, and says nothing on others that it would not here.
RELEASES_ARE_BUILT_ON = (3, 13)

collect_ignore = [] if sys.version_info[:2] == RELEASES_ARE_BUILT_ON else ["test_release.py"]
