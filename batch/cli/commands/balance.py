"""`numbatch balance`: the account's balance."""

from __future__ import annotations

from batch.cli.begin import begin_with_settings
from batch.cli.figures import amount, money_text
from batch.cli.looking import look
from batch.cli.options import COMMON, WHERE, Common, Json, Where
from batch.cli.output import say, say_json


def balance(*, json: Json = False, where: Where = WHERE, common: Common = COMMON) -> int:
    """Tell the account's balance.

    The provider does not say which currency it is in: that is the setting `currency`. Exit code 5 where it can't be told.
    --json: {"account", "balance", "currency"}, the balance as text.

    For example:
        numbatch balance
    """
    begun = begin_with_settings(common, where)
    money = look(begun, lambda asking: asking.get(asking.provider.balance))
    currency = begun.settings.currency
    if json:
        say_json({"account": begun.settings.account.id or None, "balance": money_text(money), "currency": currency})
    else:
        say(amount(money, currency))
    return 0
