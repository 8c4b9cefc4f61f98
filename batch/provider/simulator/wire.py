"""What leaves by the socket: whole answers, broken ones, and none at all."""

from __future__ import annotations

import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from batch.provider.simulator.faults import Answer, Fault

_JSON: Final = {"Server": "numbatch-simulator", "Content-Type": "application/json"}
_PAGE: Final = {"Server": "numbatch-simulator", "Content-Type": "text/html; charset=utf-8"}
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Answering:
    """What an answer can be made of."""

    number: str
    truth: bytes
    """the body that tells what was done"""
    code: bytes
    """the body with the fault's own code"""
    retry_after: int
    """seconds that Retry-After names"""
    elsewhere: str
    """path that a redirect points to"""
    drip_for: float
    """simulated seconds that a dripping answer takes in all"""
    pause: Callable[[float], Awaitable[None]]
    """waits so many simulated seconds"""


def json(body: bytes) -> web.Response:
    """Return an answer of the API."""
    return web.Response(body=body, headers=_JSON)


def page(status: int, reason: str, *, retry_after: int | None = None) -> web.Response:
    """Return an error as web servers word it."""
    headers = _PAGE if retry_after is None else {**_PAGE, "Retry-After": str(retry_after)}
    return web.Response(status=status, body=f"<html><body><h1>{reason}</h1></body></html>".encode(), headers=headers)


def drop(request: web.BaseRequest, *, reset: bool = False) -> web.Response:
    """Close the connection without an answer, or reset it (RST); what is returned goes nowhere."""
    transport = request.transport
    if transport is not None:
        if reset:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()
    return web.Response()


async def answered(request: web.BaseRequest, fault: Fault, answering: Answering) -> web.StreamResponse:
    """Answer as the fault has it."""
    match fault.answer:
        case Answer.TRUTH:
            return json(answering.truth)
        case Answer.CODE:
            return json(answering.code)
        case Answer.BODY:
            return _body(fault, answering)
        case Answer.DROP:
            return drop(request)
        case Answer.RESET:
            return drop(request, reset=True)
        case Answer.CUT:
            return await _cut(request, answering.truth)
        case Answer.DRIP:
            return await _dripped(request, answering)


def _body(fault: Fault, answering: Answering) -> web.Response:
    other = str(int(answering.number) + 1) if answering.number.isdecimal() else "1"
    body = fault.body.replace("{number}", answering.number).replace("{other}", other)
    headers = dict(_JSON if body.startswith("{") else _PAGE)
    if fault.retry_after:
        headers["Retry-After"] = str(answering.retry_after)
    if fault.redirect:
        headers["Location"] = answering.elsewhere
    return web.Response(status=fault.status, body=body.encode(), headers=headers)


async def _begun(request: web.BaseRequest, length: int) -> web.StreamResponse:
    response = web.StreamResponse(headers=_JSON)
    response.content_length = length
    await response.prepare(request)
    return response


async def _cut(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers=_JSON)
    with suppress(ConnectionError):
        response = await _begun(request, len(body))
        await response.write(body[: len(body) // 2])
        if request.transport is not None:
            # Not aborted: what was written must still leave, only then is the connection closed.
            request.transport.close()
    return response


async def _dripped(request: web.BaseRequest, answering: Answering) -> web.StreamResponse:
    response = web.StreamResponse(headers=_JSON)
    body = answering.truth
    with suppress(ConnectionError):
        response = await _begun(request, len(body))
        for place in range(len(body)):
            await response.write(body[place : place + 1])
            await answering.pause(answering.drip_for / len(body))
    return response
