"""An ASGI application; run by uvicorn."""

import kiln


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    level = cone_of(scope["query_string"].decode())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(level).encode()})


def cone_of(query):
    return kiln.parse_cone(query.partition("=")[2])
