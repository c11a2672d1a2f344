"""Tasks for a worker of Celery's, one of which ends the process that it runs in."""

import os

from celery import Celery

import kiln

box = os.environ["KILN_BOX"]
app = Celery("tasks", broker="filesystem://", backend="file://" + box)
app.conf.broker_transport_options = {"data_folder_in": box, "data_folder_out": box, "processed_folder": box}


@app.task
def heat(weights, loss):
    return kiln.total_heat(weights, loss)


@app.task
def grain(address):
    return grind(address)


def grind(address):
    return kiln.read_far(address)
