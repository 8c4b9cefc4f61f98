"""Settings as the rooms below want them."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from batch.errors import UsageError
from batch.plan import Limits, Pace
from batch.pool.options import PoolOptions
from batch.settings.model import Settings

_LEAST_TIMEOUT = 1.0
_LEAST_DELAY = 0.2
_LEAST_HORIZON = 1.2


def time_zone(settings: Settings) -> tzinfo:
    """The zone of local times: the setting, else the system's. Raises UsageError where that is none (a mistaken TZ)."""
    if settings.timezone is not None:
        return ZoneInfo(settings.timezone)
    import tzlocal  # noqa: PLC0415 - seldom needed before the end

    try:
        return tzlocal.get_localzone()
    except (LookupError, ValueError, OSError) as error:
        # A LookupError's text is quoted, so its words are taken from within.
        words = error.args[0] if isinstance(error, LookupError) and error.args else error
        raise UsageError(
            f"the system's time zone is not known ({' '.join(str(words).split())})",
            remedy="Set TZ to a name such as Europe/Paris, or the setting `timezone`.",
        ) from error


def until_moment(until: time | timedelta | None, now: datetime, zone: tzinfo) -> datetime | None:
    """The moment that `until` means: a duration from now on, or the next time that it is this time of day."""
    if until is None:
        return None
    if isinstance(until, timedelta):
        return now + until
    local = now.astimezone(zone)
    moment = datetime.combine(local.date(), until, zone)
    if moment <= now:
        moment = datetime.combine(local.date() + timedelta(days=1), until, zone)
    return moment


def pool_options(
    settings: Settings, now: datetime, *, retry_refused: bool = False, rebuy: bool = False, speed: float = 1
) -> PoolOptions:
    """What the pool works by. `speed`: a rehearsal's factor, for pace and patience alike."""
    return PoolOptions(
        rate=settings.rate * Decimal(str(speed)),
        workers=settings.workers,
        max_attempts=settings.max_attempts,
        reserved_retry_every=settings.reserved_retry_every / speed,
        reserved_give_up_after=settings.reserved_give_up_after / speed,
        # What this machine itself takes does not go faster: below some tenths of a second it would be measured instead.
        resolve_delay=settings.resolve_delay if speed == 1 else max(settings.resolve_delay / speed, _LEAST_DELAY),
        resolve_horizon=settings.horizon if speed == 1 else max(settings.horizon / speed, _LEAST_HORIZON),
        outage_give_up_after=settings.outage_give_up_after / speed,
        max_spend=settings.max_spend,
        max_numbers=settings.max_numbers,
        limit=settings.limit,
        until=until_moment(settings.until, now, time_zone(settings)),
        price=settings.price,
        prices=settings.prices,
        ask_owned=settings.ask_owned or rebuy,
        mark=settings.mark,
        brake=settings.max_failures,
        expected_codes=settings.expected_codes,
        retry_refused=retry_refused,
        rebuy=rebuy,
    )


def request_timeout(settings: Settings, speed: float = 1) -> float:
    """Seconds of a whole request."""
    return settings.timeout if speed == 1 else max(settings.timeout / speed, _LEAST_TIMEOUT)


def plan_pace(options: PoolOptions) -> Pace:
    """What a plan's duration depends on."""
    return Pace(options.rate, prices=options.prices, ask_owned=options.ask_owned)


def plan_limits(options: PoolOptions) -> Limits:
    """The bounds that a plan judges."""
    return Limits(options.max_spend, options.max_numbers, options.limit, options.until, options.price)
