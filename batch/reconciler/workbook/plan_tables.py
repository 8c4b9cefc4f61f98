"""The tables of a plan's page: files, counts, money and time, countries, groups and prices, cut at what fits the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from batch.money import ZERO
from batch.plan.model import Group, Plan, PriceClass, PricedBy
from batch.reconciler.labels import Words
from batch.reconciler.page_labels import PlanLabel
from batch.reconciler.plan_facts import PlanFacts
from batch.reconciler.workbook.context import ReportOptions
from batch.reconciler.workbook.halves import LEFT, RIGHT, WHOLE, Half, Line, Span, Value

_FILES, _GROUPS, _PRICES = 3, 7, 6
_NAME = 28
"""Characters of a group's name on the page; the sheet Details has it whole."""
_PAIR_LEFT = (Span(1, 4), Span(5, 5))
_PAIR_RIGHT = (Span(7, 8), Span(10, 11))
_FOUR_LEFT = (Span(1, 1), Span(2, 2), Span(4, 4), Span(5, 5))
_FOUR_RIGHT = (Span(7, 7), Span(8, 8), Span(10, 10), Span(11, 11))

PRICED_BY = {
    PricedBy.ORDER: PlanLabel.BY_ORDER,
    PricedBy.CATALOGUE: PlanLabel.BY_CATALOGUE,
    PricedBy.ASSUMED: PlanLabel.BY_ASSUMED,
    PricedBy.UNKNOWN: PlanLabel.UNKNOWN,
}
"""Where a price is from, in words."""


def file_table(facts: PlanFacts, words: Words) -> Half:
    """The order files, with the beginning and the end of what identifies their content."""
    shown = facts.files if len(facts.files) <= _FILES else facts.files[: _FILES - 1]
    made = [
        Line((name, f"{one.sha256[:8]}…{one.sha256[-8:]}" if one.sha256 else "", one.source_rows))
        for name, one in zip(facts.file_names, shown, strict=False)
    ]
    rest = facts.files[len(shown) :]
    if rest:
        made.append(Line((_more(len(rest), words), "", sum(one.source_rows for one in rest)), grey=True))
    headings = (words(PlanLabel.ASKED), words(PlanLabel.SHA), words(PlanLabel.FILE_ROWS))
    return Half(WHOLE, (Span(1, 7), Span(8, 10), Span(11, 11)), headings, made)


def asked_tables(plan: Plan, facts: PlanFacts, options: ReportOptions, words: Words) -> tuple[Half, Half]:
    """What becomes of the numbers; money and time."""
    left = Half(LEFT, _PAIR_LEFT, (words(PlanLabel.NUMBERS), ""), _counts(plan, words))
    right = Half(
        RIGHT,
        _PAIR_RIGHT,
        (words(PlanLabel.MONEY_AND_TIME), options.currency),
        _money_and_time(plan, facts, options, words),
    )
    return left, right


def _counts(plan: Plan, words: Words) -> Sequence[Line]:
    preview = plan.preview
    always = ((PlanLabel.BUY_NOW, plan.to_buy), (PlanLabel.OWNED, preview.already_owned))
    others = (
        (PlanLabel.LATER, plan.open_numbers - plan.to_buy),
        (PlanLabel.BEFORE, preview.purchased),
        (PlanLabel.DOUBT, preview.in_doubt),
        (PlanLabel.REFUSED, preview.refused),
        (PlanLabel.DUPLICATES, preview.duplicates),
        (PlanLabel.INVALID, preview.invalid),
    )
    made = [Line((words(label), count)) for label, count in always]
    made += [Line((words(label), count)) for label, count in others if count]
    made.append(Line((words(PlanLabel.ALL), plan.numbers), total=True))
    of_them = ((PlanLabel.OUT, len(plan.not_in_stock)), (PlanLabel.DIFFERS, plan.differing))
    made += [Line((words(label), count), grey=True) for label, count in of_them if count]
    return made


def _money_and_time(plan: Plan, facts: PlanFacts, options: ReportOptions, words: Words) -> Sequence[Line]:
    def moment(one: datetime) -> str:
        local = one.astimezone(options.timezone)
        return words.span(local, local)

    limit: Value = words(PlanLabel.NO_LIMIT) if facts.max_spend is None else facts.max_spend
    made = [Line((words(PlanLabel.MAX_SPEND), limit))]
    if plan.spent:
        made.append(Line((words(PlanLabel.SPENT), plan.spent)))
    looked = words(PlanLabel.NOT_LOOKED_UP)
    if plan.looked_up_at is not None:
        minutes = round((facts.made - plan.looked_up_at).total_seconds() / 60)
        looked = words(PlanLabel.AGE, minutes=words.count(minutes))
    made += [
        Line((words(PlanLabel.PRICES_OF), looked)),
        Line((words(PlanLabel.RATE), f"{facts.rate.normalize():f}")),
        Line((words(PlanLabel.DURATION), duration_text(plan.duration))),
        Line((words(PlanLabel.STARTS), moment(facts.made))),
        Line((words(PlanLabel.ENDS), moment(plan.ends))),
    ]
    if facts.until is not None:
        fits = words(PlanLabel.OF, count=words.count(plan.fits), all=words.count(plan.to_buy))
        made += [
            Line((words(PlanLabel.UNTIL), moment(facts.until))),
            Line((words(PlanLabel.FITS), fits)),
        ]
    return made


def duration_text(duration: timedelta) -> str:
    """Hours, minutes and seconds, the largest two of them that there are; the letters are the same in both languages."""
    seconds = round(duration.total_seconds())
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds % 60:02} s" if minutes else f"{seconds} s"


def group_tables(plan: Plan, facts: PlanFacts, words: Words) -> tuple[Half, ...]:
    """Totals by country, and by group where numbers are grouped."""
    heads = (words(PlanLabel.NUMBERS), words(PlanLabel.NOW), words(PlanLabel.A_MONTH))
    countries = Half(
        LEFT,
        _FOUR_LEFT,
        (words(PlanLabel.BY_COUNTRY), *heads),
        _groups(plan.by_country, words(PlanLabel.NO_COUNTRY), words),
    )
    if not plan.by_group:
        return (countries,)
    title = _short(words(PlanLabel.BY, group=facts.group), 20)
    groups = Half(RIGHT, _FOUR_RIGHT, (title, *heads), _groups(plan.by_group, words(PlanLabel.NO_GROUP), words))
    return (countries, groups)


def _groups(groups: Sequence[Group], blank: str, words: Words) -> Sequence[Line]:
    shown = groups if len(groups) <= _GROUPS else groups[: _GROUPS - 1]
    made = [Line((_short(one.name or blank), one.numbers, one.first_charge, one.monthly)) for one in shown]
    rest = groups[len(shown) :]
    if rest:
        first = [one.first_charge for one in rest if one.first_charge is not None]
        monthly = [one.monthly for one in rest if one.monthly is not None]
        made.append(
            Line(
                (
                    _more(len(rest), words),
                    sum(one.numbers for one in rest),
                    sum(first, ZERO) if len(first) == len(rest) else None,
                    sum(monthly, ZERO) if len(monthly) == len(rest) else None,
                ),
                grey=True,
            )
        )
    return made


def price_table(plan: Plan, words: Words) -> Half:
    """The price classes, and where each price is from."""
    prices = plan.by_price
    shown = prices if len(prices) <= _PRICES else prices[: _PRICES - 1]
    made = [
        Line((words(PRICED_BY[one.priced_by]), one.count, one.first_charge, one.monthly, cost_of(one))) for one in shown
    ]
    rest = prices[len(shown) :]
    if rest:
        made.append(Line((_more(len(rest), words), sum(one.count for one in rest), "", "", ""), grey=True))
    headings = (
        words(PlanLabel.PRICES),
        words(PlanLabel.NUMBERS),
        words(PlanLabel.EACH_NOW),
        words(PlanLabel.EACH_MONTH),
        words(PlanLabel.NOW),
    )
    return Half(WHOLE, (Span(1, 2), Span(4, 4), Span(5, 7), Span(8, 10), Span(11, 11)), headings, made)


def cost_of(one: PriceClass) -> Decimal | None:
    """What all numbers of a price class cost at worst; None where that is not known."""
    return None if one.first_charge is None else one.first_charge * one.count


def _short(name: str, most: int = _NAME) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _more(count: int, words: Words) -> str:
    return words(PlanLabel.N_MORE, count=words.count(count))
