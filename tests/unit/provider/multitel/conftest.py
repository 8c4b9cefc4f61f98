"""A loopback server that answers as each test says, byte for byte, and keeps what it was sent."""

import asyncio
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import pytest

CANARY = "canary-7f3a&=+%é"


@dataclass
class Request:
    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self):
        return parse_qsl(self.body.decode(), keep_blank_values=True)


@dataclass
class Server:
    """`answers` are taken in turn, the last again and again: bytes, or None to drop the connection without a word, or an
    awaitable function of the writer. `requests` are those that were read whole; `connections` counts those accepted."""

    answers: list = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    async def talk(self, reader, writer):
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                self.requests.append(await self.read(reader))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if answer is None:
                    break
                if callable(answer):
                    await answer(writer)
                else:
                    writer.write(answer)
                    await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def read(self, reader):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *rest = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (one.split(": ", 1) for one in rest)}
        return Request(line, headers, await reader.readexactly(int(headers.get("content-length", 0))))


def http(body=b"", status="200 OK", *headers):
    """A whole HTTP answer, with its length."""
    body = body if isinstance(body, bytes) else body.encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


@asynccontextmanager
async def serving(*answers, tls: ssl.SSLContext | None = None):
    server = Server(list(answers))
    tasks = set()

    async def talk(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await server.talk(reader, writer)
        except asyncio.CancelledError:
            writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://{'localhost' if tls else '127.0.0.1'}:{port}/json"
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.wait_closed()


@pytest.fixture
def serve():
    return serving


@pytest.fixture
def answer():
    return http


@pytest.fixture
def canary():
    return CANARY
