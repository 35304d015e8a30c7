"""Turns times in words into days of the calendar: "last week", "17 March", "2021". English only."""

from __future__ import annotations

import re
from datetime import date, timedelta

from corpus.english import MONTHS, UNDER_TWENTY

DAY = timedelta(days=1)

DayRange = tuple[date, date]
"""The first day, and the day after the last."""

_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NUMBERS = {"a": 1, "an": 1, "few": 3, "several": 3, "couple": 2} | {
    word: number for number, word in enumerate(UNDER_TWENTY[1:13], start=1)
}
_NUMBER = rf"\d{{1,3}}|(?:a\s+)?(?:few|couple(?:\s+of)?)|{'|'.join(_NUMBERS)}"
_MONTH = rf"(?:{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
_WEEKDAY = rf"(?:{'|'.join(_WEEKDAYS)})"
_YEAR = r"(?:1\d|20)\d\d"

DAY_OF_MONTH = r"\d{1,2}(?:st|nd|rd|th)?"
DAY_OR_MONTH = rf"(?:{_WEEKDAY}|{_MONTH})"

_ABSOLUTE = (
    rf"(?P<iso>{_YEAR}-\d\d-\d\d)",
    rf"(?P<day_month>{DAY_OF_MONTH}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR}\b)?)",
    rf"(?P<month_day>{_MONTH}\s+{DAY_OF_MONTH}\b(?!\d)(?:,?\s+{_YEAR}\b)?)",
    rf"(?P<month_year>{_MONTH}(?:,|\s+of)?\s+{_YEAR}\b)",
)
_RELATIVE = (
    r"(?P<today>today|tonight|this\s+(?:morning|afternoon|evening))",
    r"(?P<day_before>the\s+day\s+before\s+yesterday)",
    r"(?P<yesterday>yesterday|last\s+night)",
    # "the last week" is the last seven days; "last week" began on a Monday.
    rf"(?P<rolling>(?:the\s+(?:last|past)|this\s+past|past|last(?=\s+(?:{_NUMBER})\b))\s+"
    rf"(?:(?:{_NUMBER})\s+)?(?:hour|day|week|month|year)s?)",
    rf"(?P<ago>(?<![\d,.])(?:{_NUMBER})\s+(?:day|week|month|year)s?\s+ago)",
    rf"(?P<pointed_day>(?:this\s+past|last|this|past)\s+{_WEEKDAY})",
    rf"(?P<pointed_month>(?:this\s+past|last|this|past)\s+{_MONTH})",
    r"(?P<weekend>(?:over|at)\s+the\s+weekend|this\s+past\s+weekend)",
    r"(?P<pointed>(?:last|this|previous)\s+(?:weekend|week|month|year))",
)
# Times only after "on", "in", "since", because of "may", "march", 1984 and Super Tuesday.
_LED = (rf"(?P<weekday>{_WEEKDAY})", rf"(?P<month>{_MONTH})", rf"(?P<year>{_YEAR})")
_ANY = re.compile("|".join((*_ABSOLUTE, *_RELATIVE, *_LED)), re.IGNORECASE)


def _unnamed(patterns: tuple[str, ...]) -> str:
    return "(?:" + "|".join(re.sub(r"\(\?P<\w+>", "(?:", one) for one in patterns) + ")"


# No times: "the last week of the war", "on Tuesday afternoons", "1973-1974". "last year's" is.
TIME_END = r"(?!\w)(?!\s+of\b)(?!\s+(?:mornings|afternoons|evenings|nights)\b)(?![-–]\w)"
TIME = _unnamed((*_ABSOLUTE, *_RELATIVE)) + TIME_END
"""A pattern for words that name a time by themselves."""
TIME_AFTER_PREPOSITION = _unnamed((*_ABSOLUTE, *_RELATIVE, *_LED))
"""A pattern for words that name a time after a preposition; put `TIME_END` after it."""


def resolve_days(phrase: str, today: date | None) -> tuple[DayRange, bool] | None:
    """The days that a phrase means, and whether it is relative to today.

    Args:
        phrase: Words for a time, such as "last week" or "17 March".
        today: The day by the asker's clock, None if it is not known.

    Returns:
        The days, and True if only the clock gives the phrase a meaning. None if the phrase names
        no time, or needs a clock and there is none.

    Raises:
        ValueError: The calendar has no such day.
        OverflowError: The day is outside the years of the calendar.
    """
    phrase = " ".join(phrase.lower().split())
    match = _ANY.fullmatch(phrase)
    if match is None:
        return None
    rule, words = match.lastgroup or "", phrase.split()
    if rule == "iso":
        return _day(date.fromisoformat(phrase)), False
    if rule == "year":
        return _year(int(phrase)), False
    if rule in ("day_month", "month_day", "month_year", "month"):
        found = _calendar_days(phrase, today)
        return None if found is None else (found, False)
    return None if today is None else (_relative_days(rule, words, today), True)


def parse_option_days(typed: str, today: date) -> DayRange | None:
    """The days that somebody means who fills in the option "since" or "until".

    Besides what `resolve_days` knows, it takes "2026-03" and "17.3.2026", and "since" or "in"
    may stand first. It does not take "3/4/2026", which means two different days, depending on
    where one lives.

    Args:
        typed: What stands in the option.
        today: The day by the asker's clock.

    Returns:
        The days, or None if it is not clear which are meant.
    """
    typed = re.sub(r"^(?:since|from|until|till|on|in)\s+", "", " ".join(typed.lower().split()))
    try:
        if match := re.fullmatch(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", typed):
            day, month, year = map(int, match.groups())
            return _day(date(year, month, day))
        if match := re.fullmatch(rf"({_YEAR})-(\d\d)", typed):
            return _month(int(match[1]), int(match[2]))
        # "since two weeks" means two weeks ago.
        found = resolve_days(typed, today) or resolve_days(f"{typed} ago", today)
    except (ValueError, OverflowError):
        return None
    return None if found is None else found[0]


def _calendar_days(phrase: str, today: date | None) -> DayRange | None:
    """A month or a day of one; without a year, the last one that has come by the clock."""
    year = re.search(rf"\b{_YEAR}\b", phrase)
    rest = phrase[: year.start()] if year else phrase
    month = _month_number(re.findall(DAY_OR_MONTH, rest)[0])
    day = re.search(r"\d{1,2}", rest)
    if year:
        years = [int(year[0])]
    elif today is not None:
        years = [today.year - back for back in range(9)]  # 29 February may be that far back
    else:
        return None
    for number in years:
        if day is None:
            found = _month(number, month)
        elif int(day[0]) <= (_month(number, month)[1] - DAY).day:
            found = _day(date(number, month, int(day[0])))
        else:
            continue
        if year or today is None or found[0] <= today:
            return found
    raise ValueError(f"no day of the calendar: {phrase}")


def _relative_days(rule: str, words: list[str], today: date) -> DayRange:
    """The days that are counted from today."""
    last, is_this = words[-1], words[0] == "this" and words[1] != "past"
    if rule == "today":
        return _day(today)
    if rule in ("yesterday", "day_before"):
        return _day(today - DAY * (1 if rule == "yesterday" else 2))
    if rule in ("weekday", "pointed_day"):
        back = (today.weekday() - _WEEKDAYS.index(last)) % 7
        if back == 0 and rule == "pointed_day" and not is_this:
            back = 7  # "last Tuesday" on a Tuesday
        return _day(today - back * DAY)
    if rule == "pointed_month":
        month = _month_number(last)
        is_over = month < today.month or (is_this and month == today.month)
        return _month(today.year - (not is_over), month)
    if rule == "weekend":  # the last that has begun
        return _unit(today, "weekend", int(today.weekday() < 5))
    if rule == "pointed":
        return _unit(today, last, 0 if is_this else 1)
    if rule == "ago":
        return _unit(today, words[-2].rstrip("s"), _number(words[:-2]) or 1)
    many = 3 if last.endswith("s") else 1  # "the past days", "the past week"
    return _back(today, last.rstrip("s"), _number(words[:-1]) or many), today + DAY


def _number(words: list[str]) -> int:
    """The last number among these words, 0 if there is none."""
    numbers = [
        int(w) if w.isdigit() else _NUMBERS[w] for w in words if w.isdigit() or w in _NUMBERS
    ]
    return numbers[-1] if numbers else 0


def _unit(today: date, unit: str, back: int) -> DayRange:
    """The day, week (from Monday), weekend, month or year that is `back` units before this one."""
    if unit == "day":
        return _day(today - back * DAY)
    monday = today - (today.weekday() + 7 * back) * DAY
    if unit == "week":
        return monday, monday + 7 * DAY
    if unit == "weekend":
        return monday + 5 * DAY, monday + 7 * DAY
    if unit == "month":
        months = today.year * 12 + today.month - 1 - back
        return _month(months // 12, months % 12 + 1)
    return _year(today.year - back)


def _back(today: date, unit: str, count: int) -> date:
    """The day that is `count` hours, days, weeks, months or years before today."""
    if unit == "hour":
        return today + (-count // 24) * DAY
    if unit in ("day", "week"):
        return today - count * (7 if unit == "week" else 1) * DAY
    months = today.year * 12 + today.month - 1 - count * (12 if unit == "year" else 1)
    first, after = _month(months // 12, months % 12 + 1)
    return min(first + (today.day - 1) * DAY, after - DAY)


def _month_number(name: str) -> int:
    return next(n for n, m in enumerate(MONTHS, start=1) if m.startswith(name[:3]))


def _day(day: date) -> DayRange:
    return day, day + DAY


def _month(year: int, month: int) -> DayRange:
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


def _year(year: int) -> DayRange:
    return date(year, 1, 1), date(year + 1, 1, 1)
