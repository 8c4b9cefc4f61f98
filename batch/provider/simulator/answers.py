"""The documented answers, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from batch.provider.simulator.catalogue import AREAS, COUNTRIES, Price, area_of, country_of
from batch.provider.simulator.options import Absence
from batch.provider.simulator.world import Holding, Record

_OK = 0


def dumps(answer: object) -> bytes:
    """Return an answer as the bytes of its body."""
    return json.dumps(answer, separators=(",", ":")).encode()


def returned(value: int | Decimal, *, as_string: bool) -> bytes:
    """Return `{"DATA":[{"RETURN":value}]}`; money keeps its digits, with which a float would not be trusted."""
    text = f'"{value}"' if as_string else str(value)
    return f'{{"DATA":[{{"RETURN":{text}}}]}}'.encode()


def rows(found: list[dict[str, Any]]) -> bytes:
    """Return a list of rows, as the look-ups do."""
    return dumps({"DATA": found, "return_code": _OK})


def absent(absence: Absence, code: int, *, as_string: bool) -> bytes:
    """Return the account query's answer for a number that is not ours."""
    match absence:
        case Absence.CODE:
            return returned(code, as_string=as_string)
        case Absence.NO_ROW:
            return rows([])
        case Absence.RETURN_CODE:
            return dumps({"DATA": [], "return_code": code})


def held(holding: Holding, zone: tzinfo) -> bytes:
    """Return the account query's answer for a number that is ours: one row, all values strings.

    The names are the query's own: RingType is what the purchase calls Ringstyle, ForwardDestination its Type, Vmtts
    its Vms2t. The purchase's RingType, Record, Screening and Atcd are not reported.
    """
    order, price = holding.order, holding.price
    row = {
        "Number": holding.number,
        "SetupCost": str(price.setup),
        "MonthlyCharges": str(price.monthly),
        "PerMinuteCharges": str(price.per_minute),
        "Uri": order.get("URI", ""),
        "Uri2": order.get("URI2", ""),
        "Uri3": order.get("URI3", ""),
        "RingType": order.get("Ringstyle", "1"),
        "ForwardDestination": order.get("Type", "1"),
        "Cnam": order.get("Cnam", "0"),
        "Description": order.get("Description", holding.number),
        "Channels": order.get("Channels", "2"),
        "FreeMinutes": "0",
        "RemainingMinutes": "0",
        "ServiceActive": "1",
        "Voice_Enabled": "1",
        "SMS_Enabled": "1" if order.get("SMSURI") else "0",
        "MMS_Enabled": "0",
        "DateCreated": holding.created.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        "Subaccount_Id": order.get("SID", ""),
        "FaxDetect": order.get("FaxDetect", "0"),
        "FaxRing": order.get("FaxRing", "5"),
        "FaxEmail": order.get("FaxEmail", ""),
        "Vm": order.get("Vm", "0"),
        "Vmring": order.get("Vmring", ""),
        "Vmtts": order.get("Vms2t", "0"),
        "Vmemail": order.get("Vmemail", ""),
    }
    return rows([row])


def ring_to(holding: Holding) -> bytes:
    """Return where a number's calls go."""
    order = holding.order
    return rows([{"Number": holding.number, "URI": order.get("URI", ""), **_more(order)}])


def _more(order: Mapping[str, str]) -> dict[str, str]:
    return {name: order[name] for name in ("URI2", "URI3") if name in order}


def stock(numbers: list[tuple[str, Price]]) -> bytes:
    """Return the numbers for sale; none is one row whose Number is -100."""
    if not numbers:
        return rows([{"Number": "-100"}])
    return rows([_stock_row(number, price) for number, price in numbers])


def _stock_row(number: str, price: Price) -> dict[str, Any]:
    area, country = area_of(number), country_of(number)
    return {
        "Number": number,
        "SetupCost": str(price.setup),
        "MonthlyCharges": str(price.monthly),
        "PerMinuteCharges": str(price.per_minute),
        "Country": country.name if country else "",
        "Area": area.name if area else "",
        "CountryCode": country.iso2 if country else "",
        "StateCode": area.code if area else number[:4],
        "FreeMinutes": 0,
        "VOIP": 1,
        "SMS": 0,
        "MMS": 0,
        "PER_SMS": "0.000",
        "PER_MMS": "0.000",
        "SS7": 0,
    }


def countries() -> bytes:
    """Return the countries."""
    found = [
        {
            "COUNTRYCODE": country.dial,
            "DESCRIPTION": country.name,
            "COUNTRYID": country.country_id,
            "ISOCODE": country.iso3,
            "A2B": country.iso2,
            "LATITUDE": country.position[0],
            "LONGITUDE": country.position[1],
        }
        for country in COUNTRIES
    ]
    return rows(found)


def areas(form: Mapping[str, str]) -> bytes:
    """Return the areas of a country, asked for by ISOCODE, or by CountryCode as ISO code or dial code."""
    asked = (form.get("ISOCODE") or form.get("CountryCode") or "").upper()
    found = [
        {
            "AREACODE": area.code,
            "DESCRIPTION": area.name,
            "CLATITUDE": area.country.position[0],
            "CLONGITUDE": area.country.position[1],
            "ALATITUDE": area.position[0],
            "ALONGITUDE": area.position[1],
        }
        for area in AREAS
        if asked in {area.country.iso2, area.country.iso3, area.country.dial}
    ]
    return rows(found)


def record(kept: Record) -> bytes:
    """Return the provider's own record; money as strings, times in ISO 8601."""
    charges = [
        {
            "number": charge.number,
            "setup": str(charge.setup),
            "monthly": str(charge.monthly),
            "at": charge.at.isoformat(),
            "account": charge.account,
            "by_hand": charge.by_hand,
        }
        for charge in kept.charges
    ]
    holdings = [
        {
            "number": holding.number,
            "setup": str(holding.price.setup),
            "monthly": str(holding.price.monthly),
            "created": holding.created.isoformat(),
            "account": holding.account,
            "order": dict(holding.order),
            "by_hand": holding.by_hand,
        }
        for holding in kept.holdings
    ]
    whole = {
        "charges": charges,
        "holdings": holdings,
        "requests": dict(kept.requests),
        "tries": dict(kept.tries),
        "balance": str(kept.balance),
        "balances": {username: str(balance) for username, balance in kept.balances.items()},
    }
    return dumps(whole)
