"""As much of GitHub's API as gh asks for a release and for the artifacts of a run, on loopback.

gh speaks plain HTTP to the host github.localhost alone, through whatever proxy it is told of: this is that proxy.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import io
import json
import threading
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "github.localhost"
TOKEN = "made-up-for-the-test"  # noqa: S105 - it is none
_API = f"http://api.{HOST}"


@dataclass
class GitHub:
    """What the repository has; tests look into it, and change what it does."""

    tags: set[str] = field(default_factory=set)
    releases: list[dict[str, Any]] = field(default_factory=list)
    #: Files of each release, by its id and their names.
    files: dict[int, dict[str, bytes]] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Zipped artifacts of each run, by their names.
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    #: "METHOD PATH" of every request.
    asked: list[str] = field(default_factory=list)
    #: Names of assets that are refused.
    refuses: set[str] = field(default_factory=set)
    #: Leave digests out, as older servers do.
    digests: bool = True
    url: str = ""

    def shown(self, release: dict[str, Any]) -> dict[str, Any]:
        """A release as the API has it."""
        number = release["id"]
        return {
            **release,
            "node_id": f"R{number}",
            "url": f"{_API}/repos/me/crab/releases/{number}",
            "html_url": f"http://{HOST}/me/crab/releases/tag/{release['tag_name']}",
            "upload_url": f"http://uploads.{HOST}/repos/me/crab/releases/{number}/assets{{?name,label}}",
            "created_at": "2026-01-01T00:00:00Z",
            "assets": [self._asset(number, name, data) for name, data in self.files[number].items()],
        }

    def _asset(self, number: int, name: str, data: bytes) -> dict[str, Any]:
        digest = {"digest": f"sha256:{hashlib.sha256(data).hexdigest()}"} if self.digests else {}
        url = f"{_API}/repos/me/crab/releases/{number}/files/{name}"
        return {"name": name, "size": len(data), "state": "uploaded", "url": url, **digest}

    def release(self, tag: str) -> dict[str, Any] | None:
        """The release of a tag, drafts too."""
        return next((row for row in self.releases if row["tag_name"] == tag), None)


def zipped(files: dict[str, bytes]) -> bytes:
    """An artifact."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


class _Handler(http.server.BaseHTTPRequestHandler):
    github: GitHub

    def log_message(self, *_: object) -> None:
        """Nothing: the test asks `asked`."""

    def answer(self, status: int, document: Any = None, data: bytes | None = None) -> None:
        body = data if data is not None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/zip" if data is not None else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Oauth-Scopes", "repo, read:org, workflow")
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)

    def handle_one(self) -> None:
        split = urlsplit(self.path)
        path, query = split.path, parse_qs(split.query)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.github.asked.append(f"{self.command} {path}")
        if TOKEN not in self.headers.get("Authorization", ""):
            self.answer(401, {"message": "Bad credentials"})
        elif path == "/graphql":
            self.answer(200, self.graphql(json.loads(body)))
        elif "/actions/" in path:
            self.run(path)
        elif "/releases" in path:
            self.release(path.partition("/releases")[2], query, body)
        else:
            self.answer(200, {})

    do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = handle_one  # noqa: N815 - http.server's names

    def graphql(self, asked: dict[str, Any]) -> dict[str, Any]:
        query, names = asked["query"], asked.get("variables", {})
        if "UserCurrent" in query:
            return {"data": {"viewer": {"login": "me"}}}
        tag = str(names.get("tagName", "")).replace("refs/tags/", "")
        if "ref(qualifiedName" in query:
            return {"data": {"repository": {"ref": {"id": "T"} if tag in self.github.tags else None}}}
        found = self.github.release(tag)
        shown = {"databaseId": found["id"], "isDraft": found["draft"]} if found else None
        return {"data": {"repository": {"release": shown}}}

    def release(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        github, steps = self.github, path.strip("/").split("/")
        if path == "" and self.command == "POST":
            number = len(github.releases) + 1
            github.files[number] = {}
            github.releases.append({"id": number, **json.loads(body)})
            self.answer(201, github.shown(github.releases[-1]))
        elif steps[0] == "tags":
            found = github.release(steps[1])
            self.answer(404, {"message": "Not Found"}) if not found or found["draft"] else self.answer(
                200, github.shown(found)
            )
        elif len(steps) == 1:
            row = github.releases[int(steps[0]) - 1]
            row.update(json.loads(body) if self.command == "PATCH" else {})
            self.answer(200, github.shown(row))
        elif self.command == "DELETE":
            del github.files[int(steps[0])][steps[2]]
            self.answer(204)
        else:
            self.add(int(steps[0]), query["name"][0], body)

    def add(self, number: int, name: str, body: bytes) -> None:
        if name in self.github.refuses:
            self.answer(422, {"message": "Validation Failed"})
            return
        self.github.files[number][name] = body
        self.answer(201, {"name": name})

    def run(self, path: str) -> None:
        steps = path.partition("/actions/")[2].split("/")
        if steps[0] == "artifacts":
            self.answer(200, data=self.github.artifacts[steps[1]][steps[2]])
        elif steps[0] == "workflows":
            self.answer(200, {"id": 7, "name": "release"})
        elif steps[1] not in self.github.runs:
            self.answer(404, {"message": "Not Found"})
        elif len(steps) == 2:
            self.answer(200, self.github.runs[steps[1]])
        elif steps[2] == "artifacts":
            rows = [
                {
                    "name": name,
                    "expired": False,
                    "size_in_bytes": len(data),
                    "archive_download_url": self.zip(steps[1], name),
                }
                for name, data in self.github.artifacts.get(steps[1], {}).items()
            ]
            self.answer(200, {"total_count": len(rows), "artifacts": rows})
        else:
            self.answer(200, {"total_count": 0, "jobs": []})

    def zip(self, number: str, name: str) -> str:
        return f"{_API}/repos/me/crab/actions/artifacts/{number}/{name}"


@contextlib.contextmanager
def github() -> Iterator[GitHub]:
    """A GitHub of our own, with the repository me/crab; `url` is what gh takes for its proxy."""
    there = GitHub()
    handler = type("Handler", (_Handler,), {"github": there})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    there.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
