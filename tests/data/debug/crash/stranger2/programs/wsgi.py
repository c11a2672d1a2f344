"""A WSGI application; run by gunicorn."""

import kiln


def hottest(query):
    return kiln.fire([20, 30, 25], [0, len(query)])


def application(environ, start_response):
    body = str(hottest(environ["QUERY_STRING"])).encode()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]
