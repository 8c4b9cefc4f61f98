"""A run in one file for auditors: what is in it, what never is, and the same bytes from the same ledger."""

from __future__ import annotations

import csv
import io
import json
import stat
import zipfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from batch.errors import UsageError
from batch.ledger.attempts import Attempt
from batch.ledger.records import Head, Invocation, InvocationEnd, InvocationFacts, Why
from batch.number import Number
from batch.provider.multitel.codes import CODES
from batch.reconciler.attempts import HEADERS
from batch.reconciler.bundle import plan_ids, run_facts, write_attempts, write_bundle

AT = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


def attempt(n: int, **changes) -> Attempt:
    one = Attempt(
        Number(f"1202555{n:04d}"), 1, 1, "buy", "7f3a", 1, AT, AT + timedelta(seconds=2), "success", n, "", 1.23456
    )
    return replace(one, **changes)


@dataclass
class Attempting:
    """A list reader that has attempts too, and whose head may move while it is read."""

    reader: object
    sent: list[Attempt]
    heads: list[Head] = field(default_factory=list)

    def __getattr__(self, name):
        return getattr(self.reader, name)

    def attempts(self, run):
        return iter(self.sent)

    def report(self, run):
        report = self.reader.report(run)
        return replace(report, head=self.heads.pop(0)) if self.heads else report


@pytest.fixture
def write(make, tmp_path):
    def write(name="bundle.zip", *, sent=(), heads=(), plan=None, **changes):
        reader = Attempting(make.reader([make.row(n) for n in range(3)], **changes), list(sent), list(heads))
        path = tmp_path / name
        hide = lambda words: words.replace("secret", "***")  # noqa: E731 - one word
        return write_bundle(path, reader, reader.reader.run, CODES, make.options(), hide, plan=plan)

    return write


def read(bundled) -> dict[str, bytes]:
    with zipfile.ZipFile(bundled.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_same_ledger_gives_the_same_bytes_for_its_owner_alone(write):
    first, second = write("a.zip", sent=[attempt(1)]), write("b.zip", sent=[attempt(1)])
    assert first.path.read_bytes() == second.path.read_bytes()
    assert stat.S_IMODE(first.path.stat().st_mode) == 0o600
    with zipfile.ZipFile(first.path) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 11, 21, 21, 47, 0)}
        assert [info.filename for info in archive.infolist()] == [one.name for one in first.members]


def test_every_request_is_a_line_and_none_is_a_formula_or_tells_a_secret(write):
    sent = [
        attempt(1),
        attempt(2, outcome="refused", code=-1265, reason="=SUM(secret)"),
        attempt(3, ended_at=None, outcome="", code=None, invocation=9, mark="+m"),
    ]
    lines = list(csv.DictReader(io.StringIO(read(write(sent=sent))["attempts.csv"].decode())))
    assert [line["Number"] for line in lines] == ["12025550001", "12025550002", "12025550003"]
    assert lines[0] == dict(
        zip(
            HEADERS,
            ["1", "2026-11-21T21:00:00+00:00", "2026-11-21T21:00:02+00:00", "12025550001", "buy", "1", "success", "1", "", "1.235", "",
             "1", "ops", "host-01", "7f3a"],
            strict=True,
        )
    )  # fmt: skip
    assert lines[1]["Return code"] == "-1265"
    assert lines[1]["Reason"] == "'=SUM(***)"
    assert (lines[2]["Answered at (UTC)"], lines[2]["Seconds"], lines[2]["By"], lines[2]["Mark"]) == ("", "", "", "'+m")


def test_the_run_its_files_and_invocations_are_told_with_their_settings(write, make):
    facts = InvocationFacts(AT, "ops", "host-01", 1, "0.1.0", {"rate": "5", "note": "secret", "plan": "p1"})
    end = InvocationEnd(AT, 5, Why.HALTED, "a secret stopped it", Decimal("10.50"), None)
    bundled = write(invocations=(Invocation(1, facts, end), Invocation(4, replace(facts, settings={}), None)))
    told = json.loads(read(bundled)["run.json"])
    assert (told["run"], told["rows"], told["files"][0]["name"]) == ("7f3a", 3, "migration-wave-3.xlsx")
    assert told["ledger"]["head"] == bundled.head.hash
    first, second = told["invocations"]
    assert first["settings"] == {"note": "***", "plan": "p1", "rate": "5"}
    assert (first["exit_code"], first["halt_reason"], first["opening_balance"]) == (5, "a *** stopped it", "10.50")
    assert (second["ended"], second["exit_code"], second["halt_reason"], second["closing_balance"]) == (None,) * 4
    assert b"carried out plan p1, whose file is not in here" in read(bundled)["README.txt"]


def test_the_plan_is_put_in_and_told(write, make):
    facts = InvocationFacts(AT, "ops", "host-01", 1, "0.1.0", {"plan": "p1"})
    bundled = write(plan=b"{}", invocations=(Invocation(1, facts, None), Invocation(2, facts, None)))
    parts = read(bundled)
    assert parts["plan.json"] == b"{}"
    assert b"plan.json\n  the plan that the run carried out" in parts["README.txt"]
    assert b"not in here" not in parts["README.txt"]
    reader = make.reader([], invocations=(Invocation(1, facts, None), Invocation(2, facts, None)))
    assert plan_ids(reader.report(reader.run)) == ["p1"]
    assert run_facts(reader.report(reader.run), str)["place"] is None


def test_a_ledger_that_moves_is_read_again_and_in_the_end_given_up(write, make):
    one, two = Head("1d0c4e", 1, "aa"), Head("1d0c4e", 2, "bb")
    assert write(heads=[one, one, two, two, two, two]).head == two
    with pytest.raises(UsageError, match="being written all the while"):
        write(heads=[one, one, two, one, one, two, one, one, two])


def test_a_bundle_that_can_not_be_written_leaves_nothing(write, tmp_path):
    with pytest.raises(OSError, match="No such file"):
        write("gone/bundle.zip")
    assert list(tmp_path.iterdir()) == []


def test_attempts_of_no_run_are_a_header(make):
    file = io.StringIO()
    reader = make.reader([])
    write_attempts(file, reader.report(reader.run), [], str)
    assert file.getvalue() == ",".join(HEADERS) + "\r\n"
