"""The module of import_and_mutex."""

import deadlocks
import saying

saying.both.wait()
deadlocks.mutex_detached()
