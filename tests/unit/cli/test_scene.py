"""How the provider is spoken to follows from the settings."""

from __future__ import annotations

from decimal import Decimal

import pytest

from batch.cli.looking import Login
from batch.cli.scene import new_provider
from batch.clock import SystemClock
from batch.settings.credentials import Credentials
from batch.settings.model import Settings
from batch.settings.secret import Secret


@pytest.mark.parametrize(("rate", "seconds"), [("0.25", 4.0), ("1", 1.0), ("500", 1.0)])
def test_the_requests_of_one_look_up_are_no_faster_than_the_rate_and_never_closer_than_a_second(rate, seconds):
    login = Login(Settings(rate=Decimal(rate)), Credentials("me", Secret("secret"), "", "a test"))
    assert new_provider(login, SystemClock())._between == seconds
