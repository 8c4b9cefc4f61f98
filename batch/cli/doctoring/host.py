"""The host: whether it can be reached, over TLS, with a certificate that is to be trusted, and what time it has.

No credentials are sent here. The other one of the provider's two TLS hosts is asked, too, where the settings name the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from batch.cli.doctoring.findings import Assumption, Finding, Matter, Verdict, ok, problem, warning
from batch.settings.model import Settings

if TYPE_CHECKING:
    import ssl

    from batch.clock import Clock
    from batch.provider.multitel.probe import Probe

_PROVIDER = Matter.PROVIDER
_LATE = timedelta(seconds=2)
_LONGEST = 10.0


@dataclass(frozen=True, slots=True)
class Hosts:
    """What the host in use answered to who has no account, and what the other one did (None: not asked)."""

    used: Probe
    other: Probe | None = None
    other_url: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether there is somebody to ask."""
        return not self.used.problem


async def look_at_hosts(settings: Settings, clock: Clock, *, tls: ssl.SSLContext | None = None) -> Hosts:
    """Ask the host of the settings, and the provider's other TLS host where that is one. Raises UsageError for a bad URL.

    `tls` replaces the system's trust in certificates.
    """
    from batch.provider.multitel.probe import TLS_HOSTS, probe  # noqa: PLC0415 - with HTTP

    within = min(settings.timeout, _LONGEST)
    used = await probe(settings.base_url, clock, within=within, allow_http=settings.allow_http, tls=tls)
    parts = urlsplit(settings.base_url)
    if parts.hostname not in TLS_HOSTS:
        return Hosts(used)
    other = next(host for host in TLS_HOSTS if host != parts.hostname)
    port = f":{parts.port}" if parts.scheme == "https" and parts.port else ""
    url = urlunsplit(("https", f"{other}{port}", parts.path, "", ""))
    return Hosts(used, await probe(url, clock, within=within, tls=tls), url)


def host_findings(hosts: Hosts) -> Iterator[Finding]:
    """Reached, encrypted, the right address, the right time."""
    used = hosts.used
    if used.problem:
        yield problem("host", f"{used.host}: {used.problem}", _unreached(used), _PROVIDER)
    elif 300 <= used.status < 400:
        remedy = "Write base_url as the provider names it now: a redirect is never followed."
        yield problem("host", f"{used.host} answers with a redirect (HTTP {used.status})", remedy, _PROVIDER)
    elif not used.serves:
        yield warning(
            "host",
            f"{used.host} answers who has no login with HTTP {used.status} and nothing that its functions would say",
            "See whether base_url is right.",
            _PROVIDER,
        )
    else:
        how = "over TLS, with a certificate that was verified" if used.encrypted else "in clear, without TLS"
        yield ok("host", f"{used.host} answers {how}")
    if not used.problem and not used.encrypted and not _is_here(used.host):
        yield warning(
            "TLS", "the password crosses the network in clear (allow_http)", "Use https, if the provider has it."
        )
    if hosts.other is not None:
        yield _other(hosts)
    yield from _clock(used)


def host_assumptions(hosts: Hosts) -> Iterator[Assumption]:
    """Which of the provider's TLS hosts serves the JSON functions."""
    for probe, url in ((hosts.used, ""), (hosts.other, hosts.other_url)):
        if probe is not None and (url or hosts.other is not None):
            verdict = Verdict.HOLDS if probe.serves else Verdict.OPEN if probe.problem else Verdict.FAILS
            seen = probe.problem or f"HTTP {probe.status}, asked without credentials"
            yield Assumption(f"https://{probe.host} serves the JSON functions", verdict, seen)


def _other(hosts: Hosts) -> Finding:
    other, used = hosts.other, hosts.used
    assert other is not None  # noqa: S101 - the caller looked
    asked = "asked without credentials"
    if other.serves and not used.serves:
        return warning(
            "other host", f"{other.host} does serve the JSON functions ({asked})", f"Set base_url to {hosts.other_url}."
        )
    if other.serves:
        return ok("other host", f"{other.host} serves the JSON functions, too ({asked})")
    if other.problem:
        return ok("other host", f"{other.host} could not be asked: {other.problem} ({asked})")
    return ok("other host", f"{other.host} does not show that it serves the JSON functions ({asked})")


def _unreached(used: Probe) -> str:
    if used.untrusted:
        return "Nothing is sent there until its certificate can be verified."
    return "See whether base_url is right, this machine's network is up, and the provider is."


def _clock(used: Probe) -> Iterator[Finding]:
    if used.ahead is None:
        return
    off = abs(used.ahead) - used.tolerance
    seconds = (
        f"{abs(used.ahead).total_seconds():.1f} s {'behind' if used.ahead > timedelta(0) else 'ahead of'} {used.host}"
    )
    if off > _LATE:
        yield warning(
            "clock",
            f"this machine's clock is {seconds}",
            "Set it by the network (timedatectl set-ntp true): who bought a number in doubt is told by its date.",
        )
    else:
        yield ok("clock", f"this machine's clock agrees with {used.host}'s")


def _is_here(host: str) -> bool:
    from batch.provider.multitel.address import is_loopback  # noqa: PLC0415 - as above

    return is_loopback(f"http://{host}")
