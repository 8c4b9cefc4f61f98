"""What the doctor makes of each thing that it may see: hosts, certificates, disks, zones, answers."""

from __future__ import annotations

import ssl
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest
from support.certificates import Authority

from batch.cli.doctoring import answers, host, ledgers, machine, report
from batch.cli.doctoring.findings import Examined, Finding, Level, Matter, Verdict, ok, problem, warning
from batch.cli.doctoring.host import Hosts
from batch.cli.doctoring.questions import Seen
from batch.clock import SystemClock
from batch.errors import UsageError
from batch.ledger.sqlite import filesystem
from batch.ledger.sqlite.filesystem import Mount
from batch.loader import source as reading
from batch.number import Number
from batch.provider.lookups import Country, Offer, RingTo
from batch.provider.multitel import probe as probing
from batch.provider.multitel.codes import CODES
from batch.provider.multitel.probe import Probe
from batch.provider.protocol import NotOwned, Owned, Unclear
from batch.reconciler.calibration import Trust
from batch.settings.model import Settings

NUMBER = Number("12025550123")
OTHER = Number("12025550100")
LOST = Unclear("HTTP 500")


# Findings


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([], 0),
        ([ok("a", "b"), warning("a", "b"), warning("a", "b", matter=Matter.PROVIDER)], 0),
        ([problem("a", "b")], 2),
        ([problem("a", "b", matter=Matter.PROVIDER)], 5),
        ([problem("a", "b", matter=Matter.PROVIDER), problem("a", "b")], 2),
    ],
)
def test_what_is_here_counts_before_the_provider(found: list[Finding], code: int):
    assert Examined(findings=found).exit_code == code


def test_a_finding_is_one_line_with_what_to_do():
    assert problem("disk", "full.\nquite", "Make room.").line == "problem  disk: full. quite. Make room."


# Hosts


def used(**about: object) -> Probe:
    return Probe("sapi.multitel.net:443", **{"encrypted": True, "status": 200, "serves": True, **about})  # type: ignore[arg-type]


def levels(hosts: Hosts) -> dict[str, str]:
    return {one.topic: f"{one.level} {one.text} {one.remedy}" for one in host.host_findings(hosts)}


def test_a_host_that_serves_over_tls_is_well():
    found = levels(Hosts(used(ahead=timedelta(seconds=1))))
    assert found["host"].startswith("ok")
    assert "verified" in found["host"]
    assert found["clock"].startswith("ok")


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"problem": "no connection", "status": 0, "serves": False}, "see whether base_url is right"),
        ({"problem": "the certificate has expired", "untrusted": True}, "until its certificate can be verified"),
        ({"status": 302, "serves": False}, "redirect"),
    ],
)
def test_a_host_that_can_not_be_used_is_a_problem(about: dict[str, object], words: str):
    found = levels(Hosts(used(**about)))["host"]
    assert found.startswith("problem")
    assert words.lower() in found.lower()


def test_a_host_that_serves_something_else_is_warned_of_and_the_other_one_named():
    found = levels(Hosts(used(serves=False, status=404), used(), "https://api.multitel.net/json"))
    assert found["host"].startswith("warning")
    assert "Set base_url to https://api.multitel.net/json" in found["other host"]


@pytest.mark.parametrize("other", [used(), used(serves=False), used(serves=False, problem="timed out")])
def test_the_other_host_is_told_of_and_never_a_problem(other: Probe):
    found = levels(Hosts(used(), other, "https://x/json"))["other host"]
    assert found.startswith("ok")
    assert "without credentials" in found


def test_a_password_in_clear_is_warned_of_but_for_this_machine():
    assert "TLS" in levels(Hosts(Probe("provider.example:80", encrypted=False, status=200, serves=True)))
    assert "TLS" not in levels(Hosts(Probe("127.0.0.1:80", encrypted=False, status=200, serves=True)))


@pytest.mark.parametrize("seconds", [-9, 9])
def test_a_clock_is_warned_of_over_two_seconds_beyond_what_the_way_takes(seconds: int):
    far = used(ahead=timedelta(seconds=seconds), tolerance=timedelta(seconds=6))
    assert levels(Hosts(far))["clock"].startswith("warning")
    assert ("behind" if seconds > 0 else "ahead of") in levels(Hosts(far))["clock"]
    near = used(ahead=timedelta(seconds=seconds), tolerance=timedelta(seconds=8))
    assert levels(Hosts(near))["clock"].startswith("ok")


def test_which_tls_hosts_serve_is_an_assumption_of_each():
    hosts = Hosts(used(), used(serves=False, problem="timed out"), "https://api.multitel.net/json")
    assert [one.verdict for one in host.host_assumptions(hosts)] == [Verdict.HOLDS, Verdict.OPEN]
    assert not list(host.host_assumptions(Hosts(used())))


async def test_the_other_tls_host_is_asked_without_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append((self.headers["Host"].split(":")[0], self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            body = b'{"DATA":[{"RETURN":100}]}'
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    authority = Authority(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = authority.good().wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setattr(probing, "TLS_HOSTS", ("localhost", "127.0.0.1"))
    try:
        settings = Settings(base_url=f"https://localhost:{server.server_address[1]}/json")
        trusted = ssl.create_default_context(cafile=str(authority.file))
        found = await host.look_at_hosts(settings, SystemClock(), tls=trusted)
        distrusted = await host.look_at_hosts(settings, SystemClock())
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert found.used.serves
    assert found.used.encrypted
    assert found.other is not None
    assert found.other.serves
    assert asked == [("localhost", b""), ("127.0.0.1", b"")]
    assert distrusted.used.untrusted
    assert not distrusted.is_reached


# This machine


class _Usage(NamedTuple):
    free: int


@pytest.mark.parametrize(
    ("free", "level"), [(10**10, Level.OK), (100 * 1024**2, Level.WARNING), (1024**2, Level.PROBLEM)]
)
def test_little_room_on_the_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, level: Level):
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: _Usage(free))
    assert machine.room(tmp_path / "not" / "there").level is level


def test_room_that_can_not_be_told_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(_path: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(machine.shutil, "disk_usage", fail)
    assert machine.room(tmp_path).level is Level.WARNING


def test_a_time_zone_that_is_none_is_a_problem(monkeypatch: pytest.MonkeyPatch):
    def fail(_settings: Settings) -> None:
        raise UsageError("the system's time zone is not known", remedy="Set TZ.")

    assert machine.zone(Settings(timezone="Europe/Berlin")).text.startswith("Europe/Berlin (set)")
    monkeypatch.setattr(machine, "time_zone", fail)
    assert machine.zone(Settings()).level is Level.PROBLEM
    monkeypatch.setattr(machine, "time_zone", lambda _settings: "local")
    assert machine.zone(Settings()).level is Level.WARNING


def test_a_directory_that_can_not_be_written_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine.os, "access", lambda *_: False)
    [finding] = machine.directories(tmp_path, None)
    assert finding.level is Level.PROBLEM


def test_a_directory_for_all_with_the_sticky_bit_is_only_listed_by_others(tmp_path: Path):
    tmp_path.chmod(0o1777)
    [finding] = machine.directories(tmp_path, None)
    assert finding.level is Level.WARNING


def test_a_network_disk_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(filesystem, "system_mounts", lambda: [Mount("/", "nfs4", "server:/share")])
    assert ledgers._disk(tmp_path).level is Level.PROBLEM


# Answers


def topics(seen: Seen) -> dict[str, Finding]:
    return {one.topic: one for one in answers.answer_findings(seen, CODES, "host:443")}


def verdicts(seen: Seen) -> dict[str, Verdict]:
    return {one.text.split()[0] + " " + one.text.split()[1]: one.verdict for one in answers.assumptions(seen)}


def offers(*prices: str | None) -> list[Offer]:
    return [
        Offer(Number(f"1202555{place:04}"), None if price is None else Decimal(price), Decimal(1))
        for place, price in enumerate(prices)
    ]


def owned(**about: object) -> Owned:
    given: dict[str, object] = {
        "setup": Decimal(1),
        "monthly": Decimal(1),
        "created": datetime(2026, 1, 1),  # noqa: DTZ001 - the account's own word has no zone
        "description": "x",
        "holding": {"Uri": "a@h"},
        **about,
    }
    return Owned(NUMBER, **given)  # type: ignore[arg-type]


def seen(**about: object) -> Seen:
    return Seen(
        **{  # type: ignore[arg-type]
            "balance": Decimal(5),
            "countries": [Country("1", "USA", "USA", "211")],
            "prefix": "1202",
            "offers": offers("1", "2"),
            "foreign": [(OTHER, NotOwned("no rows")), (NUMBER, NotOwned("no rows"))],
            **about,
        }
    )


def test_a_refused_login_is_all_there_is_to_say():
    found = topics(Seen(blocked=-110))
    assert found.keys() == {"login"}
    assert "-110 (Wrong password)" in found["login"].text
    assert topics(Seen(blocked=12345))["login"].text.endswith("12345")


def test_a_provider_that_falls_silent_is_a_problem():
    found = topics(Seen(silent="timed out"))
    assert found.keys() == {"login"}
    assert found["login"].matter is Matter.PROVIDER


def test_numbers_without_a_price_are_counted():
    assert topics(seen(offers=offers("1", None)))["prices"].text.startswith("1 of 2 numbers")
    assert topics(seen())["prices"].level is Level.OK
    assert topics(seen(offers=[]))["stock"].level is Level.WARNING


@pytest.mark.parametrize(
    ("about", "level"),
    [
        ({"foreign": []}, Level.WARNING),
        ({"foreign": [(OTHER, LOST)]}, Level.PROBLEM),
        ({"foreign": [(OTHER, owned())]}, Level.PROBLEM),
        ({}, Level.WARNING),
        ({"own_number": NUMBER, "own": owned()}, Level.OK),
        ({"own_number": NUMBER, "own": owned(), "presences": Trust.BROKEN, "complaint": "odd"}, Level.PROBLEM),
        ({"own_number": NUMBER, "own": owned(), "absences": Trust.BROKEN, "complaint": "odd"}, Level.PROBLEM),
    ],
)
def test_whether_the_account_query_can_be_relied_on(about: dict[str, object], level: Level):
    assert topics(seen(**about))["account query"].level is level


def test_what_a_number_of_ours_lacks_is_said():
    found = topics(seen(own_number=NUMBER, own=owned(created=None, description=""), ring_to=LOST))
    assert {"date", "description", "ringto"} <= found.keys()
    assert found["number of ours"].level is Level.OK
    found = topics(seen(own_number=NUMBER, own=LOST))
    assert found["number of ours"].level is Level.PROBLEM
    for source in ("the ledger", "--number"):
        found = topics(seen(own_number=NUMBER, own=NotOwned("x"), own_from=source))
        assert found["number of ours"].level is Level.WARNING


@pytest.mark.parametrize(
    ("about", "assumption", "verdict"),
    [
        ({"countries": None}, "getcountries lists", Verdict.OPEN),
        ({"countries": LOST}, "getcountries lists", Verdict.FAILS),
        ({"countries": []}, "getcountries lists", Verdict.OPEN),
        ({"areas": LOST}, "getareas takes", Verdict.FAILS),
        ({"areas": []}, "getareas takes", Verdict.OPEN),
        ({"areas": [], "areas_way": "dial code and id"}, "getareas takes", Verdict.FAILS),
        ({"areas": [], "areas_way": "two letters"}, "getareas takes", Verdict.HOLDS),
        ({"foreign": [(OTHER, NotOwned("a")), (NUMBER, NotOwned("b"))]}, "numbers that", Verdict.FAILS),
        ({"foreign": [(OTHER, NotOwned("a")), (NUMBER, LOST)]}, "numbers that", Verdict.FAILS),
        ({"foreign": [(OTHER, NotOwned("a"))]}, "numbers that", Verdict.OPEN),
        ({"own": owned(), "own_number": NUMBER}, "DateCreated tells", Verdict.HOLDS),
        ({"own": owned(created=None), "own_number": NUMBER}, "DateCreated tells", Verdict.FAILS),
        ({"own": owned(setup=None), "own_number": NUMBER}, "SetupCost and", Verdict.FAILS),
        ({"own": owned(), "ring_to": RingTo(NUMBER, ())}, "getringto names", Verdict.HOLDS),
        ({"own": owned(), "ring_to": LOST}, "getringto names", Verdict.FAILS),
    ],
)
def test_what_becomes_of_an_assumption(about: dict[str, object], assumption: str, verdict: Verdict):
    assert verdicts(seen(**about))[assumption] is verdict


@pytest.mark.parametrize(
    ("near", "verdict"),
    [(None, Verdict.OPEN), (LOST, Verdict.FAILS), ([], Verdict.FAILS), (offers("1"), Verdict.HOLDS)],
)
def test_whether_a_longer_prefix_is_taken(near: object, verdict: Verdict):
    [one] = [one for one in answers.assumptions(seen(near_offers=near)) if "longer prefix" in one.text]
    assert one.verdict is verdict


# Reports


def test_what_can_be_sent_holds_no_password_login_or_number():
    text = "sip:100:s3cret@h of acme, not acmebooks, +12025550123 and 33123450000-33123450099, entries 1234567"
    assert (
        report.shareable(text, {"acme", "", "rehearsal"})
        == "sip:100:***@h of (account), not acmebooks, +1202… and 3312…-3312…, entries 1234…"
    )


def test_a_report_that_can_not_be_written_says_so(tmp_path: Path):
    with pytest.raises(UsageError, match="can't be written"):
        report.write_report(tmp_path / "gone" / "report.txt", Examined())
    target = tmp_path / "report.txt"
    target.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="no report"):
        report.require_place(target)


@pytest.mark.parametrize(
    ("how", "level"), [("seccomp", Level.OK), ("limits", Level.WARNING), (None, Level.PROBLEM)], ids=str
)
def test_how_the_reader_of_order_files_is_locked_in_is_said(monkeypatch, how, level):
    monkeypatch.setattr(reading, "reader_lock", lambda: how)
    assert machine.reader().level is level


def test_the_reader_says_itself_how_it_is_locked_in_and_is_not_believed_otherwise(monkeypatch):
    assert reading.reader_lock() in {"seccomp", "limits"}
    monkeypatch.setattr(reading, "child_command", lambda *_: [sys.executable, "-c", "print('nonsense')"])
    assert reading.reader_lock() is None
