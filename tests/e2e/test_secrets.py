"""No secret in any output, whatever goes wrong: three canaries, searched for in everything that the real command leaves.

The account's password may be nowhere. A password in a SIP URI and a token in an SMS URL are order data: they belong in the
ledger's orders and in the result workbook's routing columns, and nowhere else.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import select
import signal
import socket
import sqlite3
import subprocess
import threading
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from openpyxl import load_workbook
from support import canary
from support.canary import Watch, search
from support.command import Command, ServedSimulator, pseudo_terminal

from batch.cli import buying, logs, main, masking
from batch.provider.multitel import answers
from batch.provider.simulator import SimulatorOptions

PASSWORD = "c4n4ry-Pw9&Password=x y"
SIP = "s1pC4n4ry"
TOKEN = "t0k3nC4n4ry"
ORDER = {"SIP password": SIP, "token": TOKEN}
SECRETS = {"password": PASSWORD, **ORDER}
USER = "rehearsal"
FAST = {
    "NUMBATCH_RATE": "500",
    "NUMBATCH_RESOLVE_DELAY": "50ms",
    "NUMBATCH_RESERVED_RETRY_EVERY": "100ms",
    "NUMBATCH_RESERVED_GIVE_UP_AFTER": "300ms",
    "NUMBATCH_OUTAGE_GIVE_UP_AFTER": "500ms",
}
HEADER = "Number,Type,URI,SMSRingType,SMSURI,Cost centre\n"
ROUTING = f"SIP,sip:bob:{SIP}@pbx.example.com,POST,https://hooks.example.com/sms?token={TOKEN},Nice"
NUMBERS = ("33123450000-33123450005", "12025550138", "12025550150")

pytestmark = pytest.mark.slow
needs_proc = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at processes by /proc")


class Tree:
    """One directory with all that a command reads and leaves. What a test puts in by itself lies in `given`, unsearched."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("home", "work", "temporary", "given"):
            (root / name).mkdir(mode=0o700)
        self.given = root / "given"
        self.command = Command(root / "home", root / "work", {**FAST, "TMPDIR": str(root / "temporary")})
        self.outputs: dict[str, str | bytes] = {}

    def write(self, name: str, text: str, mode: int = 0o600) -> Path:
        path = self.given / name
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        path.chmod(mode)
        return path

    def orders(self, *numbers: str) -> Path:
        return self.write("orders.csv", HEADER + "".join(f"{one},{ROUTING}\n" for one in numbers or NUMBERS))

    def __call__(self, *arguments: object, **options: object):
        done = self.command(*arguments, **options)
        shown = " ".join(map(str, arguments))
        self.outputs[f"stdout of {shown}"] = done.stdout or ""
        self.outputs[f"stderr of {shown}"] = done.stderr or ""
        return done

    def found(self, secrets=None) -> list[canary.Found]:
        return search(self.root, self.outputs, secrets or SECRETS, allowed=self._may_lie)

    @staticmethod
    def _may_lie(secret: str, path: Path) -> bool:
        is_order_data = path.suffix in {".xlsx", ".ledger"} or ".ledger-" in path.name
        return path.parts[0] == "given" or (secret in ORDER and is_order_data)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    yield Tree(tmp_path)
    logs.configure(as_json=False, least=logs.Level.WARNING)


def simulator(**options: object) -> ServedSimulator:
    return ServedSimulator(SimulatorOptions(**{"password": PASSWORD, "latency": (0, 0.002), "speed": 50, **options}))


def configured(tree: Tree, source: str, base_url: str) -> dict[str, str]:
    """The environment by which the password comes from `source`."""
    told = f'base_url = "{base_url}"\n[accounts.main]\nusername = "{USER}"\n'
    environ = {}
    match source:
        case "variables":
            return {"NUMBATCH_BASE_URL": base_url, "NUMBATCH_USERNAME": USER, "NUMBATCH_PASSWORD": PASSWORD}
        case "password_file":
            told += f'password_file = "{tree.write("password", PASSWORD)}"\n'
        case "password_command":
            # It keeps its environment, for the test to look at.
            seen = tree.root / "work" / "seen"
            script = tree.write("tell.sh", f"#!/bin/sh\nenv > '{seen}'\nprintf %s '{PASSWORD}'\n", 0o700)
            told += f"password_command = ['{script}', 'show']\n"
        case "systemd":
            tree.write("numbatch-password", f"{PASSWORD}\n")
            environ["CREDENTIALS_DIRECTORY"] = str(tree.given)
        case "settings":
            told += f"password = {json.dumps(PASSWORD)}\n"
    return {**environ, "NUMBATCH_CONFIG": str(tree.write("numbatch.toml", told))}


# The search itself --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "leak",
    [
        PASSWORD.encode(),
        PASSWORD.encode("utf-16-le"),
        PASSWORD.encode("utf-16-be"),
        urllib.parse.quote_plus(PASSWORD).encode(),
        urllib.parse.quote(PASSWORD, safe="").encode(),
        json.dumps({"p": PASSWORD}).encode(),
        PASSWORD.replace("&", "&amp;").encode(),
        PASSWORD.encode().hex().encode(),
        *(base64.b64encode(b"x" * before + PASSWORD.encode() + b"behind") for before in range(4)),
        base64.urlsafe_b64encode(PASSWORD.encode()),
        gzip.compress(PASSWORD.encode(), mtime=0),
        zlib.compress(PASSWORD.encode()),
    ],
    ids=lambda leak: leak[:24].hex(),
)
def test_the_search_finds_a_leak_in_every_form(tmp_path, leak):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log").write_bytes(b"before " * (not leak.startswith((b"\x1f", b"\x78"))) + leak)
    assert search(tmp_path, {}, {"password": PASSWORD})
    assert not search(tmp_path, {}, {"password": "another-password"})
    assert not search(tmp_path, {}, {"password": PASSWORD}, allowed=lambda _secret, path: path == Path("deep/log"))


def test_the_search_looks_into_workbooks_databases_names_and_outputs(tmp_path):
    secrets = {"password": PASSWORD}
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet1.xml", "<c>" + PASSWORD.replace("&", "&amp;") + "</c>" * 99)
    with sqlite3.connect(tmp_path / "b.sqlite") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (a)")
        database.execute("INSERT INTO t VALUES (?)", (PASSWORD,))
        database.commit()
        places = {one.place for one in search(tmp_path, {}, secrets)}
    database.close()
    assert "a.xlsx" in places
    assert places & {"b.sqlite", "b.sqlite-wal"}
    (tmp_path / "c-secret").touch()
    assert {one.place for one in search(tmp_path, {}, {"password": "c-secret"})} == {"c-secret"}
    assert search(None, {"stderr": f"Error: {PASSWORD!r}"}, secrets)
    assert search(None, {"stderr": PASSWORD.encode()}, secrets)


def test_a_command_that_says_its_password_fails_the_test_that_runs_it(tree):
    leaking = {"NUMBATCH_PASSWORD": "explain-me", "NUMBATCH_USERNAME": "u"}
    with pytest.raises(AssertionError, match="the password was said"):
        tree.command("explain", "explain-me", env=leaking)
    process = tree.command.start("explain", "explain-me", env=leaking)
    with pytest.raises(AssertionError, match="the password was said"):
        process.communicate(timeout=60)


@needs_proc
def test_the_watch_sees_arguments_and_environments(tree):
    with Watch() as watch:
        tree("template", "x.xlsx", env={"NUMBATCH_LANGUAGE": "de"})
    said = b"".join(watch.arguments.values()) + b"".join(watch.environs.values())
    assert b"template" in said
    assert b"NUMBATCH_LANGUAGE=de" in said


# Every source of the password, every command ------------------------------------------------------------------------------


@needs_proc
@pytest.mark.parametrize("source", ["variables", "password_file", "password_command", "systemd", "settings"])
def test_wherever_the_password_comes_from_no_command_shows_it(tree, source):
    orders = tree.orders()
    with simulator(faults="storm", seed=5) as served, Watch() as watch:
        env = configured(tree, source, served.base_url)
        run = ("run", orders, "-o", "results.xlsx")
        done = [
            tree("init", "-v", env=env),
            tree(*run, "-v", "--limit", "3", env=env),
            tree(*run, "-v", "--log-format", "json", "--json", env=env),
            tree("resolve", "-v", env=env),
        ]
        if source == "variables":
            tree("check", orders, "-v", env=env)
            tree("plan", orders, "-v", env=env)
            tree("report", "-v", "-o", "again.xlsx", env=env)
            for words in (("runs", "--json"), ("status", "--json"), ("history", NUMBERS[1]), ("explain", "-110")):
                tree(*words, "-v", env=env)
        assert len(served.charged) >= 6
    assert done[0].returncode == 0, done[0].stderr
    assert done[1].returncode in {6, 8}, done[1].stderr
    assert tree.found() == []
    for pid, environ in watch.environs.items():
        given = source == "variables" and pid not in watch.children_of_children()
        assert given or not search(None, {"environment": environ}, {"password": PASSWORD}), watch.arguments[pid]
    assert not search(None, {str(pid): line for pid, line in watch.arguments.items()}, SECRETS)
    if source == "password_command":
        assert (tree.root / "work" / "seen").read_text()


@needs_proc
def test_what_reads_workbooks_has_an_empty_environment(tree):
    orders = tree.orders(*(str(33123400000 + one) for one in range(20_000)))
    with Watch() as watch:
        done = tree("check", orders, env={"NUMBATCH_PASSWORD": PASSWORD, "NUMBATCH_USERNAME": USER})
    assert done.returncode == 0, done.stderr
    readers = watch.children_of_children()
    assert readers
    assert {watch.environs[pid] for pid in readers} == {b""}


def test_password_commands_get_no_other_password_and_their_words_are_not_told(tree):
    told = f'[accounts.main]\nusername = "{USER}"\n'
    env = {
        "NUMBATCH_PASSWORD": PASSWORD,
        "NUMBATCH_BASE_URL": "http://127.0.0.1:9",
        "NUMBATCH_ENVIRONMENT": "rehearsal",
    }
    seen = tree.root / "work" / "seen"
    for command in (
        f"['/bin/sh', '-c', 'env > {seen}; exit 3', '{SIP}']",
        f"['/nowhere/program', '{SIP}']",
        f"'{SIP}'",
        f"['/bin/sh', '-c', 'echo; echo {SIP}']",
        f"['/bin/sh', '-c', 'printf {SIP}; printf \"\\\\377\"']",
        f"'\"unbalanced {SIP}'",
    ):
        config = tree.write("numbatch.toml", f"{told}base_url = 'http://127.0.0.1:9'\npassword_command = {command}\n")
        done = tree("run", tree.orders(), "-v", "--config", config, env=env)
        assert done.returncode == 2, done.stderr
        assert "password_command" in done.stderr
    assert "NUMBATCH_BASE_URL" in seen.read_text()
    assert tree.found() == []


# A provider that says it back ---------------------------------------------------------------------------------------------


def _page(_form: str) -> tuple[str, dict[str, str], str]:
    return "500 Internal Server Error", {"Content-Type": "text/html"}, f"<pre>POST {_form} {PASSWORD}</pre>"


def _bytes(body: str, status: str = "200 OK", **headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body.encode())}",
        *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
    ]
    return "\r\n".join([*lines, "", body]).encode()


def _row(**row: object) -> bytes:
    return _bytes(json.dumps({"DATA": [row], "return_code": 0}))


HOLDING = {"SetupCost": "1", "MonthlyCharges": "1", "DateCreated": PASSWORD, "Description": PASSWORD, "Uri": PASSWORD}
ECHOES = {
    "page": lambda form: _bytes(f"<html>{form} {PASSWORD}</html>"),
    "page of a fault": lambda form: _bytes(f"<html>{form} {PASSWORD}</html>", "500 Internal Server Error"),
    "RETURN": lambda form: _row(RETURN=PASSWORD),
    "RETURN and words": lambda form: _row(RETURN=-165, Message=PASSWORD),
    "key": lambda form: _row(**{PASSWORD: 1}),
    "holding": lambda form: _row(Number=form["Number"], **HOLDING) if "Number" in form else _row(RETURN=PASSWORD),
    "stock": lambda form: _row(Number=form.get("Number", ""), Country=PASSWORD, Area=PASSWORD, SetupCost=PASSWORD),
    "return_code": lambda form: _bytes(json.dumps({"DATA": [], "return_code": PASSWORD})),
    "redirect": lambda form: _bytes("", "302 Found", Location=f"https://x.example/?{urllib.parse.urlencode(form)}"),
    "status": lambda form: _bytes("", f"400 {PASSWORD}"),
    "header": lambda form: _bytes(
        "{", X_Form=urllib.parse.urlencode(form), Set_Cookie=f"p={urllib.parse.quote(PASSWORD)}"
    ),
    "encoding": lambda form: _bytes("{}", Content_Encoding=PASSWORD),
    "pause": lambda form: _bytes("", "503 Busy", Retry_After=PASSWORD),
    "no HTTP": lambda form: f"{PASSWORD}\r\n\r\n".encode(),
    "broken header": lambda form: f"HTTP/1.1 200 OK\r\n{PASSWORD}\r\n\r\n".encode(),
    "broken length": lambda form: f"HTTP/1.1 200 OK\r\nContent-Length: {PASSWORD}\r\n\r\n".encode(),
    "broken chunk": lambda form: f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{PASSWORD}\r\n".encode(),
    "cut": lambda form: _bytes(f'{{"DATA": "{PASSWORD}')[:-3],
}


@contextmanager
def parrot(says) -> Iterator[str]:
    """A provider that answers everything with what `says` makes of the form."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def do_POST(self):
            form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.close_connection = True
            with suppress(OSError):
                self.wfile.write(says({name: values[0] for name, values in form.items()}))

        def log_message(self, *_args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/json"
        server.shutdown()
        thread.join(10)


@pytest.mark.parametrize(
    "echo", [pytest.param(echo, marks=pytest.mark.long if place % 3 else ()) for place, echo in enumerate(ECHOES)]
)
def test_a_provider_that_says_the_password_back_is_not_believed_and_not_quoted(tree, echo):
    orders = tree.orders("12025550101", "12025550102")
    with parrot(ECHOES[echo]) as base_url:
        env = {**configured(tree, "variables", base_url), "NUMBATCH_ENVIRONMENT": "rehearsal", "PYTHONDEVMODE": "1"}
        run = tree("run", orders, "-v", "-o", "results.xlsx", env=env)
        assert run.returncode in {4, 5, 6}, run.stderr
        if echo in {"holding", "RETURN", "no HTTP"}:
            tree("resolve", "-v", "--log-format", "json", "--json", env=env)
            tree("init", "-v", env=env)
            tree("history", "12025550101", env=env)
    assert tree.found() == []


# Faults on the way --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["wrong password", "refused", "no such host", "no TLS", "outage", "silence"])
def test_no_fault_on_the_way_shows_it(tree, fault):
    orders = tree.orders("12025550101", "12025550102")
    with simulator(password="another" if fault == "wrong password" else PASSWORD) as served, socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        port = mute.getsockname()[1]
        url = {
            "refused": "http://127.0.0.1:9/json",
            "no such host": "https://numbatch.invalid/json",
            "no TLS": served.base_url.replace("http:", "https:"),
            "silence": f"http://127.0.0.1:{port}/json",
        }.get(fault, served.base_url)
        env = {**configured(tree, "variables", url), "NUMBATCH_TIMEOUT": "300ms", "PYTHONASYNCIODEBUG": "1"}
        if url != served.base_url and "invalid" not in url:
            env["NUMBATCH_ENVIRONMENT"] = "rehearsal"
        if fault == "outage":
            served.simulator.outage = True
        tree("init", "-v", env=env)
        run = tree("run", orders, "-v", "-o", "results.xlsx", "--yes", "--max-numbers", "5", env=env)
        assert run.returncode in {5, 6}, run.stderr
    assert tree.found() == []


def wait_for(condition, seconds=60.0):
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        select.select([], [], [], 0.02)
    raise AssertionError


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGKILL", "SIGUSR1", "SIGQUIT", "SIGABRT", "SIGSEGV"])
def test_however_a_run_ends_it_leaves_no_trace_of_it(tree, number):
    """With Python's own fault handler on, and core files allowed: the command forbids itself to leave one."""
    orders = tree.orders("33123450000-33123450099")
    with simulator(latency=(0.5, 0.5), speed=1) as served:
        env = {**configured(tree, "variables", served.base_url), "PYTHONFAULTHANDLER": "1"}
        process = tree.command.start("run", orders, "-v", "-o", "results.xlsx", env=env)
        wait_for(lambda: served.record().requests.get("buynumbers", 0) >= 1)
        assert _soft_core_limit(process.pid) in {"0", ""}
        process.send_signal(getattr(signal, number))
        tree.outputs["stdout"], tree.outputs["stderr"] = process.communicate(timeout=60)
    assert not list(tree.root.rglob("core*"))
    assert tree.found() == []


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_fault_of_the_program_that_quotes_it_does_not_show_it(tree, monkeypatch, capsys, log_format):
    """In this process, with a mistake planted where a request's form is at hand."""
    monkeypatch.setattr(masking, "_seen", {})
    monkeypatch.chdir(tree.command.cwd)

    def fail(*_words):
        form = {"UserName": USER, "Password": PASSWORD}
        raise RuntimeError(f"{form} {urllib.parse.urlencode(form)} {PASSWORD}\nand {PASSWORD!r}")

    monkeypatch.setattr(answers, "purchase", fail)  # an answer that nobody understands: in doubt, and asked about
    monkeypatch.setattr(buying, "say_summary", fail)
    orders = tree.orders("12025550101", "12025550102")
    with simulator() as served:
        for name, value in tree.command.env(configured(tree, "variables", served.base_url)).items():
            monkeypatch.setenv(name, value)
        code = main.run(["run", str(orders), "-v", "-o", "results.xlsx", "--log-format", log_format])
        assert sorted(served.charged) == ["12025550101", "12025550102"]
    tree.outputs.update(zip(("stdout", "stderr"), capsys.readouterr(), strict=True))
    assert code == 1
    assert "a fault of the program itself: RuntimeError" in tree.outputs["stderr"]
    assert "Traceback" in tree.outputs["stderr"]
    assert tree.found() == []


def _soft_core_limit(pid: int) -> str:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines():
            if line.startswith("Max core file size"):
                return line.split()[4]
    return ""


# Settings, flags, prompts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        f"password = {SIP}",
        f"password = '{SIP}",
        f'password = "{SIP}\\q"',
        f"password = '{SIP}' '{SIP}'",
        f'password = """{SIP}\n{SIP}"""',
        f"password = ['{SIP}']",
        f"password = {{ x = '{SIP}' }}",
        f"password : {SIP}",
        f"password = '{SIP}'\npassword = '{SIP}'",
        f"passwort = '{SIP}'",
        f"base_url = 'https://bob:{SIP}@sapi.multitel.net/json'",
        f"base_url = 'https://sapi.multitel.net/json?Password={SIP}'",
    ],
)
def test_a_settings_file_that_is_wrong_is_not_quoted(tree, line, monkeypatch, capsys):
    monkeypatch.setattr(masking, "_seen", {})
    monkeypatch.chdir(tree.command.cwd)
    config = tree.write("numbatch.toml", f'[accounts.main]\nusername = "u"\n{line}\n')
    for words in (("run", tree.orders(), "--yes", "--max-numbers", "1"), ("init", "--offline")):
        assert main.run([*map(str, words), "-v", "--config", str(config)]) == 2
    tree.outputs.update(zip(("stdout", "stderr"), capsys.readouterr(), strict=True))
    assert tree.outputs["stderr"]
    assert tree.found() == []


def test_a_password_that_others_can_read_is_refused_unread(tree):
    config = tree.write("numbatch.toml", f'[accounts.main]\nusername = "u"\npassword = "{SIP}"\n', 0o644)
    assert tree("runs", "-v", "--config", config).returncode == 2
    shared = tree.write("password", SIP, 0o640)
    config = tree.write("numbatch.toml", f'[accounts.main]\nusername = "u"\npassword_file = "{shared}"\n')
    assert tree("run", tree.orders(), "--yes", "--max-numbers", "1", "-v", "--config", config).returncode == 2
    assert tree.found() == []


@pytest.mark.parametrize(
    "password",
    [
        "live",
        "a1",
        "33123450000",
        USER,
        "quote'\"back\\slash",
        "pässwörd-ключ-密码",
        "trail ",
        "x&Number=1&Password=y",
        "line\nbreak-in-it",
        "%41%42-percent",
    ],
)
def test_an_odd_password_works_and_spoils_no_output(tree, password):
    orders = tree.orders("33123450000-33123450003")
    with ServedSimulator(SimulatorOptions(password=password, latency=(0, 0.002))) as served:
        # Not by `tree.command` with the variable: a number or a user name is said, and may be.
        file = tree.write(
            "config.toml",
            f'base_url = "{served.base_url}"\n[accounts.main]\nusername = "{USER}"\npassword = {json.dumps(password)}\n',
        )
        if "\n" in password:
            run = tree.command("run", orders, "--json", "-v", "-o", "results.xlsx", env=served.environ)
        else:
            run = tree.command("run", orders, "--json", "-v", "-o", "results.xlsx", "--config", file)
        assert run.returncode == 0, run.stderr
        told = json.loads(run.stdout)
        assert told["counts"]["purchased"] == 4
        assert told["environment"] == "rehearsal"
        assert sorted(served.charged) == [str(33123450000 + one) for one in range(4)]
    [sheet] = [load_workbook(tree.root / "work" / "results.xlsx")["Results"]]
    assert "33123450000" in {str(cell.value) for row in sheet.iter_rows() for cell in row}
    if password not in {"live", "a1", "33123450000", USER}:
        tree.outputs.update({"stdout": run.stdout, "stderr": run.stderr})
        assert tree.found({"password": password}) == []


def _prompt(tree: Tree, answers: list[bytes]) -> tuple[int, bytes]:
    """`init` at a terminal, each answer given when the terminal has said something and waits."""
    with pseudo_terminal() as (ours, theirs):
        process = subprocess.Popen(
            tree.command.words("init", "--offline"),
            env=tree.command.env({"TERM": "dumb"}), cwd=tree.command.cwd, stdin=theirs, stdout=theirs, stderr=theirs,
            preexec_fn=_own_terminal,  # noqa: PLW1509 - no other way to give it the terminal
        )  # fmt: skip
        os.close(theirs)
        shown = b""
        asked = [b":\r\n", b"):\r\n", b"Password: "]
        while True:
            ready, _, _ = select.select([ours], [], [], 60)
            assert ready, shown
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
            if answers and shown.endswith(asked[-len(answers)]):
                os.write(ours, answers.pop(0))
        return process.wait(60), shown


def _own_terminal() -> None:
    import fcntl  # noqa: PLC0415
    import termios  # noqa: PLC0415

    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_a_password_that_is_typed_is_neither_shown_nor_kept_where_others_read(tree):
    code, shown = _prompt(tree, [b"main\n", b"acme\n", f"{PASSWORD}\n".encode()])
    tree.outputs["terminal"] = shown
    found = [one for one in tree.found({"password": PASSWORD}) if "password-main" not in one.place]
    assert found == []
    [kept] = tree.root.rglob("password-main")
    assert kept.read_text() == f"{PASSWORD}\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert b"Settings written" in shown, (code, shown)


def test_ctrl_c_amid_the_password_leaves_nothing_of_it(tree):
    code, shown = _prompt(tree, [b"main\n", b"acme\n", SIP.encode() + b"\x03"])
    tree.outputs["terminal"] = shown
    assert code == 130, shown
    assert b"interrupted" in shown
    assert b"Traceback" not in shown
    assert tree.found({"password": SIP}) == []
    assert not list(tree.root.rglob("password-main"))


@pytest.mark.parametrize(
    "words", [("run", "orders.csv", f"--password={SIP}"), ("init", "--password", SIP), (f"--token={SIP}", "runs")]
)
def test_a_password_as_a_flag_is_refused_and_not_repeated(tree, words):
    done = tree(*words, "-v")
    assert done.returncode == 2
    assert "never a flag" in done.stderr
    assert tree.found() == []


# Order data ---------------------------------------------------------------------------------------------------------------


def test_what_orders_hold_stays_with_the_orders(tree):
    orders = tree.orders("33123450000-33123450001", "12025550138", "12025550101")
    wrong = tree.write(
        "wrong.csv", f'{HEADER}12025550101,SIP,sip:bob:{SIP}@pbx.example.com;;;" x,POST,ftp://h/sms?token={TOKEN},\n'
    )
    with simulator() as served:
        env = configured(tree, "variables", served.base_url)
        for words in (
            ("check", orders),
            ("check", orders, "--json"),
            ("check", wrong),
            ("check", wrong, "--json"),
            ("plan", wrong),
        ):
            done = tree(*words, "-v", env=env)
            assert done.returncode in {0, 3}, done.stderr
        assert "uri-password" in tree("check", orders, env=env).stdout
        done = tree("run", orders, "-v", "-o", "results.xlsx", "--no-prices", env=env)
        assert done.returncode == 4, done.stderr
        tree("run", wrong, "-v", "-o", "wrong.xlsx", env=env)
        tree("run", "results.xlsx", "--sheet", "Failures", "-v", "--log-format", "json", "-o", "again.xlsx", env=env)
    assert tree.found() == []
    book = load_workbook(tree.root / "work" / "results.xlsx")
    where = {
        (sheet.title, str(sheet.cell(1, cell.column).value))
        for sheet in book for row in sheet.iter_rows() for cell in row
        if any(secret in str(cell.value) for secret in ORDER.values())
    }  # fmt: skip
    assert {header for _, header in where} == {"URI", "SMSURI"}
    assert {sheet for sheet, _ in where} <= {"Results", "Failures"}
    [ledger] = [path for path in tree.root.rglob("*.ledger") if path.is_file()] or list(tree.root.rglob("*.sqlite*"))
    assert _columns_with(ledger, ORDER.values()) <= {("orders", "fields"), ("orders", "cells")}


def _columns_with(ledger: Path, secrets) -> set[tuple[str, str]]:
    with sqlite3.connect(ledger) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = set()
        for table in tables:
            rows = database.execute(f"SELECT * FROM {table}")  # noqa: S608 - names of the ledger's own
            names = [one[0] for one in rows.description]
            for row in rows:
                found |= {
                    (table, name) for name, value in zip(names, row, strict=True)
                    if any(secret in str(value) for secret in secrets)
                }  # fmt: skip
    database.close()
    return found
