"""Servers wait for jobs, of which there are none yet."""

import threading

import skein
from skein_ready import ready


def job():
    done.set()


done = threading.Event()
jobs = skein.Jobs(3)
jobs.put(job)
done.wait()
ready()
more = threading.Event()
more.wait()
