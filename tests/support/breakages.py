"""What can go wrong on the wire with one request, as faults for `support.proxy`: by name, and by whether it was executed."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable, Mapping

from support.proxy import Exchange, Fault, answer, split

HEAD = b"HTTP/1.1 200 OK\r\n"
_GZIP_BOMB = gzip.compress(b" " * 30_000_000)
_PAGE = b"<!doctype html><html><head><title>Down</title></head><body>We are back soon.</body></html>"

Way = Callable[[Exchange, bytes], Awaitable[None]]
"""How the answer, given whole, reaches the client."""


def executed(way: Way) -> Fault:
    """The simulator executes it and answers; the answer goes this way."""

    async def fault(exchange: Exchange) -> None:
        await way(exchange, await exchange.forward())

    return fault


def lost(way: Way) -> Fault:
    """The simulator never hears of it; what would have been its answer goes this way all the same."""

    async def fault(exchange: Exchange) -> None:
        body = f'{{"DATA":[{{"RETURN":{exchange.seen.number or 0}}}]}}'.encode()
        await way(exchange, answer(body))

    return fault


def late(seconds: float) -> Fault:
    """The request is read only when the client has given up and gone; then, `seconds` later, it is executed."""

    async def fault(exchange: Exchange) -> None:
        await exchange.gone()
        await asyncio.sleep(seconds)
        await exchange.forward()
        exchange.close()

    return fault


def says(raw: bytes, *, close: bool = False) -> Way:
    """Something else in the answer's place."""

    async def way(exchange: Exchange, _whole: bytes) -> None:
        await exchange.say(raw)
        if close:
            exchange.close()

    return way


def body(change: Callable[[bytes], bytes], *headers: str, status: str = "200 OK") -> Way:
    """The answer's body, changed, with its right length and these headers."""

    async def way(exchange: Exchange, whole: bytes) -> None:
        await exchange.say(answer(change(split(whole)[1]), *headers, status=status))

    return way


async def closes(exchange: Exchange, _whole: bytes) -> None:
    """Closed without a word."""
    exchange.close()


async def resets(exchange: Exchange, _whole: bytes) -> None:
    """Reset without a word."""
    exchange.reset()


async def _resets_amid_head(exchange: Exchange, whole: bytes) -> None:
    await exchange.say(whole[:40])
    await asyncio.sleep(0.02)  # so that it has been read: a reset discards what has not
    exchange.reset()


async def _resets_amid_body(exchange: Exchange, whole: bytes) -> None:
    head, text = split(whole)
    await exchange.say(head + text[: len(text) // 2])
    await asyncio.sleep(0.02)
    exchange.reset()


async def _cut(exchange: Exchange, whole: bytes) -> None:
    head, text = split(whole)
    await exchange.say(head + text[:-3])
    exchange.close()


async def _chunked(exchange: Exchange, whole: bytes) -> None:
    text = split(whole)[1]
    await exchange.say(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(text), text))


async def _chunks_without_end(exchange: Exchange, whole: bytes) -> None:
    text = split(whole)[1]
    await exchange.say(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(text), text))
    exchange.close()


async def _bad_chunks(exchange: Exchange, whole: bytes) -> None:
    await exchange.say(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n%b\r\n" % split(whole)[1])
    exchange.close()


async def _drips_for_ever(exchange: Exchange, whole: bytes) -> None:
    for byte in whole:
        await exchange.say(bytes([byte]))
        await asyncio.sleep(0.05)


async def _drips_in_time(exchange: Exchange, whole: bytes) -> None:
    for byte in whole:
        await exchange.say(bytes([byte]))
        await asyncio.sleep(0)


async def _endless(exchange: Exchange, _whole: bytes) -> None:
    await exchange.say(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(200):
        await exchange.say(b"4000\r\n%b\r\n" % (b" " * 0x4000))
    exchange.close()


async def _gigabytes(exchange: Exchange, _whole: bytes) -> None:
    await exchange.say(HEAD + b"Content-Length: 8589934592\r\n\r\n")
    for _ in range(200):
        await exchange.say(b" " * 0x4000)
    exchange.close()


async def _longer_than_said(exchange: Exchange, whole: bytes) -> None:
    text = split(whole)[1]
    await exchange.say(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(text) - 2, text))


async def _shorter_than_said(exchange: Exchange, whole: bytes) -> None:
    text = split(whole)[1]
    await exchange.say(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(text) + 9, text))
    await exchange.gone()
    exchange.close()


async def _old_http(exchange: Exchange, whole: bytes) -> None:
    await exchange.say(b"HTTP/1.0 200 OK\r\n\r\n" + split(whole)[1])
    exchange.close()


async def _no_head(exchange: Exchange, whole: bytes) -> None:
    await exchange.say(split(whole)[1] + b"\r\n\r\n")
    exchange.close()


async def _two_answers(exchange: Exchange, whole: bytes) -> None:
    await exchange.say(answer(_PAGE, "Content-Type: text/html") + whole)


async def _then_another(exchange: Exchange, whole: bytes) -> None:
    await exchange.say(whole + answer(b'{"DATA":[{"RETURN":-275}]}'))


async def _promises_first(exchange: Exchange, whole: bytes) -> None:
    await exchange.say(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + whole)


async def _hangs_up_after(exchange: Exchange, whole: bytes) -> None:
    await exchange.say(whole)
    exchange.close()


WAYS: Mapping[str, Way] = {
    "closed": closes,
    "reset": resets,
    "reset amid the head": _resets_amid_head,
    "reset amid the body": _resets_amid_body,
    "cut": _cut,
    "chunks without end": _chunks_without_end,
    "bad chunks": _bad_chunks,
    "drips for ever": _drips_for_ever,
    "endless": _endless,
    "gigabytes": _gigabytes,
    "gzip": body(gzip.compress, "Content-Encoding: gzip"),
    "deflate": body(zlib.compress, "Content-Encoding: deflate"),
    "br": body(lambda text: b"\x0b\x02\x80" + text, "Content-Encoding: br"),
    "gzip, not said": body(gzip.compress),
    "gzip bomb": body(lambda _text: _GZIP_BOMB, "Content-Encoding: gzip"),
    "longer than said": _longer_than_said,
    "shorter than said": _shorter_than_said,
    "UTF-16": body(lambda text: text.decode().encode("utf-16"), "Content-Type: application/json; charset=utf-16"),
    "bad UTF-8": body(lambda text: text[:-2] + b',"x":"\xff"}'),
    "byte order mark": body(lambda text: b"\xef\xbb\xbf" + text),
    "HTML": body(lambda _text: _PAGE, "Content-Type: text/html"),
    "empty": body(lambda _text: b""),
    "204": says(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "201": body(lambda text: text, status="201 Created"),
    "only 100": says(b"HTTP/1.1 100 Continue\r\n\r\n", close=True),
    "upgrade": says(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", close=True),
    "upgrade required": body(lambda text: text, "Upgrade: h2c", status="426 Upgrade Required"),
    "no head": _no_head,
    "SSH": says(b"SSH-2.0-OpenSSH_9.2\r\n", close=True),
    "another answer first": _two_answers,
    "a head of 1 MB": says(HEAD + b"X-Pad: " + b"p" * 1_000_000 + b"\r\n\r\n", close=True),
    "many headers": says(HEAD + b"X-Pad: p\r\n" * 50_000 + b"\r\n", close=True),
    "502 with the body": body(lambda text: text, status="502 Bad Gateway"),
    "408": body(lambda _text: _PAGE, status="408 Request Timeout"),
    "nonsense length": says(HEAD + b"Content-Length: -5\r\n\r\n", close=True),
}
"""Ways that leave a client without a verdict."""

HONEST: Mapping[str, Way] = {
    "HTTP/1.0": _old_http,
    "promises first": _promises_first,
    "chunked": _chunked,
    "drips in time": _drips_in_time,
    "closed afterwards": _hangs_up_after,
    "another charset said": body(lambda text: text, "Content-Type: text/html; charset=utf-7"),
    "another answer afterwards": _then_another,
}
"""Odd ways by which a definite answer arrives all the same."""
