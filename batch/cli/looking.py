"""What look-ups share: a provider to ask, within the rate and without a ledger, and what is said where it can't be told.

A look-up asks once, and once more where the answer could not be used. It spends nothing and records nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from batch.cli import masking
from batch.cli.begin import Begun
from batch.cli.interrupt import nothing_sent
from batch.cli.output import tell
from batch.cli.place import require_base_url
from batch.cli.scene import new_provider
from batch.clock import Clock, SystemClock
from batch.errors import ProviderError
from batch.pool.pacer import Pacer, Priority
from batch.provider.protocol import Blocked, Provider, Unclear
from batch.settings.credentials import Credentials, find_credentials
from batch.settings.model import Settings

NOTHING_FOUND = 4
"""The exit code of a look-up that was answered, and found nothing."""

_PAUSE = 1.0
"""Seconds before a question is asked once more."""
_LONGEST_PAUSE = 10.0
"""Seconds that a person waits for who only looks; a provider that asks for a longer pause is not asked again."""

_Answer = TypeVar("_Answer")
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Login:
    """Which host is asked, and with which login."""

    settings: Settings
    credentials: Credentials
    speed: float = 1


class Asking:
    """A provider that questions are put to, one after another."""

    def __init__(self, provider: Provider, pacer: Pacer, clock: Clock, login: Login, *, quiet: bool = False) -> None:
        self.provider = provider
        self._pacer = pacer
        self._clock = clock
        self._login = login
        self._quiet = quiet

    async def get(self, question: Callable[[], Coroutine[Any, Any, _Answer | Unclear | Blocked]]) -> _Answer:
        """The answer to `question`, which is asked again once where it gets no usable one.

        Raises ProviderError where there is none, and where the account is refused.
        """
        answer = await self._ask(question)
        if isinstance(answer, Unclear) and not answer.fatal:
            pause = _PAUSE if answer.retry_after is None else max(answer.retry_after, _PAUSE)
            if pause <= _LONGEST_PAUSE:
                if not self._quiet:
                    tell(masking.mask(f"numbatch: {answer.reason}; asking once more"))
                await self._clock.sleep(pause)
                answer = await self._ask(question)
        match answer:
            case Blocked(code):
                raise self._refused(code)
            case Unclear():
                raise self._unclear(answer)
            case _:
                return answer

    async def _ask(self, question: Callable[[], Coroutine[Any, Any, _Answer]]) -> _Answer:
        slot = await self._pacer.slot(Priority.INQUIRY)
        if slot is not None:  # nothing abandons the questions of a look-up
            await self._pacer.depart(slot)
        return await question()

    def _refused(self, code: int) -> ProviderError:
        known = self.provider.codes.get(code)
        meaning = f" ({known.meaning})" if known else ""
        login = self._login.credentials
        return ProviderError(
            f"{self.provider.host} refuses the login of {login.username}: {code}{meaning}",
            remedy=f"Check user name and password; they come from {login.found_in}.",
        )

    def _unclear(self, answer: Unclear) -> ProviderError:
        if answer.fatal:
            remedy = "Nothing is asked there again until that is mended."
        elif answer.retry_after is not None and answer.retry_after > _LONGEST_PAUSE:
            remedy = f"It asks for a pause of {answer.retry_after:.0f} s: try again then."
        else:
            remedy = "Try again in a while; `numbatch doctor` says whether host and login are right."
        return ProviderError(f"{self.provider.host} gave no usable answer: {answer.reason}", remedy=remedy)


def look(begun: Begun, work: Callable[[Asking], Coroutine[Any, Any, _Found]]) -> _Found:
    """What `work` finds with the provider that the settings mean.

    Raises UsageError where host or credentials are missing, ProviderError where there is no usable answer, and
    KeyboardInterrupt on Ctrl-C: there is nothing to be drained.
    """
    from batch.cli.loop import new_runner  # noqa: PLC0415 - with asyncio's rest, when flags and settings are right

    login = find_login(begun)
    with nothing_sent(), new_runner() as runner:
        return runner.run(_looked(begun, login, work))


def find_login(begun: Begun) -> Login:
    """The host and the login of the settings; its password is masked from now on. Raises UsageError where one is missing."""
    require_base_url(begun.settings)
    credentials = find_credentials(begun.settings, begun.environ)
    masking.remember(credentials.password.reveal())
    return Login(begun.settings, credentials)


async def _looked(begun: Begun, login: Login, work: Callable[[Asking], Coroutine[Any, Any, _Found]]) -> _Found:
    clock = SystemClock()
    pacer = Pacer(begun.settings.rate, clock)
    pacer.start()
    try:
        async with new_provider(login, clock) as provider:
            return await work(Asking(provider, pacer, clock, login, quiet=begun.quiet))
    finally:
        await pacer.close()
