"""Where a password comes from, in the contract's order, and that it goes to its own host alone."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from batch.errors import UsageError
from batch.settings.credentials import find_credentials, host_of
from batch.settings.secret import Secret

ACCOUNT = '[accounts.prod]\nid = "acme"\nusername = "u"\n'
COMMAND = f"password_command = ['{sys.executable}', '-c', 'print(\"from command\")']\n"
INLINE = 'password = "inline"\n'
VARIABLES = {"NUMBATCH_USERNAME": "v", "NUMBATCH_PASSWORD": "from variable"}


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("from file\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def systemd(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "credentials"
    path.mkdir()
    (path / "numbatch-password").write_text("from systemd")
    return {"CREDENTIALS_DIRECTORY": str(path)}


def find(loads, file="", environ=None, flags=None):
    environ = environ or {}
    return find_credentials(loads(flags or {}, environ, file=file), environ)


def test_the_order(loads, password_file, systemd):
    with_file = f"password_file = '{password_file}'\n"
    everything = systemd | VARIABLES
    found = [
        find(loads, ACCOUNT + COMMAND + with_file + INLINE, everything),
        find(loads, ACCOUNT + with_file + INLINE, everything),
        find(loads, ACCOUNT + with_file + INLINE, VARIABLES),
        find(loads, ACCOUNT + INLINE, VARIABLES),
        find(loads, ACCOUNT + INLINE),
    ]
    assert [one.password.reveal() for one in found] == [
        "from command",
        "from systemd",
        "from file",
        "from variable",
        "inline",
    ]
    assert [one.username for one in found] == ["u", "u", "u", "v", "u"]


def test_variables_alone_are_enough(loads):
    found = find(loads, environ=VARIABLES)
    assert (found.username, found.password.reveal(), found.host) == (
        "v",
        "from variable",
        "https://sapi.multitel.net:443",
    )


def test_the_keyring_is_asked_last_and_by_host(loads, monkeypatch):
    class Keyring:
        @staticmethod
        def get_password(service, username):
            return f"{service}|{username}"

    class Errors:
        KeyringError = RuntimeError

    monkeypatch.setitem(sys.modules, "keyring", Keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", Errors)
    assert find(loads, ACCOUNT).password.reveal() == "numbatch https://sapi.multitel.net:443|u"
    monkeypatch.setattr(Keyring, "get_password", lambda *_: (_ for _ in ()).throw(RuntimeError))
    with pytest.raises(UsageError, match="there is no password for"):
        find(loads, ACCOUNT)


def test_none_at_all_says_how_to_give_one(loads):
    with pytest.raises(UsageError, match="NUMBATCH_USERNAME and NUMBATCH_PASSWORD") as caught:
        find(loads, ACCOUNT)
    assert caught.value.exit_code == 2


def test_a_password_without_a_user_name_is_told(loads):
    with pytest.raises(UsageError, match="and no user name"):
        find(loads, environ={"NUMBATCH_PASSWORD": "x"})


def test_a_password_file_that_others_can_read_is_refused(loads, password_file):
    for mode in (0o640, 0o604, 0o620):
        password_file.chmod(mode)
        with pytest.raises(UsageError, match="others can read it"):
            find(loads, f"{ACCOUNT}password_file = '{password_file}'\n")


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff\xfe", b"x" * 5000])
def test_a_password_file_holds_one_line(loads, password_file, content):
    password_file.write_bytes(content)
    with pytest.raises(UsageError, match="password file") as caught:
        find(loads, f"{ACCOUNT}password_file = '{password_file}'\n")
    assert "two" not in str(caught.value)


def test_a_password_file_that_is_missing(loads):
    with pytest.raises(UsageError, match="there is no file /nowhere/pw"):
        find(loads, f"{ACCOUNT}password_file = '/nowhere/pw'\n")


def test_spaces_belong_to_a_password(loads, password_file):
    password_file.write_bytes(b" pass word \r\n")
    assert find(loads, f"{ACCOUNT}password_file = '{password_file}'\n").password.reveal() == " pass word "


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("['/nowhere/canary-tool', 'canary']", "password_command can't be run: No such file"),
        (f"['{sys.executable}', '-c', 'raise SystemExit(3) # canary']", "failed with exit code 3"),
        (f"['{sys.executable}', '-c', '# canary']", "no single line"),
    ],
)
def test_a_command_that_fails_is_told_without_its_arguments(loads, command, words):
    with pytest.raises(UsageError, match=words) as caught:
        find(loads, f"{ACCOUNT}password_command = {command}\n")
    assert "canary" not in str(caught.value)


def test_the_command_does_not_inherit_the_password(loads):
    script = "import os; print(os.environ.get('NUMBATCH_PASSWORD', 'none'))"
    found = find(loads, f'{ACCOUNT}password_command = ["{sys.executable}", "-c", "{script}"]\n', VARIABLES)
    assert found.password.reveal() == "none"


ELSEWHERE = "http://127.0.0.1:8080/json"


@pytest.mark.parametrize("source", [COMMAND, INLINE])
@pytest.mark.parametrize(("flags", "environ"), [({"base_url": ELSEWHERE}, {}), ({}, {"NUMBATCH_BASE_URL": ELSEWHERE})])
def test_a_password_of_the_settings_file_goes_to_its_host_alone(loads, source, flags, environ):
    with pytest.raises(UsageError, match=r"is for https://sapi.multitel\.net:443, and is not sent elsewhere") as caught:
        find(loads, ACCOUNT + source, environ, flags)
    assert "127.0.0.1:8080" in str(caught.value)


def test_a_password_of_the_environment_goes_to_the_host_of_the_environment(loads):
    with pytest.raises(UsageError, match="is for http://localhost:1"):
        find(loads, environ={**VARIABLES, "NUMBATCH_BASE_URL": "http://localhost:1"}, flags={"base_url": ELSEWHERE})
    with pytest.raises(UsageError, match=r"is for https://a\.example"):
        find(loads, '[accounts.a]\nbase_url = "https://a.example/json"\n', VARIABLES, {"base_url": ELSEWHERE})


def test_where_nobody_else_names_a_host_the_caller_may(loads):
    assert find(loads, environ=VARIABLES, flags={"base_url": ELSEWHERE}).host == "http://127.0.0.1:8080"
    assert find(loads, environ={**VARIABLES, "NUMBATCH_BASE_URL": ELSEWHERE}).host == "http://127.0.0.1:8080"


def test_a_source_for_another_host_is_passed_over_for_one_that_fits(loads):
    environ = {**VARIABLES, "NUMBATCH_BASE_URL": ELSEWHERE}
    assert find(loads, ACCOUNT + INLINE, environ).password.reveal() == "from variable"


def test_hosts_are_compared_with_their_ports():
    assert host_of("https://A.example./x") == "https://a.example:443"
    assert host_of("http://a.example") != host_of("https://a.example")
    assert host_of("http://a:99999/") == "http://a:0"


def test_a_secret_shows_nowhere(loads):
    found = find(loads, environ=VARIABLES)
    secret = found.password
    for shown in (repr(found), str(secret), repr(secret), f"{secret}", f"{secret!r:>20}", "%s" % secret):  # noqa: UP031
        assert "from variable" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert not Secret("")
