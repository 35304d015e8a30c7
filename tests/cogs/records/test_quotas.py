"""Quotas: how many questions a day, of a member and of a whole server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from cogs.records.answers import Spot
from cogs.records.database import Records
from cogs.records.quotas import Quotas, QuotaSpent
from cogs.records.server_settings import Rules

NOON = datetime(2026, 3, 17, 12, tzinfo=UTC)
ALICE, BOB = Spot(7, 1, 11), Spot(7, 1, 12)


@pytest.fixture
async def records() -> AsyncIterator[Records]:
    made = await Records.in_memory()
    yield made
    await made.close()


async def ask(quotas: Quotas, spot: Spot, rules: Rules, at: datetime = NOON) -> bool:
    """Whether one more question may be asked."""
    try:
        async with quotas.counted(spot, rules, at):
            return True
    except QuotaSpent:
        return False


async def test_a_member_may_ask_as_often_as_the_server_allows_and_another_is_not_counted_with_them(
    records: Records,
):
    quotas, rules = Quotas(records), Rules(member_quota=2)
    assert [await ask(quotas, ALICE, rules) for _ in range(3)] == [True, True, False]
    assert await ask(quotas, BOB, rules)


async def test_a_servers_quota_counts_all_its_members_and_no_other_servers(records: Records):
    quotas, rules = Quotas(records), Rules(server_quota=2)
    assert [await ask(quotas, spot, rules) for spot in (ALICE, BOB, ALICE)] == [True, True, False]
    assert await ask(quotas, Spot(8, 1, 11), rules)


async def test_a_question_that_the_server_refuses_is_not_counted_for_the_member(records: Records):
    quotas = Quotas(records)
    both = Rules(member_quota=1, server_quota=1)
    assert await ask(quotas, BOB, Rules(server_quota=1))
    assert not await ask(quotas, ALICE, both)
    assert await ask(quotas, ALICE, Rules(member_quota=1))


async def test_it_is_said_who_has_asked_too_much_and_until_when(records: Records):
    quotas = Quotas(records)
    zone = {"time_zone": "Europe/Berlin"}
    for rules, who in (
        (Rules(member_quota=0, **zone), "You have asked"),
        (Rules(server_quota=0, **zone), "This server has asked"),
    ):
        with pytest.raises(QuotaSpent) as spent:
            async with quotas.counted(ALICE, rules, NOON):
                pytest.fail("it must not be worked on")
        assert str(spent.value) == (
            f"{who} as many questions today as are allowed here (0); please ask again after "
            "midnight (Europe/Berlin)."
        )


async def test_the_day_begins_at_the_servers_midnight(records: Records):
    quotas, rules = Quotas(records), Rules(member_quota=1, time_zone="Asia/Tokyo")
    before, after = (datetime(2026, 3, 17, *at, tzinfo=UTC) for at in ((14, 59), (15, 0)))
    assert await ask(quotas, ALICE, rules, before)
    assert not await ask(quotas, ALICE, rules, before)
    assert await ask(quotas, ALICE, rules, after)


async def test_what_fails_is_not_counted_and_what_is_taken_back_is(records: Records):
    quotas, rules = Quotas(records), Rules(member_quota=1)
    with pytest.raises(ZeroDivisionError):
        async with quotas.counted(ALICE, rules, NOON):
            raise ZeroDivisionError
    with suppress(GeneratorExit):
        async with quotas.counted(ALICE, rules, NOON):
            raise GeneratorExit  # as a cancelled task does, it is no Exception
    assert not await ask(quotas, ALICE, rules)


async def test_without_a_limit_and_in_private_nothing_is_written_down(records: Records):
    quotas = Quotas(records)
    assert await ask(quotas, ALICE, Rules())
    assert await ask(quotas, Spot(None, 1, 11), Rules(member_quota=0))
    query = "SELECT * FROM usage"
    assert await records.read(lambda connection: connection.rows(query)) == []
