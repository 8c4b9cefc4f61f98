"""A provider on loopback that answers whatever a test puts into its mouth, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl

HTML = b"<!doctype html><title>Down</title>We are back soon."


@dataclass(frozen=True)
class Said:
    """One answer. `length`: what Content-Length claims, where it lies."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    closes: bool = False
    """The connection is closed without a word."""
    before: Callable[[], object] = bool
    """Called first."""


def rows(*found: Mapping[str, object], **more: object) -> Said:
    """An answer as the provider's functions give it."""
    return Said(json.dumps({"DATA": list(found), "return_code": 0, **more}).encode())


class CannedProvider:
    """A context. `says` maps a function's name to its answers, of which the last is repeated; else HTTP 404."""

    def __init__(self, **says: Sequence[Said]) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        left = {name: list(answers) for name, answers in says.items()}
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                name = self.path.rstrip("/").rpartition("/")[2]
                asked.append((name, form))
                answers = left.get(name, [Said(status=404)])
                said = answers.pop(0) if len(answers) > 1 else answers[0]
                self.close_connection = True
                said.before()
                if said.closes:
                    return
                self.send_response(said.status)
                for header, value in said.headers.items():
                    self.send_header(header, value)
                self.send_header("Content-Length", str(len(said.body) if said.length is None else said.length))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(said.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    @property
    def environ(self) -> dict[str, str]:
        """Settings by which a command asks here."""
        url = f"http://127.0.0.1:{self._server.server_port}/json"
        return {"NUMBATCH_BASE_URL": url, "NUMBATCH_USERNAME": "acme", "NUMBATCH_PASSWORD": "s3cret-Passw0rd"}
