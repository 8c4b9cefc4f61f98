"""Every setting, as one table: its type, default, conversion, meaning, and where it may stand.

The sample settings file, the variables' names and the complaints about unknown keys are all made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from batch.ledger.records import Environment
from batch.pool.options import Brake
from batch.settings import convert
from batch.settings.key import Key, Scope, keys_of
from batch.settings.secret import Secret

DEFAULT_BASE_URL = "https://sapi.multitel.net/json"

_ANYWHERE = Scope.ANYWHERE
_ACCOUNT = Scope.ACCOUNT
_FILE = Scope.FILE

_WHO = "The account"
_PACE = "Pace and patience: durations like 10, 10s, 10m, 1h"
_BOUNDS = "Bounds of a run"
_ORDERS = "Order workbooks"
_PLACES = "Ledger and result workbook"


@dataclass(frozen=True, slots=True)
class Account:
    """An account's own table, `[accounts.NAME]`: who it is, and where its password comes from."""

    name: str = ""
    id: Annotated[str, Key(convert.text, "identity in the ledger: a new API user keeps it", '"acme"', _ACCOUNT)] = ""
    username: Annotated[str, Key(convert.text, "the login, or the API user", '"acme-api"', _ACCOUNT)] = ""
    password_command: Annotated[
        tuple[str, ...],
        Key(convert.command, "prints the password; run without a shell", '["pass", "show", "multitel"]', _ACCOUNT),
    ] = ()
    password_file: Annotated[
        str,
        Key(convert.text, "holds the password; refused if others can read it", '"~/.numbatch-password"', _ACCOUNT),
    ] = ""
    password: Annotated[
        Secret | None,
        Key(convert.secret, "the password itself; this file is refused then if others can read it", '"…"', _ACCOUNT),
    ] = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one invocation, converted. Durations are seconds; None: no such bound.

    `where` says where each setting that is not a default was found; `explicit` names those (`account` too) that the caller
    of this invocation gave, by flag or variable. `bound_url` is the base URL as the settings file has it for this account, the
    host that a password named there is for; `is_bound`: the file names it. `files` are the settings files that were read.
    """

    account: Account = field(default_factory=Account)

    base_url: Annotated[str, Key(convert.text, "where the provider answers", f'"{DEFAULT_BASE_URL}"', _FILE, _WHO)] = (
        DEFAULT_BASE_URL
    )
    allow_http: Annotated[
        bool, Key(convert.switch, "accept that the password crosses the network in clear", "false", _FILE, _WHO)
    ] = False
    environment: Annotated[
        Environment | None,
        Key(convert.environment, "live or rehearsal, where a loopback host leaves it open", '"live"', _FILE, _WHO),
    ] = None
    currency: Annotated[str, Key(convert.currency, "what the provider's prices are in", '"USD"', _FILE, _WHO)] = "USD"

    rate: Annotated[
        Decimal, Key(convert.pace, "requests a second, at most, of every kind together", "5", _ANYWHERE, _PACE)
    ] = Decimal(5)
    workers: Annotated[int, Key(convert.count(1), "requests in flight, at most", "8", _FILE, _PACE)] = 8
    timeout: Annotated[float, Key(convert.positive_duration, "of a whole request", '"30s"', _FILE, _PACE)] = 30.0
    max_attempts: Annotated[
        int, Key(convert.count(1), "sends of one number that end without a definite answer", "3", _FILE, _PACE)
    ] = 3
    reserved_retry_every: Annotated[
        float, Key(convert.positive_duration, "between tries of a reserved number (-220)", '"60s"', _FILE, _PACE)
    ] = 60.0
    reserved_give_up_after: Annotated[
        float, Key(convert.duration, "until a reserved number is deferred to the next run", '"15m"', _FILE, _PACE)
    ] = 900.0
    resolve_delay: Annotated[
        float, Key(convert.duration, "before a number in doubt is asked about", '"10s"', _FILE, _PACE)
    ] = 10.0
    resolve_horizon: Annotated[
        float | None,
        Key(
            convert.duration, "until an absence is believed; if not set, six times resolve_delay", '"60s"', _FILE, _PACE
        ),
    ] = None
    outage_give_up_after: Annotated[
        float, Key(convert.duration, "of silence from the provider, until a run halts", '"15m"', _FILE, _PACE)
    ] = 900.0

    max_spend: Annotated[
        Decimal | None,
        Key(convert.money, "over all its invocations; what is in doubt counts as spent", "500.00", _FILE, _BOUNDS),
    ] = None
    max_numbers: Annotated[
        int | None,
        Key(convert.count(0), "purchases over all its invocations, those in doubt included", "1000", _FILE, _BOUNDS),
    ] = None
    limit: Annotated[int | None, Key(convert.count(0), "numbers sent in one invocation", "10", _FILE, _BOUNDS)] = None
    until: Annotated[
        time | timedelta | None,
        Key(convert.until, "a time of day, or a duration, after which nothing is sent", '"18:30"', _FILE, _BOUNDS),
    ] = None
    price: Annotated[
        Decimal | None,
        Key(convert.money, "a number's first charge at worst, where nothing else tells", "5.00", _FILE, _BOUNDS),
    ] = None
    look_up: Annotated[
        bool, Key(convert.switch, "look stock, prices and balance up before a run", "true", _FILE, _BOUNDS)
    ] = True
    price_age: Annotated[
        float, Key(convert.duration, "how old what was looked up may be, to be used again", '"1h"', _FILE, _BOUNDS)
    ] = 3600.0
    plan_expires: Annotated[
        float, Key(convert.positive_duration, "how long plan -o plan.json may be run", '"24h"', _FILE, _BOUNDS)
    ] = 86_400.0
    prices: Annotated[bool, Key(convert.switch, "read prices back after the purchases", "true", _FILE, _BOUNDS)] = True
    ask_owned: Annotated[
        bool, Key(convert.switch, "ask about numbers that another run bought", "true", _FILE, _BOUNDS)
    ] = True
    mark: Annotated[
        bool, Key(convert.switch, "a random mark in each Description, to tell who bought it", "false", _FILE, _BOUNDS)
    ] = False
    max_failures: Annotated[
        Brake | None,
        Key(convert.brake, "refused numbers that stop it: a count, a percentage, or off", '"20%"', _FILE, _BOUNDS),
    ] = Brake()  # noqa: RUF009 - frozen
    expected_codes: Annotated[
        frozenset[int], Key(convert.codes, "return codes that max_failures doesn't count", "[-275]", _FILE, _BOUNDS)
    ] = frozenset()

    max_block: Annotated[int, Key(convert.count(1), "numbers in one row, at most", "10000", _FILE, _ORDERS)] = 10_000
    sheet: Annotated[
        str | None,
        Key(convert.text, "the sheet to read; if not set, the first visible one", '"Orders"', _ANYWHERE, _ORDERS),
    ] = None
    default_country: Annotated[
        str | None, Key(convert.country, "national numbers are read as this country's", '"FR"', _ANYWHERE, _ORDERS)
    ] = None

    ledger: Annotated[
        Path | None,
        Key(
            convert.directory,
            "their directory; if not set, in your state directory",
            '"~/numbers/ledger"',
            _FILE,
            _PLACES,
        ),
    ] = None
    timezone: Annotated[
        str | None,
        Key(
            convert.zone,
            "of --until, months and dates; if not set, the system's",
            '"Europe/Berlin"',
            _ANYWHERE,
            _PLACES,
        ),
    ] = None
    language: Annotated[
        str, Key(convert.one_of("en", "de"), "of the result workbook: en or de", '"en"', _ANYWHERE, _PLACES)
    ] = "en"
    group_by: Annotated[
        str | None, Key(convert.text, "your column that charges are summed by", '"Cost centre"', _ANYWHERE, _PLACES)
    ] = None

    book_currency: Annotated[
        str | None,
        Key(convert.currency, "of your books: --month shows its totals in it too", '"EUR"', _ANYWHERE, _PLACES),
    ] = None
    book_rate: Annotated[
        Decimal | None,
        Key(convert.exchange_rate, "so much of book_currency for one of currency", "0.9215", _ANYWHERE, _PLACES),
    ] = None
    book_rate_date: Annotated[
        date | None, Key(convert.day, "the day of that rate", '"2026-11-30"', _ANYWHERE, _PLACES)
    ] = None

    columns: Annotated[
        Mapping[str, str | bool],
        Key(convert.columns, "your header = a field, or false: no field, though named like one",
            '"DID to order" = "Number"', _ANYWHERE, table=True),
    ] = field(default_factory=dict)  # fmt: skip
    invoice: Annotated[
        Mapping[str, str | bool],
        Key(convert.columns, "the header of an invoice = Number, Amount, Setup, Monthly, Date, Currency, Description, Invoice",
            '"Line" = "Number"', _ANYWHERE, table=True),
    ] = field(default_factory=dict)  # fmt: skip
    defaults: Annotated[
        Mapping[str, str],
        Key(convert.defaults, "a value for any field that a row leaves blank", 'Type = "SIP"', _ANYWHERE, table=True),
    ] = field(default_factory=dict)

    where: Mapping[str, str] = field(default_factory=dict)
    explicit: frozenset[str] = frozenset()
    bound_url: str = DEFAULT_BASE_URL
    is_bound: bool = False
    files: tuple[Path, ...] = ()
    accounts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The accounts that the file names, with their ids and logins; a chosen one that it does not name stands alone."""

    @property
    def horizon(self) -> float:
        """Seconds until an absence is believed."""
        return 6 * self.resolve_delay if self.resolve_horizon is None else self.resolve_horizon

    def told(self) -> dict[str, str]:
        """The settings in words, for the ledger's record of an invocation: no secrets, nothing of rows."""
        scalars = [one.name for one in fields(self) if one.name in SETTINGS and not SETTINGS[one.name].table]
        values = {name: getattr(self, name) for name in scalars}
        return {name: str(value) for name, value in values.items() if value is not None}


SETTINGS = keys_of(Settings)
"""The settings that stand at the top of a file, or in an account's table."""
ACCOUNT = keys_of(Account)
"""The settings of an account's table alone."""
