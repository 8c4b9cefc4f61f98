"""A host is asked without credentials, and never followed elsewhere."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from support.certificates import Authority

from batch.errors import UsageError
from batch.provider.multitel.probe import probe

NOW = datetime(2026, 11, 24, 12, 0, 0, 500_000, tzinfo=UTC)
REFUSED = '{"DATA":[{"RETURN":100}]}'


class Noon:
    """A clock that stands still."""

    def now(self):
        return NOW

    def elapsed(self):
        return 0.0


async def ask(server, **options):
    return await probe(server.url, Noon(), within=5, **options)


async def test_who_refuses_in_json_serves_the_functions_and_gets_no_credentials(serve, answer):
    async with serve(answer(REFUSED, "200 OK", "Date: Tue, 24 Nov 2026 12:00:05 GMT")) as server:
        found = await ask(server)
    assert (found.serves, found.status, found.problem, found.encrypted) == (True, 200, "", False)
    assert found.ahead == timedelta(seconds=5)
    [request] = server.requests
    assert request.line.startswith("POST /json/getcountries ")
    assert request.body == b""
    assert "authorization" not in request.headers


@pytest.mark.parametrize("body", ["", "<html>Welcome</html>", "[]", '{"error":"no such page"}', '{"DATA":'])
async def test_who_says_something_else_does_not_serve_them(serve, answer, body):
    async with serve(answer(body)) as server:
        found = await ask(server)
    assert (found.serves, found.problem) == (False, "")


@pytest.mark.parametrize("date", ["yesterday", "", "Tue, 99 Nov 2026 12:00:00 GMT"])
async def test_a_date_that_is_none_tells_no_time(serve, answer, date):
    async with serve(answer(REFUSED, "200 OK", f"Date: {date}")) as server:
        assert (await ask(server)).ahead is None


async def test_a_date_without_a_zone_is_taken_for_utc(serve, answer):
    async with serve(answer(REFUSED, "200 OK", "Date: Tue, 24 Nov 2026 12:00:00 -0000")) as server:
        assert (await ask(server)).ahead == timedelta(0)


async def test_a_redirect_is_told_and_not_followed(serve, answer):
    async with serve(answer(REFUSED)) as other, serve(answer("", "302 Found", f"Location: {other.url}")) as server:
        found = await ask(server)
    assert (found.status, found.serves) == (302, False)
    assert other.requests == []


async def test_a_long_answer_is_not_read_to_its_end(serve, answer):
    async with serve(answer("x" * 1_000_000)) as server:
        assert not (await ask(server)).serves


async def test_who_is_silent_or_not_there_is_a_problem(serve):
    async with serve(None) as server:
        found = await ask(server)
        assert found.problem
    found = await ask(server)
    assert "ECONNREFUSED" in found.problem
    assert not found.untrusted


async def test_over_tls_the_certificate_is_verified(serve, answer, tmp_path):
    authority = Authority(tmp_path)
    trusted = ssl.create_default_context(cafile=str(authority.file))
    async with serve(answer(REFUSED), tls=authority.good()) as server:
        found = await ask(server, tls=trusted)
        assert (found.serves, found.encrypted) == (True, True)
    async with serve(answer(REFUSED), tls=authority.of_a_stranger()) as server:
        found = await ask(server, tls=trusted)
        assert found.untrusted
        assert server.requests == []


async def test_an_address_that_would_not_be_safe_is_refused():
    with pytest.raises(UsageError):
        await probe("http://example.com/json", Noon(), within=1)
