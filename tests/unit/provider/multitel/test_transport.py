"""Over real sockets: a purchase is sent once, to one host; whatever breaks is told apart; and no secret leaves."""

import asyncio
import gzip
import logging
import socket
import ssl
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest
import uvloop

from batch.errors import ProviderError
from batch.number import Number
from batch.provider.departures import LEAVES
from batch.provider.multitel.adapter import MultiTel, MultiTelOptions
from batch.provider.multitel.transport import is_simulator
from batch.provider.protocol import Bought, NoAnswer, Purchase, Refused, Throttled, Unclear, Unsent

NUMBER = Number("12025550123")
GOOD = '{"DATA":[{"RETURN":12025550123}]}'
ORDER = Purchase(NUMBER, {"Type": "1", "URI": "sip:100@pbx.example.com"})


class Noon:
    """A clock that stands still."""

    def now(self):
        return datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def connect(canary):
    def made(server, *, tls=None, **options):
        url = server if isinstance(server, str) else server.url
        options = {"timeout": 5.0, **options}
        return MultiTel(MultiTelOptions("me", canary, base_url=url, **options), clock=Noon(), tls=tls)

    return made


def plain_port():
    """A port of this machine on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


# What is sent


async def test_a_purchase_is_one_form_post_with_login_first_and_fields_in_the_documented_order(serve, answer, connect):
    async with serve(answer(GOOD)) as server, connect(server) as provider:
        fields = {"SID": "7", "Channels": "2", "URI": "a@h", "Type": "1", "Description": "x"}
        assert await provider.buy(Purchase(NUMBER, fields)) == Bought(12025550123)
    [request] = server.requests
    assert request.line == "POST /json/buynumbers/ HTTP/1.1"
    names = [name for name, _ in request.form]
    assert names == ["UserName", "Password", "Number", "Description", "Type", "URI", "Channels", "SID"]
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("numbatch/")
    assert not {"cookie", "authorization", "expect"} & request.headers.keys()


@pytest.mark.parametrize("text", ["x&Password=other", "two\r\nlines", "Zürich 日本 🎧", "a+b %41=;", "\x00", "=1+1"])
async def test_a_value_stays_data_whatever_it_holds(serve, answer, connect, canary, text):
    async with serve(answer(GOOD)) as server, connect(server) as provider:
        await provider.buy(Purchase(NUMBER, {"Description": text}))
    assert server.requests[0].form == [
        ("UserName", "me"),
        ("Password", canary),
        ("Number", NUMBER),
        ("Description", text),
    ]


@pytest.mark.parametrize("fields", [{"Password": "x"}, {"Number": "1"}, {"type": "1"}, {"Description": "half \ud83d"}])
async def test_an_order_that_can_not_be_sent_as_it_stands_is_not_sent_at_all(serve, answer, connect, fields):
    async with serve(answer(GOOD)) as server, connect(server) as provider:
        assert isinstance(await provider.buy(Purchase(NUMBER, fields)), Unsent)
    assert server.connections == 0


async def test_look_ups_post_their_documented_forms(serve, answer, connect):
    stock = '{"DATA":[{"Number":"12035550001","SetupCost":"2.000"}],"return_code":0}'
    replies = [answer('{"DATA":[{"RETURN":-440}]}'), answer('{"DATA":[{"RETURN":"12.50"}]}'), answer(stock)]
    async with serve(*replies) as server, connect(server) as provider:
        await provider.inquire(NUMBER)
        assert await provider.balance() == Decimal("12.50")
        [offer] = await provider.stock("1203")
        assert offer.setup == Decimal("2.000")
    lines = [(one.line.split()[1], [name for name, _ in one.form]) for one in server.requests]
    assert lines == [
        ("/json/getdidinfo", ["UserName", "Password", "Number"]),
        ("/json/getbalance", ["UserName", "Password"]),
        ("/json/getdids", ["UserName", "Password", "CountryCode"]),
    ]


async def test_connections_are_used_again(serve, answer, connect):
    async with serve(answer(GOOD)) as server, connect(server) as provider:
        for _ in range(5):
            await provider.buy(ORDER)
    assert (len(server.requests), server.connections) == (5, 1)


async def test_a_purchase_on_a_kept_connection_that_the_server_drops_is_sent_once(serve, answer, connect):
    async with serve(answer(GOOD), None) as server, connect(server) as provider:
        assert isinstance(await provider.buy(ORDER), Bought)
        assert isinstance(await provider.buy(ORDER), NoAnswer)
    assert (len(server.requests), server.connections) == (2, 1)


async def test_who_paces_is_told_once_when_a_request_leaves_and_never_when_it_does_not(serve, answer, connect):
    left = []
    LEAVES.set(lambda: left.append("left"))
    async with serve(answer) as server, connect(server) as provider:
        await provider.buy(ORDER)
    assert left == ["left"]
    async with connect(f"http://127.0.0.1:{plain_port()}/json") as provider:
        await provider.buy(ORDER)
    assert left == ["left"]


async def test_an_inquiry_on_a_dropped_connection_is_sent_once_too(serve, connect):
    async with serve(None) as server, connect(server) as provider:
        assert isinstance(await provider.inquire(NUMBER), Unclear)
    assert len(server.requests) == 1


async def test_a_second_answer_on_the_line_is_never_taken_for_the_next_requests(serve, answer, connect):
    refusal = answer('{"DATA":[{"RETURN":-275}]}')
    async with serve(answer(GOOD) + refusal, answer(GOOD)) as server, connect(server) as provider:
        assert isinstance(await provider.buy(ORDER), Bought)
        await asyncio.sleep(0.01)
        assert isinstance(await provider.buy(ORDER), Bought)


# Where it is sent


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_not_followed_and_halts(serve, answer, connect, status):
    async with serve(answer(GOOD)) as elsewhere:
        away = answer(GOOD, status, f"Location: {elsewhere.url}/buynumbers/")
        async with serve(away) as server, connect(server) as provider:
            outcome = await provider.buy(ORDER)
            inquiry = await provider.inquire(NUMBER)
    assert isinstance(outcome, NoAnswer)
    assert outcome.halt
    assert isinstance(inquiry, Unclear)
    assert inquiry.fatal
    assert (elsewhere.connections, len(server.requests)) == (0, 2)


async def test_a_proxy_of_the_environment_is_not_used(serve, answer, connect, monkeypatch):
    async with serve(answer(GOOD)) as proxy, serve(answer(GOOD)) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        async with connect(server) as provider:
            assert isinstance(await provider.buy(ORDER), Bought)
    assert proxy.connections == 0


async def test_cookies_are_not_kept(serve, answer, connect):
    async with serve(answer(GOOD, "200 OK", "Set-Cookie: a=b")) as server, connect(server) as provider:
        await provider.buy(ORDER)
        await provider.buy(ORDER)
    assert "cookie" not in server.requests[1].headers


# What comes back


async def test_pauses_that_the_provider_asks_for_are_passed_on(serve, answer, connect):
    replies = [
        answer("", "429 Too Many Requests", "Retry-After: 7"),
        answer("", "503 Service Unavailable", "Retry-After: Tue, 24 Nov 2026 12:00:30 GMT"),
        answer("", "429 Too Many Requests"),
    ]
    async with serve(*replies) as server, connect(server) as provider:
        assert await provider.buy(ORDER) == Throttled(7.0)
        outcome = await provider.buy(ORDER)
        assert isinstance(outcome, NoAnswer)
        assert (outcome.busy, outcome.retry_after) == (True, 30.0)
        assert await provider.buy(ORDER) == Throttled(None)


async def test_a_long_list_of_stock_is_read(serve, answer, connect):
    rows = ",".join(f'{{"Number":"1203{n:07}"}}' for n in range(10_000))
    async with serve(answer(f'{{"DATA":[{rows}],"return_code":0}}')) as server, connect(server) as provider:
        assert len(await provider.stock("1203")) == 10_000


async def reset(writer):
    writer.transport.abort()
    with suppress(ConnectionError):
        await writer.wait_closed()
    raise ConnectionError


async def reset_amid(writer):
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(GOOD)}\r\n\r\n{GOOD[:12]}".encode())
    await writer.drain()
    await asyncio.sleep(0.01)
    await reset(writer)


async def silent(_writer):
    await asyncio.sleep(5)


async def drip(writer):
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(GOOD)}\r\n\r\n".encode())
    for byte in GOOD.encode():
        writer.write(bytes([byte]))
        await asyncio.sleep(0.02)


async def endless(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(100):
        writer.write(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
        await writer.drain()


def closing(raw):
    async def say(writer):
        writer.write(raw)
        await writer.drain()
        raise ConnectionError

    return say


HEAD = b"HTTP/1.1 200 OK\r\n"
ZIPPED = gzip.compress(GOOD.encode())
ODD = {
    "dropped": None,
    "reset": reset,
    "reset amid the answer": reset_amid,
    "silent": silent,
    "dripping": drip,
    "endless": endless,
    "too large": HEAD + b"Content-Length: 70034\r\n\r\n" + GOOD.encode() + b" " * (70034 - len(GOOD)),
    "cut": closing(HEAD + b"Content-Length: 34\r\n\r\n" + GOOD.encode()[:20]),
    "cut, though it parses": closing(HEAD + b"Content-Length: 99\r\n\r\n" + GOOD.encode()),
    "cut chunks": closing(HEAD + b"Transfer-Encoding: chunked\r\n\r\n21\r\n" + GOOD.encode() + b"\r\n"),
    "bad chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "both lengths": HEAD + b"Content-Length: 34\r\nTransfer-Encoding: chunked\r\n\r\n" + GOOD.encode(),
    "two lengths": HEAD + b"Content-Length: 34\r\nContent-Length: 3\r\n\r\n" + GOOD.encode(),
    "no HTTP": closing(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "no status": closing(b"HTTP/1.1 abc\r\n\r\n"),
    "half a head": closing(b"HTTP/1.1 200 OK\r\nContent-"),
    "a huge head": closing(HEAD + b"X: " + b"y" * 100_000 + b"\r\n\r\n"),
    "compressed": HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED,
    "empty": HEAD + b"Content-Length: 0\r\n\r\n",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "only continue": closing(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a server's page": b"HTTP/1.1 500 Oops\r\nContent-Length: 34\r\n\r\n" + GOOD.encode(),
}


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_request_that_was_begun_is_sent_once_and_never_a_verdict_and_tells_no_secret(
    serve, connect, canary, caplog, odd, loop
):
    async def scenario():
        async with serve(odd) as server, connect(server, timeout=0.1) as provider:
            return server, await provider.buy(ORDER), await provider.inquire(NUMBER)

    caplog.set_level(logging.DEBUG)
    with asyncio.Runner(loop_factory=loop, debug=True) as runner:
        server, outcome, inquiry = runner.run(scenario())
    assert type(outcome) is NoAnswer
    assert type(inquiry) is Unclear
    assert not outcome.halt
    assert len(server.requests) == 2
    shown = f"{outcome!r} {inquiry!r} {caplog.text}"
    assert canary not in shown
    assert "Password" not in shown
    assert "127.0.0.1" not in outcome.reason + inquiry.reason


async def test_an_answer_too_large_or_compressed_says_so(serve, connect):
    async with serve(ODD["too large"], ODD["compressed"]) as server, connect(server) as provider:
        assert await provider.buy(ORDER) == NoAnswer("the answer is larger than 65536 bytes")
        assert await provider.buy(ORDER) == NoAnswer("the answer is compressed, which was not asked for")


async def test_an_answer_just_within_the_cap_is_read(serve, answer, connect):
    async with serve(answer(GOOD + " " * (64 * 1024 - len(GOOD)))) as server, connect(server) as provider:
        assert isinstance(await provider.buy(ORDER), Bought)


# What was certainly not sent


async def test_a_refused_connection_is_certainly_unsent(connect):
    async with connect(f"http://127.0.0.1:{plain_port()}/json") as provider:
        assert await provider.buy(ORDER) == Unsent("no connection to the provider (ECONNREFUSED)")
        assert await provider.inquire(NUMBER) == Unclear("no connection to the provider (ECONNREFUSED)")


async def test_a_host_that_is_not_found_is_certainly_unsent(connect, monkeypatch):
    def nobody(*_args, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "canary")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    async with connect("https://provider.invalid/json") as provider:
        outcome = await provider.buy(ORDER)
    assert isinstance(outcome, Unsent)
    assert outcome.reason.startswith("the provider's host name is not found")
    assert not outcome.fatal


async def test_a_time_out_amid_the_handshake_is_certainly_unsent(connect):
    async def mute(reader, writer):
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with await asyncio.start_server(mute, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        async with connect(f"https://127.0.0.1:{port}/json", timeout=0.05) as provider:
            outcome = await provider.buy(ORDER)
        await asyncio.sleep(0)
    assert isinstance(outcome, Unsent)
    assert "timed out" in outcome.reason


async def test_a_time_out_while_waiting_for_a_connection_is_certainly_unsent(serve, connect):
    async with serve(silent) as server, connect(server, timeout=0.05, workers=1) as provider:
        outcomes = await asyncio.gather(provider.buy(ORDER), provider.buy(ORDER))
    names = [type(one).__name__ for one in outcomes]
    assert "Unsent" in names
    assert names.count("NoAnswer") == len(server.requests), "what arrived is in doubt, and only that"


async def test_a_provider_that_is_not_open_sends_nothing(serve, answer, connect):
    async with serve(answer(GOOD)) as server:
        provider = connect(server)
        assert isinstance(await provider.buy(ORDER), Unsent)
        async with provider:
            pass
        assert isinstance(await provider.buy(ORDER), Unsent)
    assert server.connections == 0


async def test_cancellation_goes_through(serve, connect):
    async with serve(silent) as server, connect(server) as provider:
        task = asyncio.create_task(provider.buy(ORDER))
        while not server.requests:  # noqa: ASYNC110 - what is waited for lies behind a socket
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_an_error_of_the_transport_carries_no_url_body_or_password_in_its_traceback(connect, canary):
    async with connect(f"http://127.0.0.1:{plain_port()}/json") as provider:
        with pytest.raises(ProviderError) as caught:
            await provider._transport.post("buynumbers/", provider._form({"Number": NUMBER}))
    shown = "".join(traceback.format_exception(caught.value))
    assert canary not in shown
    assert "127.0.0.1" not in shown


# TLS


@pytest.fixture(scope="module")
def authority():
    certificates = pytest.importorskip("cryptography.x509")
    return Authority(certificates)


class Authority:
    """Issues certificates for the tests; `trust` is a client's context that trusts it alone."""

    def __init__(self, x509):
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - only where it is installed

        self.x509 = x509
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.sign("numbatch tests", authority=True)
        self.trust = ssl.create_default_context(cadata=self.pem(self.certificate).decode())

    def pem(self, certificate):
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

        return certificate.public_bytes(Encoding.PEM)

    def sign(self, host, *, years=(2020, 2100), issuer="numbatch tests", authority=False):
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

        x509 = self.x509
        name, signer = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)]) for text in (host, issuer))
        first, last = (datetime(year, 1, 1, tzinfo=UTC) for year in years)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(signer)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(first)
            .not_valid_after(last)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host.replace(" ", "-"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        )
        return builder.sign(self.key, SHA256())

    def server(self, tmp_path, certificate):
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = tmp_path / "server.pem"
        path.write_bytes(self.pem(certificate) + key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


async def test_a_trusted_certificate_is_bought_over(serve, answer, connect, authority, tmp_path):
    tls = authority.server(tmp_path, authority.sign("localhost"))
    async with serve(answer(GOOD), tls=tls) as server, connect(server, tls=authority.trust) as provider:
        assert isinstance(await provider.buy(ORDER), Bought)
        assert isinstance(await provider.buy(ORDER), Bought)
    assert (len(server.requests), server.connections) == (2, 1)


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ({"host": "localhost", "years": (2019, 2020)}, "it has expired"),
        ({"host": "localhost", "years": (2090, 2100)}, "it is not valid yet"),
        ({"host": "elsewhere.example"}, "it belongs to another host"),
        ({"host": "localhost", "issuer": "localhost"}, "it is self-signed"),
        ({"host": "localhost", "issuer": "nobody known"}, "its issuer is not known"),
    ],
)
async def test_a_bad_certificate_is_fatal_and_nothing_is_sent(
    serve, answer, connect, authority, tmp_path, certificate, words
):
    tls = authority.server(tmp_path, authority.sign(**certificate))
    async with serve(answer(GOOD), tls=tls) as server, connect(server, tls=authority.trust) as provider:
        outcome = await provider.buy(ORDER)
        inquiry = await provider.inquire(NUMBER)
    assert isinstance(outcome, Unsent)
    assert outcome.fatal
    host = server.url.split("/")[2]
    assert outcome.reason.startswith(f"the certificate of {host} is not to be trusted: {words}; ")
    assert inquiry == Unclear(outcome.reason, fatal=True)
    assert server.requests == []


async def test_the_systems_trust_is_the_default(serve, answer, connect, authority, tmp_path):
    tls = authority.server(tmp_path, authority.sign("localhost"))
    async with serve(answer(GOOD), tls=tls) as server, connect(server) as provider:
        outcome = await provider.buy(ORDER)
    assert isinstance(outcome, Unsent)
    assert outcome.fatal


async def test_a_server_that_speaks_no_tls_or_hangs_up_is_certainly_unsent_and_may_be_tried_again(connect):
    for words in (b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"):

        async def rude(_reader, writer, words=words):
            writer.write(words)
            writer.close()

        async with await asyncio.start_server(rude, "127.0.0.1", 0) as listener:
            port = listener.sockets[0].getsockname()[1]
            async with connect(f"https://127.0.0.1:{port}/json") as provider:
                outcome = await provider.buy(ORDER)
        assert isinstance(outcome, Unsent)
        assert not outcome.fatal


async def test_a_reset_within_tls_after_the_request_is_no_verdict(serve, connect, authority, tmp_path):
    tls = authority.server(tmp_path, authority.sign("localhost"))
    for odd in (None, reset):
        async with serve(odd, tls=tls) as server, connect(server, tls=authority.trust) as provider:
            assert isinstance(await provider.buy(ORDER), NoAnswer)
        assert len(server.requests) == 1


# The simulator's own sign


@pytest.mark.parametrize(
    ("body", "status", "yes"),
    [
        ('{"simulator":"numbatch","version":"1"}', "200 OK", True),
        ('{"simulator":"numbatch"}', "404 Not Found", False),
        ('{"simulator":"other"}', "200 OK", False),
        ('["numbatch"]', "200 OK", False),
        ("<html>numbatch</html>", "200 OK", False),
        (" " * 70_000, "200 OK", False),
    ],
)
async def test_the_simulator_is_known_by_its_sign_and_asked_without_credentials(serve, answer, body, status, yes):
    async with serve(answer(body, status)) as server:
        assert await is_simulator(server.url) is yes
    [request] = server.requests
    assert request.line == "GET /json/numbatch-simulator HTTP/1.1"
    assert request.body == b""
    assert "authorization" not in request.headers


async def test_nobody_there_is_no_simulator_and_no_redirect_leads_to_one(serve, answer):
    assert await is_simulator(f"http://127.0.0.1:{plain_port()}/json") is False
    async with serve(answer('{"simulator":"numbatch"}')) as real:
        away = answer("", "302 Found", f"Location: {real.url}/numbatch-simulator")
        async with serve(away) as server:
            assert await is_simulator(server.url) is False
    assert real.connections == 0


async def test_another_machine_is_not_even_asked_whether_it_is_the_simulator(monkeypatch):
    asked = []

    def nobody(host, *_args, **_options):
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "nobody")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert await is_simulator("https://sapi.multitel.net/json") is False
    assert await is_simulator("http://localhost/json") is False
    assert asked == ["localhost"]


async def test_a_refusal_comes_through(serve, answer, connect):
    async with serve(answer('{"DATA":[{"RETURN":"-275"}]}')) as server, connect(server) as provider:
        assert await provider.buy(ORDER) == Refused(-275)


@pytest.mark.parametrize(
    ("fields", "description"),
    [
        ({"Type": "1", "Description": "Support line & more"}, "Support line & more #a1b2c3d4e5"),
        ({"Type": "1"}, f"{NUMBER} #a1b2c3d4e5"),
        ({"Type": "1", "Description": ""}, f"{NUMBER} #a1b2c3d4e5"),
    ],
)
async def test_a_mark_stands_behind_the_description_or_the_number_and_the_order_is_left_alone(
    serve, answer, connect, fields, description
):
    async with serve(answer(GOOD)) as server, connect(server) as provider:
        assert provider.capabilities.mark
        await provider.buy(Purchase(NUMBER, MappingProxyType(fields), "a1b2c3d4e5"))
        await provider.buy(Purchase(NUMBER, MappingProxyType(fields)))
    marked, plain = (dict(request.form) for request in server.requests)
    assert marked == {**plain, "Description": description}
    assert list(marked).index("Description") < list(marked).index("Type")
