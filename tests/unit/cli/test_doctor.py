"""The doctor against real loopback servers: what it finds, what it says to do, and what a report never holds."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta, timezone
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from support.command import ServedSimulator

from batch.cli import scene
from batch.cli.commands.doctor import doctor
from batch.cli.commands.run import run
from batch.cli.doctoring import questions
from batch.cli.options import Common, Where
from batch.clock import SystemClock
from batch.errors import UsageError
from batch.ledger.records import Environment, LedgerKey
from batch.ledger.sqlite import create_ledger
from batch.ledger.sqlite.lock import LedgerLock
from batch.ledger.sqlite.place import lock_path
from batch.provider.simulator import Absence, AreasBy, Inquiry, Price, SimulatorOptions

PASSWORD = "canary-7f3a-xyz"
USER = "acme-api"
PRICE = Price(Decimal("2.000"), Decimal("3.00"))
OURS = "12025550133"
"""A number that the simulator's first account holds from the beginning."""


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, no settings but a fast rate, and no waiting between questions."""
    for name in list(os.environ):
        if name.startswith(("NUMBATCH_", "XDG_")) or name in {"STATE_DIRECTORY", "CREDENTIALS_DIRECTORY"}:
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    os.umask(0o022)  # whatever a test before left, for who may write there is looked at
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("NUMBATCH_RATE", "1000")
    monkeypatch.chdir(home)
    monkeypatch.setattr(questions, "_PAUSE", 0.0)
    monkeypatch.setattr(scene, "_LEAST_BETWEEN", Decimal(0))
    return home


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the settings of an account at a base URL."""

    def set_all(url: str, environment: str = "", user: str = USER) -> None:
        values = {"BASE_URL": url, "USERNAME": user, "PASSWORD": PASSWORD, "ENVIRONMENT": environment}
        for name, value in values.items():
            monkeypatch.setenv(f"NUMBATCH_{name}", value)

    return set_all


@pytest.fixture
def examine(capsys: pytest.CaptureFixture[str]) -> Callable[..., Found]:
    """Run the doctor; what it found, by JSON. The password is never said."""

    def call(**options: object) -> Found:
        code = doctor(json=True, **options)  # type: ignore[arg-type]
        said = capsys.readouterr()
        assert PASSWORD not in said.out + said.err
        return Found(code, json.loads(said.out))

    return call


class Found:
    def __init__(self, code: int, told: dict[str, list[dict[str, str]]]) -> None:
        self.code = code
        self.told = told
        assert told["exit_code"] == code

    def level(self, topic: str) -> list[str]:
        return [one["level"] for one in self.told["findings"] if one["topic"] == topic]

    def text(self, topic: str) -> str:
        return " ".join(f"{one['text']} {one['remedy']}" for one in self.told["findings"] if one["topic"] == topic)

    def verdict(self, beginning: str) -> str:
        [one] = [one["verdict"] for one in self.told["assumptions"] if one["text"].startswith(beginning)]
        return one

    @property
    def bad(self) -> set[str]:
        return {one["topic"] for one in self.told["findings"] if one["level"] == "problem"}


@contextmanager
def simulated(**options: object) -> Iterator[ServedSimulator]:
    stock = {f"{area}55501{last:02}": PRICE for area in ("1201", "1202", "1203") for last in range(8)}
    given = {"username": USER, "password": PASSWORD, "latency": (0, 0), "stock": stock, **options}
    with ServedSimulator(SimulatorOptions(**given)) as served:  # type: ignore[arg-type]
        yield served


@contextmanager
def answering(answer: Callable[[str, dict[str, str]], object], *headers: tuple[str, str]) -> Iterator[str]:
    """A provider that answers each function as the test says, as JSON; the handshake is not known to it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = {
                name: values[0]
                for name, values in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()
            }
            told = answer(self.path.strip("/").split("/")[-1], form)
            body = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response_only(200)
            for header in headers:
                self.send_header(*header)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/json"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# Nothing is set yet


def test_without_any_settings_it_says_what_is_missing_and_asks_nobody_with_a_login(examine):
    found = examine(offline=True)
    assert found.code == 2
    assert found.bad == {"credentials", "account"}
    assert "numbatch init" in found.text("credentials")
    assert found.level("settings") == ["warning"]


def test_settings_with_a_mistake_are_a_problem_and_no_traceback(examine, surroundings, tmp_path):
    path = tmp_path / "numbatch.toml"
    path.write_text("ratee = 5\n")
    found = examine(where=Where(config=str(path)))
    assert (found.code, found.bad) == (2, {"settings"})
    assert "rate" in found.text("settings")


def test_settings_that_others_can_write_are_a_problem(examine, tmp_path):
    path = tmp_path / "numbatch.toml"
    path.write_text('[accounts.main]\nusername = "acme-api"\n')
    path.chmod(0o666)
    found = examine(where=Where(config=str(path)), offline=True)
    assert "settings" in found.bad
    assert "chmod go-w" in found.text("settings")


def test_a_number_that_is_none_is_a_mistake_of_the_caller(examine):
    with pytest.raises(UsageError):
        examine(number="twelve", offline=True)


# A provider that does what is documented


def test_a_rehearsal_that_was_never_begun_is_well_and_asked_for_nothing_but_look_ups(examine, at):
    with simulated() as served:
        at(served.base_url)
        found = examine()
        record = served.record()
    assert (found.code, found.bad) == (0, set())
    assert found.level("account query") == ["warning"]
    assert found.verdict("numbers that are not ours are answered alike") == "holds"
    assert found.verdict("a number that is ours and one that is not") == "not checked"
    assert found.verdict("RETURN of a release") == "not checked"
    assert set(record.requests) == {"getcountries", "getbalance", "getareas", "getdids", "getdidinfo"}
    assert sum(record.requests.values()) < 12
    assert not record.charges


def test_with_a_number_of_ours_it_tells_both_apart_and_what_comes_back(examine, at):
    with simulated() as served:
        at(served.base_url)
        found = examine(number="+1 202 555 0133")
    assert found.code == 0
    assert found.level("account query") == found.level("number of ours") == ["ok"]
    for text in (
        "a number that is ours",
        "DateCreated",
        "Description",
        "SetupCost",
        "getringto",
        "getareas",
        "nothing",
    ):
        assert found.verdict(text) == "holds", text
    assert "DateCreated (text)" in found.told["answers"]["getdidinfo of a number that is ours"]
    assert OURS not in json.dumps(found.told["answers"])


def buy_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    orders = home / "orders.csv"
    orders.write_text("Number,Type,URI\n12035550101,SIP,100@pbx.example.com\n")
    assert run((orders,), yes=True, common=Common(quiet=True)) == 0
    capsys.readouterr()


def test_after_a_run_the_ledger_names_a_number_and_the_account_tells_its_zone(examine, at, surroundings, capsys):
    with simulated(zone=timezone(timedelta(hours=-5))) as served:
        at(served.base_url)
        buy_one(surroundings, capsys)
        found = examine()
        requests = served.record().requests["buynumbers"]
    assert (found.code, requests) == (0, 1)
    assert "from the ledger" in found.text("number of ours")
    assert "is whole" in found.text("ledger")
    [seen] = [one["seen"] for one in found.told["assumptions"] if one["text"].startswith("DateCreated")]
    assert seen == "UTC-05:00"


@pytest.mark.parametrize("absent_as", Absence)
def test_in_whatever_way_an_absence_is_told_it_is_told_apart(examine, at, absent_as):
    with simulated(absent_as=absent_as) as served:
        at(served.base_url)
        assert examine(number=OURS).verdict("a number that is ours") == "holds"


@pytest.mark.parametrize("by", [AreasBy.CODE, AreasBy.ID])
def test_an_older_way_of_asking_for_areas_is_found_and_told(examine, at, by):
    with simulated(areas_by=by) as served:
        at(served.base_url)
        found = examine()
    assert found.code == 0
    assert found.level("areas") == ["ok"]
    assert found.verdict("getareas takes ISOCODE") == "does not hold"


def test_a_provider_that_knows_area_prefixes_only_is_told_so(examine, at):
    with simulated(longest_prefix=4) as served:
        at(served.base_url)
        assert examine().verdict("getdids takes a longer prefix") == "does not hold"


def test_an_empty_balance_is_warned_of(examine, at):
    with simulated(balance=Decimal("0.000")) as served:
        at(served.base_url)
        found = examine()
    assert (found.code, found.level("balance")) == (0, ["warning"])


def test_a_number_that_is_not_ours_after_all_is_said_to_be_none(examine, at):
    with simulated() as served:
        at(served.base_url)
        found = examine(number="12035550177")
    assert (found.code, found.level("number of ours")) == (0, ["warning"])


# A provider that does not


def test_a_wrong_password_is_tried_once_and_nothing_else_is_asked(examine, at):
    with simulated(password="another") as served:
        at(served.base_url)
        found = examine()
        requests = served.record().requests
    assert (found.code, found.bad) == (5, {"login"})
    assert "100" in found.text("login")
    assert dict(requests) == {"getcountries": 2}  # one of them without any login


def test_a_provider_that_is_down_is_a_problem_of_the_provider(examine, at):
    with simulated() as served:
        url = served.base_url
    at(url, "rehearsal")
    found = examine()
    assert (found.code, found.bad) == (5, {"host"})
    assert "ECONNREFUSED" in found.text("host")


def test_a_provider_that_only_fails_is_said_to_fail(examine, at):
    with simulated() as served:
        at(served.base_url)
        served.simulator.script_look_up("getcountries", *["500"] * 3)
        found = examine()
    assert found.code == 0
    assert found.level("countries") == ["warning"]


def test_a_provider_that_shows_every_number_as_ours_is_not_to_be_relied_on(examine, at):
    with simulated(inquiry=Inquiry.ALL_OURS) as served:
        at(served.base_url)
        found = examine(number=OURS)
    assert (found.code, found.bad) == (5, {"account query"})
    assert "as of any number" in found.text("account query") or "as it does of any number" in found.text(
        "account query"
    )
    assert found.verdict("a number that is ours") == "does not hold"


def test_a_provider_that_shows_no_number_as_ours_is_said_to(examine, at):
    with simulated(inquiry=Inquiry.NONE_OURS) as served:
        at(served.base_url)
        found = examine(number=OURS)
    assert found.level("number of ours") == ["warning"]
    assert found.verdict("a number that is ours") == "not checked"


def test_an_account_query_that_fails_is_a_problem(examine, at):
    with simulated(inquiry=Inquiry.FAILS) as served:
        at(served.base_url)
        found = examine()
    assert (found.code, found.bad) == (5, {"account query"})


def test_a_provider_that_says_yes_to_everything_is_found_out(examine, at):
    def yes(_function: str, form: dict[str, str]) -> object:
        number = form.get("Number", form.get("CountryCode", "1203")).ljust(11, "5")
        row = {"Number": number, "SetupCost": "1.00", "MonthlyCharges": "1.00", "COUNTRYCODE": "1", "AREACODE": "1203"}
        return {"DATA": [row], "return_code": 0}

    with answering(yes) as url:
        at(url, "rehearsal")
        found = examine()
    assert (found.code, found.bad) == (5, {"account query"})


def test_a_provider_in_another_shape_gets_its_shape_told(examine, at):
    with answering(lambda *_: {"status": "ok", "result": {"did": "12025550123"}}) as url:
        at(url, "rehearsal")
        found = examine()
    assert (found.code, found.bad) == (5, {"account query"})
    assert found.told["answers"]["getcountries"].endswith("beside it status (text), result (object of did)")
    assert found.level("stock") == found.level("countries") == ["warning"]


def test_a_provider_that_answers_with_pages_is_told_so(examine, at):
    with answering(lambda *_: b"<html>Welcome</html>") as url:
        at(url, "rehearsal")
        found = examine()
    assert found.code == 5
    assert found.level("host") == ["warning"]
    assert "base_url" in found.text("host")


def test_a_clock_that_is_wrong_is_said_by_how_much(examine, at):
    with answering(lambda *_: {"DATA": []}, ("Date", "Tue, 24 Nov 2009 12:00:00 GMT")) as url:
        at(url, "rehearsal")
        found = examine()
    assert found.level("clock") == ["warning"]
    assert "ahead of" in found.text("clock")


def test_the_first_request_carries_no_login_and_a_refused_one_ends_it(examine, at):
    forms: list[dict[str, str]] = []

    def note(function: str, form: dict[str, str]) -> object:
        forms.append({"function": function, **form})
        return {"DATA": [{"RETURN": 100}]}

    with answering(note) as url:
        at(url, "rehearsal")
        assert examine().code == 5
    assert [set(form) for form in forms] == [{"function"}, {"function", "UserName", "Password"}]


# The ledger


def make_ledger(home: Path, *, live: bool = True) -> Path:
    directory = home / ".local/state/numbatch"
    key = LedgerKey("multitel", Environment.LIVE if live else Environment.REHEARSAL, USER)
    heads = home / ".config/numbatch/heads"
    return asyncio.run(create_ledger(directory, key, clock=SystemClock(), heads=heads))


@pytest.fixture
def live(at, surroundings):
    at("http://127.0.0.1:9/json", "live")
    return surroundings


def test_a_live_account_without_a_ledger_is_told_to_make_one(examine, live):
    found = examine(offline=True)
    assert (found.code, found.bad) == (2, {"ledger"})
    assert "numbatch init" in found.text("ledger")


def test_a_ledger_that_is_whole_is_well(examine, live):
    make_ledger(live)
    found = examine(offline=True)
    assert (found.code, found.level("ledger"), found.level("lock")) == (0, ["ok"], ["ok"])


def test_a_damaged_ledger_is_a_problem(examine, live):
    path = make_ledger(live)
    path.write_bytes(b"no ledger" * 1000)
    assert examine(offline=True).bad == {"ledger"}


def test_a_ledger_that_is_gone_is_missed(examine, at, surroundings, capsys):
    with simulated() as served:
        at(served.base_url)
        buy_one(surroundings, capsys)
        for path in (surroundings / ".local/state/numbatch").iterdir():
            path.unlink()
        found = examine()
    assert (found.code, found.bad) == (2, {"ledger"})
    assert "--rebuild" in found.text("ledger")


def test_a_second_ledger_of_the_account_is_warned_of(examine, live, monkeypatch, tmp_path):
    make_ledger(live)
    other = tmp_path / "other"
    key = LedgerKey("multitel", Environment.LIVE, USER)
    asyncio.run(create_ledger(other, key, clock=SystemClock(), heads=live / ".config/numbatch/heads2"))
    monkeypatch.setenv("STATE_DIRECTORY", str(other))
    monkeypatch.setenv("NUMBATCH_LEDGER", str(live / ".local/state/numbatch"))
    found = examine(offline=True)
    assert found.level("ledger") == ["ok", "warning"]
    assert str(other) in found.text("ledger")


def test_a_lock_that_is_held_is_told(examine, live):
    path = make_ledger(live)

    async def held() -> LedgerLock:
        return await LedgerLock.take(lock_path(path), SystemClock())

    lock = asyncio.run(held())
    try:
        assert examine(offline=True).level("lock") == ["warning"]
    finally:
        lock.release()


def test_a_state_directory_that_others_can_write_is_a_problem(examine, live):
    path = make_ledger(live)
    path.parent.chmod(0o777)
    assert examine(offline=True).bad == {"state directory"}
    path.parent.chmod(0o755)
    assert examine(offline=True).level("state directory") == ["warning"]


# The report


def test_a_report_holds_no_login_no_whole_number_and_no_home(examine, at, surroundings):
    report = surroundings / "report.txt"
    with simulated() as served:
        at(served.base_url)
        examine(number=OURS, output=report)
    text = report.read_text()
    assert text.startswith("numbatch doctor ")
    assert "1202…" in text
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    for secret in (PASSWORD, USER, OURS, str(surroundings)):
        assert secret not in text
    assert not re.search(r"\b[1-9][0-9]{9,14}\b", text)
    assert served.base_url.split("/")[2] in text


def test_a_report_of_settings_that_can_not_be_read_quotes_nothing_of_them(examine, surroundings, tmp_path, monkeypatch):
    path = tmp_path / "numbatch.toml"
    path.write_text('[accounts.secretive]\nusername = "hidden-user"\n')
    monkeypatch.setenv("NUMBATCH_USERNAME", "another-user")
    report = surroundings / "report.txt"
    found = examine(where=Where(config=str(path)), output=report)
    assert found.code == 2
    for secret in ("hidden-user", "another-user", "secretive"):
        assert secret not in report.read_text()


def test_a_report_replaces_a_report_and_nothing_else(examine, surroundings):
    report = surroundings / "report.txt"
    examine(offline=True, output=report)
    examine(offline=True, output=report)
    report.write_text("my own notes")
    with pytest.raises(UsageError, match="no report"):
        examine(offline=True, output=report)
    assert report.read_text() == "my own notes"
    link = surroundings / "link.txt"
    link.symlink_to(report)
    with pytest.raises(UsageError, match="link"):
        examine(offline=True, output=link)
    with pytest.raises(UsageError, match="directory"):
        examine(offline=True, output=surroundings / "none" / "report.txt")


def test_quiet_says_nothing_where_all_is_well_and_text_says_it_line_by_line(live, capsys):
    make_ledger(live)
    settings = live / ".config/numbatch/numbatch.toml"
    settings.parent.mkdir(mode=0o700, parents=True)
    settings.write_text("")
    assert doctor(offline=True, common=Common(quiet=True)) == 0
    assert capsys.readouterr().out == ""
    assert doctor(offline=True) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 5
    assert all(line.startswith("ok ") for line in lines)


def test_text_has_the_answers_and_the_assumptions(at, capsys):
    with simulated() as served:
        at(served.base_url)
        assert doctor() == 0
    out = capsys.readouterr().out
    assert "What the provider answers" in out
    assert "holds         getdids takes an area's prefix" in out
