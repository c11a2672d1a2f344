"""Jobs that are logged one JSON object a line; one of them panics, and the next ones go on."""

import structlog

import kiln

structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ],
    logger_factory=structlog.PrintLoggerFactory(__import__("sys").stderr),
)
log = structlog.get_logger()


def room(pieces):
    return kiln.reserve(pieces)


def work(job, pieces):
    try:
        log.info("done", job=job, room=room(pieces))
    except BaseException:
        log.exception("failed", job=job, token="glpat-InventedOven4411xyz", client="198.51.100.23")


def main():
    for number, pieces in enumerate([0, 0, 3, 0]):
        work(number, pieces)


main()
