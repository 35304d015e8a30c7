"""The time that a question speaks of, against a clock that says Thursday, 17 March 2022."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.language.periods import Period, find_period, remove_period

NOW = datetime(2022, 3, 17, 15, tzinfo=UTC)


def told(question: str, asked_at: datetime | None = NOW) -> tuple[str, bool] | None:
    """The first day, and the day after the last, and whether the words were relative."""
    found = find_period(question, asked_at)
    if found is None:
        return None
    days = (str(moment.date()) if moment else "" for moment in (found.start, found.end))
    return " ".join(days), found.is_relative


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("What happened today?", "2022-03-17 2022-03-18"),
        ("What happened yesterday?", "2022-03-16 2022-03-17"),
        ("Who spoke last night?", "2022-03-16 2022-03-17"),
        ("Who spoke the day before yesterday?", "2022-03-15 2022-03-16"),
        ("What did Biden say this week?", "2022-03-14 2022-03-21"),
        ("What did Biden say last week?", "2022-03-07 2022-03-14"),
        ("What did Biden say over the past week?", "2022-03-10 2022-03-18"),
        ("Who won over the weekend?", "2022-03-12 2022-03-14"),
        ("Who won last weekend?", "2022-03-12 2022-03-14"),
        ("Who left this month?", "2022-03-01 2022-04-01"),
        ("Who left last year?", "2021-01-01 2022-01-01"),
        ("Who spoke on Tuesday?", "2022-03-15 2022-03-16"),
        ("Who spoke on Thursday?", "2022-03-17 2022-03-18"),
        ("who spoke last thursday", "2022-03-10 2022-03-11"),
        ("Who left last March?", "2021-03-01 2021-04-01"),
        ("What changed since Friday?", "2022-03-11 "),
        ("What was known before yesterday?", " 2022-03-16"),
        ("What came after last week?", "2022-03-14 "),
        ("What happened in the last three days?", "2022-03-14 2022-03-18"),
        ("What happened in the last 24 hours?", "2022-03-16 2022-03-18"),
        ("Who left in the last 2 months?", "2022-01-17 2022-03-18"),
        ("Who left a couple of days ago?", "2022-03-15 2022-03-16"),
        ("Who left two weeks ago?", "2022-02-28 2022-03-07"),
        ("What happened between Monday and yesterday?", "2022-03-14 2022-03-17"),
    ],
)
def test_relative_words_are_counted_from_the_askers_clock(question: str, days: str):
    assert told(question) == (days, True)
    assert told(question, None) is None


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("Who ruled in 1931?", "1931-01-01 1932-01-01"),
        ("Who ruled before 2020?", " 2020-01-01"),
        ("Since the year 2005, who has ruled?", "2005-01-01 "),
        ("What happened from 1914 to 1945?", "1914-01-01 1946-01-01"),
        ("Who left in March 2021?", "2021-03-01 2021-04-01"),
        ("Who left on 17 March 2021?", "2021-03-17 2021-03-18"),
        ("Who left on March 17th, 2021?", "2021-03-17 2021-03-18"),
        ("Who left on the 17th of March 2021?", "2021-03-17 2021-03-18"),
        ("Who left 2021-03-17?", "2021-03-17 2021-03-18"),
        ("Who left between 3 and 5 May 2021?", "2021-05-03 2021-05-06"),
    ],
)
def test_dates_with_a_year_need_no_clock(question: str, days: str):
    assert told(question) == told(question, None) == (days, False)


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("Who left in March?", "2022-03-01 2022-04-01"),
        ("Who left in April?", "2021-04-01 2021-05-01"),
        ("Who left on 17 March?", "2022-03-17 2022-03-18"),
        ("Who left on March 18?", "2021-03-18 2021-03-19"),
        ("Who was born on 29 February?", "2020-02-29 2020-03-01"),
    ],
)
def test_a_date_without_a_year_is_the_last_that_has_come(question: str, days: str):
    assert told(question) == (days, False)
    assert told(question, None) is None


@pytest.mark.parametrize(
    "question",
    [
        "Who won the 2022 World Cup?",
        "May I march on the sun?",
        "What is his last name?",
        "Where is it used today?",
        "Whose walls has the city even today?",
        "How many points did they score in the last three minutes?",
        "Who was hurt in the last week of the war?",
        "Who sat in the last 3 rows?",
        "Do meetings take place on Tuesday afternoons?",
        "Who played on Super Sundays?",
        "Who ruled 12,000 years ago?",
        "What happened in 1973-1974?",
        "What happened on 31 February?",
        "What happened 2021-13-45?",
        "What happened between 2021 and 2019?",
        "",
    ],
)
def test_what_names_no_time_is_none(question: str):
    assert told(question) is None


def test_a_relative_time_is_taken_before_an_absolute_one():
    assert told("Who left in 2021, and came back yesterday?") == ("2022-03-16 2022-03-17", True)


def test_days_begin_at_the_askers_midnight():
    tokyo = timezone(timedelta(hours=9))
    asked_at = datetime(2022, 3, 18, 1, tzinfo=tokyo)  # still the 17th in London
    found = find_period("Who left today?", asked_at)
    assert found is not None
    assert found.start == datetime(2022, 3, 18, tzinfo=tokyo)


@pytest.mark.parametrize(
    ("question", "is_binding"),
    [
        ("What did Biden say yesterday?", True),
        ("Who won over the weekend?", True),
        ("Which country elected a new leader this week?", True),
        ("What has changed since Friday?", True),
        # Announced before, perhaps:
        ("What is shown in the cinemas this week?", False),
        ("Who will speak on Tuesday?", False),
        # What is asked for is older than the time that is told:
        ("The Queen died this week. When was she born?", False),
        ("Who ruled in 1931?", False),
    ],
)
def test_only_some_questions_cannot_be_answered_by_what_was_published_before(
    question: str, is_binding: bool
):
    found = find_period(question, NOW)
    assert found is not None
    assert found.is_binding == is_binding


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("What did Biden say last week?", "What did Biden say?"),
        ("What was yesterday’s news?", "What was news?"),
        ("Who spoke on Tuesday?", "Who spoke on Tuesday?"),
        ("Who ruled in 1931?", "Who ruled in 1931?"),
        ("Who ruled?", "Who ruled?"),
        ("Yesterday?", "Yesterday?"),
    ],
)
def test_words_that_no_article_has_of_its_own_time_are_left_out(question: str, rest: str):
    assert remove_period(question, find_period(question, NOW)) == rest


YESTERDAY = find_period("yesterday", NOW)
LAST_WEEK = find_period("last week", NOW)


@pytest.mark.parametrize(
    ("published", "begins_after", "ends_before"),
    [
        (None, False, False),
        ("no date", False, False),
        ("2022-03-14", True, False),
        ("2022-03-15", False, False),  # as published in another time zone
        ("2022-03-16T23:59:00-08:00", False, False),
        ("2022-03-14T23:00:00-08:00", False, False),
        ("2022-03-13T23:00:00-08:00", True, False),
        ("2022-02", True, False),
        ("2022-03", False, False),
        ("2022", False, False),
        ("2021", True, False),
        ("2022-03-18", False, True),
    ],
)
def test_an_article_is_older_or_later_than_a_period_only_when_that_is_clear(
    published: str | None, begins_after: bool, ends_before: bool
):
    assert YESTERDAY is not None
    assert YESTERDAY.begins_after(published) == begins_after
    assert YESTERDAY.ends_before(published) == ends_before


def test_a_longer_period_is_meant_more_roughly():
    assert LAST_WEEK is not None
    assert not LAST_WEEK.begins_after("2022-03-01")
    assert LAST_WEEK.begins_after("2022-02-27")
    assert Period(None, NOW).leeway == timedelta(days=1)


WORDS = st.sampled_from(
    "in on since before between and from to the last past this 3 31 17th May march 2021 0000 9999 "
    "Tuesday week weekend days years ago yesterday a couple of ? . ’s 2021-02-30 999 "
    "0001-01-01".split()
)


QUESTIONS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=12).map(" ".join))
MOMENTS = st.datetimes(timezones=st.just(UTC))


@given(QUESTIONS, st.one_of(st.none(), MOMENTS))
def test_any_question_has_a_period_or_none(question: str, asked_at: datetime | None):
    found = find_period(question, asked_at)
    if found is not None:
        hold(question, found)


@given(st.integers(1, 9999), QUESTIONS, st.one_of(st.none(), MOMENTS))
def test_any_year_in_any_question_has_a_period(year: int, rest: str, asked_at: datetime | None):
    found = find_period(f"Who won in {year:04}? {rest}", asked_at)
    assert found is not None or not 1000 <= year <= 2100
    if found is not None:
        hold(f"Who won in {year:04}? {rest}", found)


def hold(question: str, found: Period) -> None:
    """What must be true of every period, whatever question has it."""
    assert found.start is None or found.end is None or found.start < found.end
    assert (found.start, found.end) != (None, None)
    remove_period(question, found)
    for published in ("2021", "2021-03-17", "9999-12-31", "0001-01-01T00:00"):
        found.begins_after(published)
        found.ends_before(published)


@given(st.datetimes(timezones=st.timezones()).filter(lambda now: 1900 < now.year < 2100))
def test_today_holds_now_and_yesterday_ends_before(asked_at: datetime):
    today, yesterday = (find_period(word, asked_at) for word in ("today", "yesterday"))
    assert today is not None
    assert yesterday is not None
    assert today.start is not None
    assert yesterday.end == today.start <= asked_at
