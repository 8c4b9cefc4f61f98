"""Which environment and which ledger: live and rehearsal never meet, and nobody has to guess."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from batch.cli import place
from batch.cli.place import (
    choose_ledger,
    expected_ledger,
    find_environment,
    ledger_directory,
    ledger_place,
    meant_ledgers,
)
from batch.errors import UsageError
from batch.ledger.records import Environment, LedgerKey
from batch.provider.simulator import Simulator
from batch.settings.model import Account, Settings
from batch.settings.source import SettingsError

LIVE, REHEARSAL = Environment.LIVE, Environment.REHEARSAL
ACME = LedgerKey("multitel", LIVE, "acme")
OTHER = LedgerKey("multitel", LIVE, "other")
TRIAL = LedgerKey("multitel", REHEARSAL, "acme", "127.0.0.1:8080")
TRIAL_2 = LedgerKey("multitel", REHEARSAL, "acme", "127.0.0.1:9090")
NOWHERE = "http://127.0.0.1:9/json"


async def test_a_host_elsewhere_is_live_and_nothing_changes_that():
    assert await find_environment(Settings()) == (LIVE, "")
    assert await find_environment(Settings(environment=LIVE)) == (LIVE, "")
    with pytest.raises(SettingsError, match="that is live"):
        await find_environment(Settings(environment=REHEARSAL))


async def test_the_simulator_is_a_rehearsal_and_nothing_changes_that():
    async with Simulator() as simulator:
        where = simulator.base_url.removeprefix("http://").removesuffix("/json")
        assert await find_environment(Settings(base_url=simulator.base_url)) == (REHEARSAL, where)
        with pytest.raises(SettingsError, match="that is a rehearsal"):
            await find_environment(Settings(base_url=simulator.base_url, environment=LIVE))


async def test_another_loopback_host_must_be_named():
    with pytest.raises(SettingsError, match="may be a tunnel") as caught:
        await find_environment(Settings(base_url=NOWHERE, where={"base_url": "NUMBATCH_BASE_URL"}))
    assert "NUMBATCH_BASE_URL" in str(caught.value)
    assert await find_environment(Settings(base_url=NOWHERE, environment=LIVE)) == (LIVE, "")
    assert await find_environment(Settings(base_url=NOWHERE, environment=REHEARSAL)) == (REHEARSAL, "127.0.0.1:9")


async def test_an_unsafe_url_is_named_with_its_place():
    with pytest.raises(UsageError, match=r"/etc/n\.toml, line 3: .*http"):
        await find_environment(Settings(base_url="http://provider.example", where={"base_url": "/etc/n.toml, line 3"}))


def chosen(keys, **settings):
    name = settings.pop("account", "")
    explicit = frozenset(settings.pop("explicit", ()))
    return choose_ledger(keys, Settings(account=Account(name=name, id=name), explicit=explicit, **settings), Path("/l"))


def test_the_ledger_of_the_settings_is_chosen():
    assert chosen([ACME, OTHER, TRIAL], account="acme") == ACME
    assert chosen([ACME, TRIAL, TRIAL_2], base_url="http://127.0.0.1:9090/json") == TRIAL_2
    assert chosen([ACME, TRIAL], account="acme", environment=REHEARSAL) == TRIAL


def test_the_only_ledger_is_chosen_unless_something_else_was_said():
    assert chosen([TRIAL]) == TRIAL
    assert chosen([OTHER], account="acme") == OTHER
    with pytest.raises(UsageError, match="no ledger of these settings"):
        chosen([OTHER], account="acme", explicit=["account"])
    with pytest.raises(UsageError, match="no ledger of these settings"):
        chosen([TRIAL], environment=LIVE)
    with pytest.raises(UsageError, match="there is no ledger in /l"):
        chosen([])


def test_of_several_the_user_is_told_how_to_choose():
    with pytest.raises(UsageError, match="several ledgers") as caught:
        chosen([TRIAL, TRIAL_2], account="acme")
    assert "--environment rehearsal --account acme at 127.0.0.1:8080" in str(caught.value)
    assert "--ledger" in str(caught.value)


def test_where_ledgers_lie(monkeypatch, tmp_path):
    assert ledger_directory(Settings(ledger=tmp_path), {"STATE_DIRECTORY": "/s"}) == tmp_path
    assert ledger_directory(Settings(), {"STATE_DIRECTORY": "/s:/t"}) == Path("/s")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert ledger_directory(Settings(), {}) == tmp_path / "numbatch"


def test_without_a_home_the_user_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(platformdirs, "user_state_path", lambda _: Path("~/x"))
    monkeypatch.setattr(platformdirs, "user_config_path", lambda _: Path("~/y"))
    with pytest.raises(UsageError, match="NUMBATCH_LEDGER"):
        ledger_directory(Settings(), {})
    assert ledger_place(tmp_path, ACME).heads == tmp_path / "heads"


def test_head_files_stand_apart_from_the_ledger(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    heads = tmp_path / "config" / "numbatch" / "heads"
    assert ledger_place(tmp_path / "a", ACME).heads == ledger_place(tmp_path / "b", ACME).heads == heads
    rehearsals = {ledger_place(tmp_path / name, TRIAL).heads for name in "ab"}
    assert len(rehearsals) == 2
    assert all(one.parent == heads for one in rehearsals)


def test_ports_are_told():
    assert place.host_and_port("https://h/json") == "h:443"
    assert place.host_and_port("http://h/json") == "h:80"


def test_the_ledgers_that_are_meant_are_the_accounts_own_else_all_that_nothing_contradicts():
    keys = [ACME, OTHER, TRIAL, TRIAL_2]
    acme = Account(name="acme", id="acme")
    assert meant_ledgers(keys, Settings(account=acme)) == [ACME]
    trial = Settings(account=acme, base_url="http://127.0.0.1:9090/json")
    assert meant_ledgers(keys, trial) == [TRIAL_2]
    assert meant_ledgers([OTHER, TRIAL], Settings(account=acme)) == [OTHER, TRIAL]


def test_the_ledger_that_a_run_would_use_is_known_from_the_settings_alone():
    acme = Account(name="acme", id="acme")
    assert expected_ledger(Settings()) is None
    assert expected_ledger(Settings(account=acme)) == ACME
    assert expected_ledger(Settings(account=acme, base_url="http://127.0.0.1:9090/json")) == TRIAL_2
    assert expected_ledger(Settings(account=acme, base_url=NOWHERE, environment=LIVE)) == ACME
