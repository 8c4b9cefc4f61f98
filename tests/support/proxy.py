"""A proxy on loopback that breaks what goes through it: between the real command and the simulator, which stays honest.

It reads a request whole, knows which function and which number it is about, and lets a *fault* carry it out: forward it to
the simulator or not, before, after or long after the client was answered, reset or left alone. What arrived is in `seen`.

    >>> with ServedSimulator() as served, FaultProxy(served.base_url) as proxy:  # doctest: +SKIP
    ...     proxy.faults = on_purchases({"33123450001": [executed(resets)]})
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from support.command import settle

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_TOO_NEW = bytes([21, 3, 1, 0, 2, 2, 70])
"""A fatal alert of TLS: protocol_version."""
_PURCHASE = "buynumbers"
_HANDSHAKE = "numbatch-simulator"


class Door(Enum):
    """How connections are received."""

    OPEN = auto()
    REFUSES = auto()
    """nobody listens"""
    RESETS = auto()
    """accepted, and reset before anything is read, a TLS greeting too"""
    MUTE = auto()
    """accepted, never read"""
    OLD = auto()
    """speaks no TLS newer than 1.1, and says so"""
    BLACK_HOLE = auto()
    """the backlog is full: what would open a connection is dropped without a word"""


@dataclass(frozen=True)
class Seen:
    """A request as it arrived. `at` is monotonic; `reused`: its connection had carried one before."""

    at: float
    function: str
    number: str
    nth: int
    """of the same function and number, from 1"""
    reused: bool
    raw: bytes = field(repr=False)


class Exchange:
    """One request and the connection that it came by: what a fault may do."""

    def __init__(
        self, seen: Seen, proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.seen = seen
        self.is_over = False
        self._proxy = proxy
        self._reader = reader
        self._writer = writer

    async def forward(self) -> bytes:
        """Have the simulator carry it out; its whole answer, fit for a connection that is kept."""
        return await self._proxy.forward(self.seen)

    async def say(self, raw: bytes) -> None:
        """Send `raw` as it stands; nothing where the client has gone."""
        with contextlib.suppress(ConnectionError):
            if not self._writer.transport.is_closing():
                self._writer.write(raw)
                await self._writer.drain()

    async def gone(self) -> None:
        """Wait until the client has closed its end."""
        with contextlib.suppress(ConnectionError):
            await self._reader.read()

    def close(self) -> None:
        """Close the connection; what was said still leaves."""
        self.is_over = True
        self._writer.close()

    def reset(self) -> None:
        """Reset the connection (RST)."""
        self.is_over = True
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._writer.transport.abort()


Fault = Callable[[Exchange], Awaitable[None]]
Script = Callable[[Seen], Fault | None]


async def honest(exchange: Exchange) -> None:
    """Forward it, and pass the answer on; close where the simulator gave none."""
    answer = await exchange.forward()
    if answer:
        await exchange.say(answer)
    else:
        exchange.close()


def on_purchases(script: Mapping[str, Sequence[Fault]]) -> Script:
    """The n-th purchase of a number meets the n-th of its faults; everything else goes well."""

    def choose(seen: Seen) -> Fault | None:
        faults = script.get(seen.number, ()) if seen.function == _PURCHASE else ()
        return faults[seen.nth - 1] if seen.nth <= len(faults) else None

    return choose


def on(function: str, fault: Fault) -> Script:
    """Every request of `function` meets `fault`."""
    return lambda seen: fault if seen.function == function else None


class FaultProxy:
    """A context. `base_url` is what the command is told; `shows_itself`: the simulator's own sign comes through.

    `tls` is what it serves with. `faults` chooses what befalls a request, `receive` how connections are received: both may be
    changed at any time.
    """

    def __init__(
        self, upstream: str, *, shows_itself: bool = True, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self._upstream = urlsplit(upstream)
        self._shows_itself = shows_itself
        self._tls = tls
        self.faults: Script = lambda _seen: None
        self.seen: list[Seen] = []
        self.connections = 0
        self._nth: Counter[tuple[str, str]] = Counter()
        self._door = Door.OPEN
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._listener: asyncio.Server | None = None
        self._closed: list[socket.socket] = []  # keeps the port while nobody is served
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self._host = host

    @property
    def base_url(self) -> str:
        """Where the command finds it."""
        host = "localhost" if self._tls else f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{self._upstream.path}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_error: object) -> None:
        self._do(self._stop())
        self._do(settle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def receive(self, door: Door) -> None:
        """Receive connections this way from now on; those that are open stay."""
        self._do(self._change(door))

    def falls(self, door: Door) -> Fault:
        """The request is the last that goes well: connections are received like this from now on, and all are closed."""

        async def fault(exchange: Exchange) -> None:
            await self._change(door)
            await self._hang_up()
            await exchange.say(await exchange.forward())
            exchange.close()

        return fault

    def serve_with(self, tls: ssl.SSLContext | None) -> None:
        """Show this certificate from now on."""
        self._tls = tls
        self.receive(Door.OPEN)

    def heal(self) -> None:
        """Break nothing any more."""
        self.faults = lambda _seen: None
        self.receive(Door.OPEN)

    def purchases(self) -> Counter[str]:
        """How often each number was asked for."""
        return Counter(one.number for one in self.seen if one.function == _PURCHASE)

    def most_within(self, seconds: float) -> int:
        """The most requests that arrived within any so many seconds; the question who answers here has no pace."""
        times = [one.at for one in self.seen if one.function != _HANDSHAKE]
        return max((sum(at <= one < at + seconds for one in times) for at in times), default=0)

    # What happens on the loop --------------------------------------------------------------------------------------------

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        tls = self._tls if self._door is Door.OPEN else None  # the others act before TLS
        self._listener = await asyncio.start_server(
            self._received, self._host, self.port, ssl=tls, reuse_address=True, limit=1 << 20
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        await self._stop_listening()
        await self._hang_up()

    async def _hang_up(self) -> None:
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _change(self, door: Door) -> None:
        await self._stop_listening()
        self._door = door
        if door in {Door.REFUSES, Door.BLACK_HOLE}:
            self._close_off(full=door is Door.BLACK_HOLE)
        else:
            await self._listen()

    async def _stop_listening(self) -> None:
        if self._listener is not None:
            # What is accepted in the moment of closing never gets a transport, and its socket is left open: accept nothing first.
            for one in self._listener.sockets:
                self._loop.remove_reader(one.fileno())
            await asyncio.sleep(0)
            self._listener.close()
            self._listener = None
        for one in self._closed:
            one.close()
        self._closed.clear()

    def _close_off(self, *, full: bool) -> None:
        """Keep the port without listening; or listen with a backlog that is full already."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        holder = socket.socket(family)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((self._host, self.port))
        self._closed.append(holder)
        if full:
            holder.listen(0)
            for _ in range(4):
                filler = socket.socket(family)
                filler.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    filler.connect((self._host, self.port))
                self._closed.append(filler)

    async def _received(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match self._door:
            case Door.RESETS:
                Exchange(_NOTHING, self, reader, writer).reset()
                return
            case Door.MUTE:
                await asyncio.Event().wait()
            case Door.OLD:
                await reader.read(1)
                writer.write(_TOO_NEW)
                return
            case _:
                pass
        reused = False
        while True:
            exchange = Exchange(await self._read(reader, reused=reused), self, reader, writer)
            fault = self.faults(exchange.seen) or honest
            await fault(exchange)
            if exchange.is_over:
                return
            reused = True

    async def _read(self, reader: asyncio.StreamReader, *, reused: bool) -> Seen:
        head = await reader.readuntil(b"\r\n\r\n")
        length = _header(head, b"content-length")
        body = await reader.readexactly(int(length or 0))
        function = head.split(b" ", 2)[1].decode().removeprefix(self._upstream.path).strip("/")
        number = parse_qs(body.decode()).get("Number", [""])[0]
        self._nth[function, number] += 1
        seen = Seen(time.monotonic(), function, number, self._nth[function, number], reused, head + body)
        self.seen.append(seen)
        return seen

    async def forward(self, seen: Seen) -> bytes:
        """Send it on, by a connection of its own; the whole answer, without what is said of that connection."""
        if seen.function == _HANDSHAKE and not self._shows_itself:
            return answer(b"<html>Not here</html>", status="404 Not Found")
        reader, writer = await asyncio.open_connection(self._upstream.hostname, self._upstream.port)
        try:
            writer.write(seen.raw.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            whole = await reader.read()
        except ConnectionError:
            whole = b""
        finally:
            writer.close()
        return whole.replace(b"\r\nConnection: close", b"", 1)


_NOTHING = Seen(0.0, "", "", 0, reused=False, raw=b"")


def answer(body: bytes, *headers: str, status: str = "200 OK", version: str = "HTTP/1.1") -> bytes:
    """A whole answer, with its length."""
    head = [f"{version} {status}", f"Content-Length: {len(body)}", "Content-Type: application/json", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def split(whole: bytes) -> tuple[bytes, bytes]:
    """An answer's head, with its empty line, and its body."""
    head, empty, body = whole.partition(b"\r\n\r\n")
    return head + empty, body


def _header(head: bytes, name: bytes) -> bytes | None:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return None
