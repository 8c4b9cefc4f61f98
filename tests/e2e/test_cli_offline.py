"""The real command, offline: help, check, template, explain, usage mistakes, odd surroundings."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.command import Command

HEADER = "Number,Type,URI,Cost centre\n"
GOOD = (
    f"{HEADER}12025550123,SIP,100@pbx.example.com,Paris\n33123450000-33123450009,SIP,{{last4}}@pbx.example.com,Nice\n"
)
BAD = f"{HEADER}1.20E+10,SIP,100@pbx.example.com,Paris\n12025550123,Tel,not an address,Nice\n"


@pytest.fixture
def numbatch(tmp_path: Path) -> Command:
    for name in ("home", "work"):
        (tmp_path / name).mkdir()
    return Command(tmp_path / "home", tmp_path / "work", measured=True)


@pytest.fixture
def good(numbatch: Command) -> Path:
    path = numbatch.cwd / "good.csv"
    path.write_text(GOOD)
    return path


@pytest.fixture
def bad(numbatch: Command) -> Path:
    path = numbatch.cwd / "bad.csv"
    path.write_text(BAD)
    return path


COMMANDS = [
    "demo",
    "template",
    "check",
    "plan",
    "diff",
    "run",
    "resolve",
    "pause",
    "continue",
    "rate",
    "release",
    "report",
    "verify",
    "runs",
    "status",
    "history",
    "audit",
    "match",
    "export",
    "bundle",
    "countries",
    "areas",
    "search",
    "show",
    "ringto",
    "balance",
    "explain",
    "init",
    "doctor",
    "simulate",
]


def test_help_groups_the_commands_and_names_no_other(numbatch):
    done = numbatch("--help")
    assert done.returncode == 0
    assert done.stderr == ""
    for group in ("Prepare:", "Buy:", "After:", "Look:", "Set up:"):
        assert group in done.stdout
    assert set(re.findall(r"^  ([a-z]+): ", done.stdout, re.MULTILINE)) == {*COMMANDS, "ledger"}
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(numbatch, command):
    done = numbatch(command, "--help")
    assert done.returncode == 0
    assert "For example:" in done.stdout
    assert f"numbatch {command}" in done.stdout
    assert "--quiet, -q" in done.stdout


def test_help_imports_nothing_heavy(numbatch):
    script = (
        "import sys; from batch.cli.main import run; run(['--help']);"
        "heavy = {'pandas', 'aiohttp', 'openpyxl', 'xlsxwriter', 'apsw', 'structlog', 'tqdm', 'phonenumbers', 'asyncio'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=numbatch.env(), capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr.strip() == "[]"


def test_version(numbatch):
    done = numbatch("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("numbatch 0.")


def test_check_of_a_good_sheet(numbatch, good):
    done = numbatch("check", good)
    assert (done.returncode, done.stdout) == (0, "2 rows → 11 numbers: valid\n")
    done = numbatch("check", good, "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_check_reports_every_problem_on_its_cell(numbatch, bad):
    done = numbatch("check", bad)
    assert done.returncode == 3
    for words in ("A2", "1.20E+10", "number-lossy", "B3", "Tel", "field-word", "C3", "not an address"):
        assert words in done.stdout
    assert numbatch("check", bad, "-q").stdout == done.stdout


def test_check_json(numbatch, bad, good):
    done = numbatch("check", bad, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 3
    assert found["valid"] is False
    assert found["rows"] == 2
    assert {problem["code"] for problem in found["problems"]} == {"number-lossy", "field-word", "uri-malformed"}
    assert list(found["problems"][0]) == [
        "code", "level", "file", "sheet", "row", "column", "cell", "value", "problem", "remedy",
    ]  # fmt: skip
    done = numbatch("check", good, "--json")
    assert (done.returncode, json.loads(done.stdout)["numbers"]) == (0, 11)


@pytest.mark.parametrize("name", ["missing.csv", ".", "empty.csv"])
def test_a_sheet_that_can_not_be_read_is_exit_3(numbatch, name):
    (numbatch.cwd / "empty.csv").touch()
    done = numbatch("check", name)
    assert done.returncode == 3
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    done = numbatch("check", name, "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["problems"][0]["code"] == "file-unreadable"


def test_settings_of_the_working_directory_count(numbatch):
    (numbatch.cwd / "numbatch.toml").write_text('default_country = "FR"\n[columns]\nTel = "Number"\n')
    (numbatch.cwd / "o.csv").write_text("Tel,Type,URI\n0123450000,SIP,a@pbx.example.com\n")
    assert numbatch("check", "o.csv").returncode == 0
    (numbatch.cwd / "numbatch.toml").write_text('base_url = "https://evil.example"\n')
    done = numbatch("check", "o.csv")
    assert done.returncode == 2
    assert "base_url may not stand in a settings file of the working directory" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chekc"], 'Did you mean "check"?'),
        (["check"], "requires an argument"),
        (["check", "x.csv", "--defualt-country", "FR"], "--default-country"),
        (["run", "x.csv", "--password", "hunter2"], "--password"),
        (["run", "x.csv", "--rate", "fast"], "--rate: rate must be a number above 0"),
        (["run", "x.csv", "--max-spend"], "--max-spend"),
        (["explain", "zzzzzz"], "nothing is known"),
        (["check", "x.csv", "--config", "nowhere.toml"], "--config"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_usage_mistakes_are_exit_2(numbatch, arguments, words):
    done = numbatch(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


def test_explain(numbatch):
    assert "inventory" in numbatch("explain", "-275").stdout
    assert "in doubt (status)" in numbatch("explain", "in doubt").stdout
    assert "in doubt (status)" in numbatch("explain", "in", "doubt").stdout
    found = json.loads(numbatch("explain", "100", "--json").stdout)
    assert [one["kind"] for one in found] == ["return code"]
    everything = numbatch("explain").stdout
    for code in ("-1265", "deferred", "143", "number-lossy", "uri-password"):
        assert code in everything


def test_template_is_valid_and_never_overwrites(numbatch):
    done = numbatch("template", "new.xlsx")
    assert done.returncode == 0
    assert "numbatch check new.xlsx" in done.stdout
    done = numbatch("template", "new.xlsx")
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert numbatch("template", "new.xlsx", "--force", "-q").stdout == ""
    done = numbatch("template", "nowhere/new.xlsx")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_closed_stdout_is_no_fault(numbatch, good):
    def close_stdout() -> None:
        os.close(1)

    done = numbatch("check", good, stdout=None, preexec_fn=close_stdout)
    assert (done.returncode, done.stderr) == (0, "")


def test_all_streams_closed(numbatch, good):
    done = numbatch("check", good, stdout=None, stderr=None, preexec_fn=lambda: os.closerange(0, 3))
    assert done.returncode == 0


def test_a_reader_that_left_changes_nothing(numbatch, bad):
    reader, writer = os.pipe()
    os.close(reader)
    done = numbatch("explain", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("home", ["/nonexistent", None])
def test_no_home(numbatch, good, home):
    env = numbatch.env()
    env.pop("HOME")
    if home:
        env["HOME"] = home
    done = subprocess.run(
        numbatch.words("check", good),
        env=env,
        cwd=numbatch.cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_an_empty_environment(numbatch, good):
    done = subprocess.run(
        numbatch.words("check", good), env={}, cwd=numbatch.cwd, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_ascii_terminals_get_plain_characters(numbatch, good):
    done = numbatch("check", good, env={"LANG": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.stdout == "2 rows -> 11 numbers: valid\n"


def test_simulate_lists_its_magic_numbers(numbatch):
    assert "12025550138" in numbatch("simulate", "--list").stdout
    assert json.loads(numbatch("simulate", "--list", "--json").stdout)[0]["number"].startswith("1202555")
