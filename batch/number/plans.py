"""Numbering plans: which lengths a country's numbers may have, and which ranges it has given out.

The phonenumbers library answers each question anew; here its metadata is laid out once for each calling code, so that a
hundred thousand numbers cost what a hundred do there. Where a plan has a national prefix to judge, the library itself is
asked. Tests hold both against each other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import ModuleType


class Standing(NamedTuple):
    """What the numbering plans say of a possible number: given out as far as they know, and by which country."""

    valid: bool
    country: str
    """ISO alpha-2; empty where the plans don't tell, or the code belongs to no country (+800)."""


def library() -> ModuleType:
    """The phonenumbers library."""
    import phonenumbers  # noqa: PLC0415 - 100 ms that only a command with numbers pays

    return phonenumbers


class _Pattern(NamedTuple):
    """One kind of number in one country: the lengths it may have, and the digits that it matches."""

    lengths: frozenset[int]
    digits: re.Pattern[str]

    def matches(self, national: str) -> bool:
        return (not self.lengths or len(national) in self.lengths) and self.digits.fullmatch(national) is not None


class _Region(NamedTuple):
    """One country of a calling code."""

    country: str
    leading: re.Pattern[str] | None
    general: _Pattern
    kinds: tuple[_Pattern, ...]
    known: Standing
    doubtful: Standing

    def valid(self, national: str) -> bool:
        return self.general.matches(national) and any(kind.matches(national) for kind in self.kinds)


class Plan(NamedTuple):
    """What is known of a calling code: possible lengths, what may stand before a national number, its countries."""

    code: str
    lengths: frozenset[int]
    prefix: re.Pattern[str] | None
    simple_prefix: str
    """The national prefix, where it is plain digits that are just left out."""
    abroad: re.Pattern[str] | None
    regions: tuple[_Region, ...]

    def standing(self, national: str) -> Standing:
        """What is known of a national number."""
        if len(self.regions) == 1:
            [region] = self.regions
            return region.known if region.valid(national) else region.doubtful
        for region in self.regions:
            if region.leading is None:
                if region.valid(national):
                    return region.known
            elif region.leading.match(national):
                return region.known if region.valid(national) else region.doubtful
        return Standing(valid=False, country="")


_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


@lru_cache(maxsize=1024)
def plan_of(start: str) -> Plan | None:
    """The plan of the calling code that `start`, a number's first digits, begins with."""
    if start[:1] == "0":
        return None
    codes = library().COUNTRY_CODE_TO_REGION_CODE
    return next((build(int(start[:n])) for n in range(1, len(start) + 1) if int(start[:n]) in codes), None)


@lru_cache(maxsize=512)
def build(code: int) -> Plan:
    """The plan of a calling code."""
    known = library()
    regions = known.COUNTRY_CODE_TO_REGION_CODE[code]
    main = _metadata(code, regions[0])
    prefix = main.national_prefix_for_parsing
    simple = bool(prefix) and prefix == main.national_prefix and main.national_prefix_transform_rule is None
    return Plan(
        code=str(code),
        lengths=frozenset(main.general_desc.possible_length),
        prefix=re.compile(prefix) if prefix else None,
        simple_prefix=prefix if simple else "",
        abroad=re.compile(main.international_prefix) if main.international_prefix else None,
        regions=tuple(_region(code, region) for region in regions),
    )


def _metadata(code: int, region: str) -> Any:  # noqa: ANN401 - the library has no exact type for what is found here
    return library().PhoneMetadata.metadata_for_region_or_calling_code(code, region)


def _region(code: int, region: str) -> _Region:
    metadata = _metadata(code, region)
    kinds = (getattr(metadata, kind) for kind in _KINDS)
    country = "" if region == "001" else region
    return _Region(
        country=country,
        known=Standing(valid=True, country=country),
        doubtful=Standing(valid=False, country=country),
        leading=re.compile(metadata.leading_digits) if metadata.leading_digits else None,
        general=_pattern(metadata.general_desc),
        # The same range under two names (a country that does not tell mobiles apart) is tried once.
        kinds=tuple(
            dict.fromkeys(_pattern(kind) for kind in kinds if kind is not None and kind.national_number_pattern)
        ),
    )


def _pattern(description: Any) -> _Pattern:  # noqa: ANN401 - as above
    return _Pattern(frozenset(description.possible_length), re.compile(description.national_number_pattern))


def international(plan: Plan, digits: str) -> str | None:
    """The number of international `digits` in its `plan`, or None where that has no such number."""
    national = digits[len(plan.code) :]
    if (plan.prefix is None or plan.prefix.match(national) is None) and len(national) in plan.lengths:
        return digits
    return _formatted(_parsed("+" + digits, None))


def national(digits: str, region: str) -> str | None:
    """The number of `digits` as dialled in `region`, or None where that is possible in no way."""
    plan = build(library().country_code_for_region(region))
    plain = plan.regions[0].country == region and not digits.startswith(plan.code)
    if plain and (plan.abroad is None or plan.abroad.match(digits) is None):
        if len(digits) in plan.lengths and (plan.prefix is None or plan.prefix.match(digits) is None):
            return plan.code + digits
        rest = digits.removeprefix(plan.simple_prefix) if plan.simple_prefix else digits
        if (
            rest != digits
            and len(digits) not in plan.lengths
            and len(rest) in plan.lengths
            and not rest.startswith(plan.simple_prefix)
        ):
            return plan.code + rest
    return _formatted(_parsed(digits, region))


def _parsed(text: str, region: str | None) -> Any | None:  # noqa: ANN401 - the library's own type, not for callers
    known = library()
    try:
        return known.parse(text, region)
    except known.NumberParseException:
        return None


def _formatted(parsed: Any | None) -> str | None:  # noqa: ANN401 - as above
    """The digits of what the library found, or None where that is nothing, or impossible in its plan."""
    known = library()
    if parsed is None or known.is_possible_number_with_reason(parsed) != known.ValidationResult.IS_POSSIBLE:
        return None
    number = known.format_number(parsed, known.PhoneNumberFormat.E164)
    # A national prefix written twice is taken off once only: what is left would be read as yet another number.
    return str(number[1:]) if _parsed(number, None) == parsed else None
