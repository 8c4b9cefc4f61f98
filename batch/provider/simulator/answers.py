"""The documented answers, as JSON."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from batch.provider.simulator.catalogue import AREAS, COUNTRIES, Country, Price, area_of, country_of
from batch.provider.simulator.options import Absence, AreasBy
from batch.provider.simulator.records import Holding, Record

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


def held(holding: Holding, zone: tzinfo, *, texts_only: bool = False) -> bytes:
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
        "Voice_Enabled": "0" if texts_only else "1",
        "SMS_Enabled": "1" if texts_only or order.get("SMSURI") else "0",
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


def stock(numbers: list[tuple[str, Price]], texts_only: Container[str] = ()) -> bytes:
    """Return the numbers for sale; none is one row whose Number is -100."""
    if not numbers:
        return rows([{"Number": "-100"}])
    return rows([_stock_row(number, price, texts_only=number in texts_only) for number, price in numbers])


def _stock_row(number: str, price: Price, *, texts_only: bool) -> dict[str, Any]:
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
        "VOIP": int(not texts_only),
        "SMS": int(texts_only),
        "MMS": 0,
        "PER_SMS": "0.000",
        "PER_MMS": "0.000",
        "SS7": 0,
    }


def countries(iso_letters: int) -> bytes:
    """Return the countries, with ISO codes of two or three letters."""
    found = [
        {
            "COUNTRYCODE": country.dial,
            "DESCRIPTION": country.name,
            "COUNTRYID": country.country_id,
            "ISOCODE": country.iso3 if iso_letters == len(country.iso3) else country.iso2,
            "A2B": country.iso2,
            "LATITUDE": country.position[0],
            "LONGITUDE": country.position[1],
        }
        for country in COUNTRIES
    ]
    return rows(found)


def areas(form: Mapping[str, str], by: AreasBy) -> bytes:
    """Return the areas of a country, asked for in one of the ways that `by` allows."""
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
        if _is_asked_for(area.country, form, by)
    ]
    return rows(found)


def _is_asked_for(country: Country, form: Mapping[str, str], by: AreasBy) -> bool:
    iso, code = form.get("ISOCODE", "").upper(), form.get("CountryCode", "").upper()
    letters = {country.iso2, country.iso3}
    match by:
        case AreasBy.ANY if "CountryID" in form:
            return (code, form["CountryID"]) == (country.dial, country.country_id)
        case AreasBy.ANY:
            return (iso or code) in letters | {country.dial}
        case AreasBy.LETTERS:
            return iso == country.iso2
        case AreasBy.CODE:
            return code in letters
        case AreasBy.ID:
            return (code, form.get("CountryID")) == (country.dial, country.country_id)


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
