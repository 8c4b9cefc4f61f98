"""Making a settings file: private, never over another, valid as it is written."""

from __future__ import annotations

import errno
import getpass
import io
import sys

import pytest

from batch.cli import founding
from batch.cli.founding import Asked, ask_account, settings_path, write_settings
from batch.errors import UsageError
from batch.settings.load import Surroundings, load

NOTHING = Asked("", "", "", "")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("NUMBATCH_CONFIG", "NUMBATCH_USERNAME", "NUMBATCH_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def test_where_the_file_goes(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_path(None) == tmp_path / "numbatch" / "numbatch.toml"
    monkeypatch.setenv("NUMBATCH_CONFIG", "b.toml")
    assert settings_path("a.toml").name == "a.toml"
    assert settings_path(None).name == "b.toml"
    monkeypatch.delenv("NUMBATCH_CONFIG")
    monkeypatch.setattr(founding, "standard_files", lambda: ())
    with pytest.raises(UsageError, match="no home directory"):
        settings_path(None)


def test_off_a_terminal_the_environment_tells(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBATCH_USERNAME", "u")
    assert ask_account(NOTHING, tmp_path / "n.toml") == Asked("", "u", "", "")


def test_at_a_terminal_a_person_is_asked(monkeypatch, tmp_path):
    monkeypatch.setattr(founding, "is_attended", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO("prod\nacme\n"))
    monkeypatch.setattr(getpass, "getpass", lambda *_, **__: "s3cret")
    path = tmp_path / "n.toml"
    asked = ask_account(NOTHING, path)
    assert asked == Asked("prod", "acme", "", "", "password-prod")
    assert (tmp_path / "password-prod").read_text() == "s3cret\n"
    assert (tmp_path / "password-prod").stat().st_mode & 0o777 == 0o600
    write_settings(path, asked)
    assert "s3cret" not in path.read_text()
    settings = load({}, Surroundings(), config=str(path))
    assert settings.account.name == "prod"
    assert settings.account.username == "acme"
    assert settings.account.password_file == str(tmp_path / "password-prod")


def test_what_was_given_is_written_and_valid(tmp_path):
    path = tmp_path / "deep" / "n.toml"
    write_settings(path, Asked('my "acc"', "u\\n", "http://127.0.0.1:1/json", "led"))
    assert path.stat().st_mode & 0o777 == 0o600
    settings = load({}, Surroundings(), config=str(path))
    assert settings.account.name == 'my "acc"'
    assert settings.account.username == "u\\n"
    assert settings.base_url == "http://127.0.0.1:1/json"
    assert settings.ledger is not None
    assert settings.ledger.is_absolute()


def test_a_file_that_is_there_is_never_replaced(tmp_path):
    path = tmp_path / "n.toml"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        write_settings(path, NOTHING)
    assert path.read_text() == "mine"
    link = tmp_path / "link.toml"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        write_settings(link, NOTHING)
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_was_not_finished_is_not_there_and_stands_in_nobody_s_way(monkeypatch, tmp_path):
    path = tmp_path / "n.toml"

    def pulled_out(descriptor):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as failing:
        failing.setattr(founding.os, "fsync", pulled_out)
        with pytest.raises(UsageError, match="can't be written: Input/output error"):
            write_settings(path, NOTHING)
    assert not path.exists()
    write_settings(path, NOTHING)
    assert [one.name for one in tmp_path.iterdir()] == ["n.toml"]


def test_a_password_that_is_no_text_is_refused_and_no_file_is_left(monkeypatch, tmp_path):
    monkeypatch.setattr(founding, "is_attended", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda *_args, **_options: "half a char \udc80")
    with pytest.raises(UsageError, match="not UTF-8"):
        ask_account(Asked("main", "u", "", ""), tmp_path / "n.toml")
    assert list(tmp_path.iterdir()) == []
