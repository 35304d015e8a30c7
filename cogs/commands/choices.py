"""The choices that Discord offers for an option: days, sources and titles."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from discord import app_commands

from retrieval.language.time_expressions import parse_option_days
from retrieval.query.scope import parse_day
from retrieval.query.scope_resolver import MAX_CHOICES, Suggestion
from retrieval.wording.formatting import format_date

MAX_CHARS = 100  # of a choice's name and value
SUGGESTED = (
    "today",
    "yesterday",
    "this week",
    "last week",
    "this month",
    "last month",
    "this year",
)


def day_choices(typed: str, option: str, now: datetime) -> list[app_commands.Choice[str]]:
    """What was typed, if it means a day, and common days: "last week (9 March 2026)"."""
    today = now.date()
    wanted = " ".join(typed.split())
    texts = [wanted] if wanted and parse_option_days(wanted, today) else []
    texts += [one for one in SUGGESTED if one.startswith(wanted.lower()) and one not in texts]
    choices = []
    for one in texts:
        meant = parse_day(one, option, today)
        if len(one) <= MAX_CHARS // 2:
            name = f"{one} ({format_date(meant.isoformat())})"
            choices.append(app_commands.Choice(name=name, value=meant.isoformat()))
    return choices


def source_choices(offers: Iterable[Suggestion]) -> list[app_commands.Choice[str]]:
    """The offers within Discord's limits: at most 25, none too long, no value twice."""
    by_value = {one.value[:MAX_CHARS]: one.label for one in offers if one.value.strip()}
    return [
        app_commands.Choice(
            name=label if len(label) <= MAX_CHARS else f"{label[: MAX_CHARS - 1]}…", value=value
        )
        for value, label in list(by_value.items())[:MAX_CHOICES]
    ]
