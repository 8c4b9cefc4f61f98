"""Flags, then variables, then the settings file, then what the working directory adds; complaints name key and place."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from batch.errors import UsageError
from batch.settings.load import standard_files
from batch.settings.model import SETTINGS, Settings
from batch.settings.sample import sample
from batch.settings.source import SettingsError


def test_without_anything_the_defaults_hold(loads):
    settings = loads()
    assert settings.rate == 5
    assert settings.base_url == "https://sapi.multitel.net/json"
    assert settings.horizon == 60
    assert settings.where == {}
    assert settings.files == ()


def test_each_place_wins_over_the_next(loads):
    places = {"file": "rate = 3\n[accounts.a]\nrate = 4\n", "working": "rate = 2\n", "system": "rate = 1\n"}
    assert loads({"rate": "6"}, {"NUMBATCH_RATE": "5"}, **places).rate == 6
    assert loads({}, {"NUMBATCH_RATE": "5"}, **places).rate == 5
    assert loads(**places).rate == 4
    assert loads(file="rate = 3\n").rate == 3


def test_the_systems_file_counts_where_the_user_has_none(loads):
    assert loads(system="rate = 1\n").rate == 1


def test_the_working_directory_adds_and_does_not_override(loads):
    settings = loads(
        file='[columns]\nTel = "Number"\n',
        working='default_country = "FR"\n[columns]\nTel = false\nDID2 = "URI"\n[defaults]\nType = "SIP"\n',
    )
    assert settings.default_country == "FR"
    assert settings.columns == {"Tel": "Number", "DID2": "URI"}
    assert settings.defaults == {"Type": "SIP"}
    assert len(settings.files) == 2


@pytest.mark.parametrize(
    "line",
    [
        'base_url = "https://evil.example/json"',
        'ledger = "/tmp/x"',
        'account = "other"',
        "max_spend = 1000000",
        "allow_http = true",
        'environment = "rehearsal"',
        "[accounts.a]",
        'password_command = "rm"',
        "limit = 3",
    ],
)
def test_the_working_directory_may_set_nothing_that_sends_money_or_secrets(loads, here, line):
    with pytest.raises(SettingsError, match="may not stand in a settings file of the working directory") as caught:
        loads(working=f"# ours\n{line}\n")
    assert str(here / "numbatch.toml") in str(caught.value)
    assert "line 2" in str(caught.value)
    assert caught.value.key in line
    assert caught.value.exit_code == 2


def test_a_named_settings_file_may_be_the_one_of_the_working_directory(loads, here):
    settings = loads(working="max_spend = 5\n", config=str(here / "numbatch.toml"))
    assert settings.max_spend == 5


def test_the_config_variable_names_a_file_and_the_flag_wins(loads, tmp_path):
    (tmp_path / "a.toml").write_text("rate = 7\n")
    (tmp_path / "b.toml").write_text("rate = 8\n")
    environ = {"NUMBATCH_CONFIG": str(tmp_path / "a.toml")}
    assert loads({}, environ, file="rate = 3\n").rate == 7
    assert loads({}, environ, config=str(tmp_path / "b.toml")).rate == 8
    with pytest.raises(UsageError, match="--config: there is no settings file"):
        loads(config=str(tmp_path / "c.toml"))
    with pytest.raises(UsageError, match="NUMBATCH_CONFIG: there is no settings file"):
        loads({}, {"NUMBATCH_CONFIG": "nowhere.toml"})


def test_money_in_a_file_is_never_a_float(loads):
    assert loads(file="max_spend = 0.10\n").max_spend == Decimal("0.10")


@pytest.mark.parametrize(
    ("arguments", "key", "place"),
    [
        ({"flags": {"rate": "fast"}}, "rate", "--rate"),
        ({"environ": {"NUMBATCH_MAX_SPEND": "much"}}, "max_spend", "NUMBATCH_MAX_SPEND"),
        ({"file": "\ntimeout = 'soon'\n"}, "timeout", "numbatch.toml, line 2"),
        ({"file": "[accounts.a]\nusername='u'\nworkers = 0\n"}, "workers", "numbatch.toml, line 3"),
        ({"working": "[defaults]\nType = []\n"}, "defaults", "numbatch.toml, line 1"),
        ({"file": '[accounts."a b"]\nrate = -1\n'}, "rate", "numbatch.toml, line 2"),
    ],
)
def test_what_does_not_convert_is_named_with_its_place(loads, arguments, key, place):
    with pytest.raises(SettingsError) as caught:
        loads(**arguments)
    assert caught.value.key == key
    assert caught.value.where.endswith(place)
    assert key in str(caught.value)
    assert place in str(caught.value)


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        ("max_spent = 5\n", "Did you mean max_spend?"),
        ("[account.prod]\n", "its table is [accounts.NAME]"),
        ("[accounts.a]\nuser_name = 'x'\n", "Did you mean username?"),
        ("username = 'x'\n", "below [accounts.NAME]"),
        ("zebra = 1\n", "Settings there are:"),
    ],
)
def test_an_unknown_key_is_an_error_that_proposes_one(loads, file, hint):
    with pytest.raises(UsageError) as caught:
        loads(file=file)
    assert hint in str(caught.value)


def test_a_variable_with_a_typo_does_not_vanish(loads):
    with pytest.raises(SettingsError, match="Did you mean NUMBATCH_MAX_SPEND"):
        loads({}, {"NUMBATCH_MAX_SPENT": "5"})


def test_an_empty_variable_is_not_set(loads):
    assert loads({}, {"NUMBATCH_RATE": "", "NUMBATCH_USERNAME": "u", "OTHER": "x"}).rate == 5


def test_tables_are_no_variables(loads):
    with pytest.raises(SettingsError, match="is no setting"):
        loads({}, {"NUMBATCH_COLUMNS": "x"})


def test_the_only_account_is_taken(loads):
    settings = loads(file='[accounts.prod]\nusername = "u"\nbase_url = "https://a.example/json"\n')
    assert settings.account.name == "prod"
    assert settings.account.id == "u"
    assert settings.base_url == settings.bound_url == "https://a.example/json"


TWO = '[accounts.prod]\nid = "acme"\nusername = "u"\n[accounts.test]\nrate = 9\n'


def test_of_several_accounts_one_must_be_chosen(loads):
    with pytest.raises(UsageError, match="several accounts in the settings: prod, test"):
        loads(file=TWO)
    assert loads(file=TWO, needs_account=False).account.name == ""
    assert loads({"account": "prod"}, file=TWO).account.id == "acme"
    assert loads({}, {"NUMBATCH_ACCOUNT": "test"}, file=TWO).rate == 9
    assert loads(file=f'account = "test"\n{TWO}').rate == 9
    assert loads({"account": "prod"}, {"NUMBATCH_ACCOUNT": "test"}, file=TWO).account.name == "prod"
    with pytest.raises(SettingsError, match=r"--account: account names 'prd'.*\n.*Did you mean prod"):
        loads({"account": "prd"}, file=TWO)


def test_without_accounts_a_name_is_an_identity(loads):
    assert loads({"account": "acme"}).account.id == "acme"
    assert loads({"account": "acme"}, {"NUMBATCH_USERNAME": "u"}).account.id == "u"


def test_another_user_than_the_files_needs_an_id_that_says_whose_account_it_is(loads):
    file = '[accounts.main]\nusername = "acme"\n'
    assert loads({}, {"NUMBATCH_USERNAME": "acme"}, file=file).account.id == "acme"
    with pytest.raises(UsageError, match=r"NUMBATCH_USERNAME is 'bravo', and \[accounts.main\].* username 'acme'"):
        loads({}, {"NUMBATCH_USERNAME": "bravo"}, file=file)
    assert loads({}, {"NUMBATCH_USERNAME": "bravo"}, file=f'{file}id = "acme"\n').account.id == "acme"


def test_accounts_are_tables(loads):
    with pytest.raises(SettingsError, match="one table an account"):
        loads(file="accounts = 3\n")


@pytest.mark.parametrize(("text", "words"), [("rate = ", "is no TOML"), ("x" * 2_000_000, "too large")])
def test_a_file_that_is_none_is_refused(loads, text, words):
    with pytest.raises(UsageError, match=words):
        loads(file=text)


def test_a_file_that_is_not_utf8_is_refused(loads, home):
    (home / "numbatch.toml").write_bytes(b"rate = '\xff'")
    with pytest.raises(UsageError, match="not UTF-8"):
        loads()


def test_a_file_with_a_password_that_others_can_read_is_refused(loads, home):
    text = '[accounts.a]\nusername = "u"\npassword = "canary"\n'
    loads(file=text)
    (home / "numbatch.toml").chmod(0o640)
    with pytest.raises(UsageError, match="others can read it") as caught:
        loads()
    assert "chmod 600" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_horizon_below_the_delay_is_refused(loads):
    with pytest.raises(SettingsError, match="less than resolve_delay"):
        loads({"resolve_horizon": "5s"})
    assert loads({"resolve_delay": "20s"}).horizon == 120


def test_relative_paths_count_from_where_they_are_said(loads, home, here):
    assert loads(file='ledger = "led"\n').ledger == home / "led"
    assert loads({"ledger": "led"}).ledger == here / "led"
    assert loads({}, {"NUMBATCH_LEDGER": "/abs"}).ledger == Path("/abs")
    settings = loads(file='[accounts.a]\npassword_file = "pw"\n')
    assert settings.account.password_file == str(home / "pw")


def test_what_a_run_is_told_holds_no_secret(loads):
    settings = loads(
        {"rate": "7"}, file='[accounts.a]\nusername = "u"\npassword = "canary"\n[defaults]\nURI = "sip:u:canary@h"\n'
    )
    told = settings.told()
    assert told["rate"] == "7"
    assert "canary" not in repr(told)
    assert "canary" not in repr(settings.account)


def test_the_sample_is_valid_as_it_is_and_with_every_line_set(loads):
    assert loads(file=sample()) == Settings(files=loads().files, where=loads().where)
    every = re.sub(r'(?m)^# (?=\w+ = |"|\[acc)', "", sample())
    settings = loads(file=every)
    assert settings.rate == 5
    assert settings.account.name == "main"
    assert settings.columns
    assert set(settings.where) >= set(SETTINGS)


def test_the_sample_in_the_repository_is_the_one_that_is_written():
    root = Path(__file__).parents[3]
    assert (root / "samples" / "numbatch.toml").read_text() == sample()


def test_standard_places_need_no_home():
    assert all(path.is_absolute() for path in standard_files())
