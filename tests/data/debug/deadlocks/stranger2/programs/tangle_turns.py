"""The turns that lazy_import takes."""

import threading

reading = threading.Event()
turn = threading.Event()
