"""Leases: one of several bots does it, and another when that one is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cogs.records import migrations
from cogs.records.database import Records
from cogs.records.leases import Leases

GONE_S = -1.0  # a lease that ended a second ago, so that no test has to wait for it


@pytest.fixture
async def records() -> AsyncIterator[Records]:
    made = await Records.in_memory()
    yield made
    await made.close()


async def test_only_one_holds_a_lease_and_may_renew_it(records: Records):
    one, other = Leases(records, "one"), Leases(records, "other")
    assert await one.hold("digests")
    assert not await other.hold("digests")
    assert await one.hold("digests")
    assert await other.hold("something else")


async def test_whoever_dies_loses_it_by_its_end(records: Records):
    one, other = Leases(records, "one"), Leases(records, "other")
    assert await one.hold("digests", GONE_S)
    assert await other.hold("digests")
    assert not await one.hold("digests")


async def test_only_its_holder_gives_it_back(records: Records):
    one, other = Leases(records, "one"), Leases(records, "other")
    await one.hold("digests")
    await other.release("digests")
    assert not await other.hold("digests")
    await one.release("digests")
    assert await other.hold("digests")


async def test_those_that_have_ended_and_those_of_other_names_are_not_counted(records: Records):
    one, other = Leases(records, "one"), Leases(records, "other")
    await one.hold("shard 0")
    await other.hold("shard 1")
    await one.hold("shard 2", GONE_S)
    await one.hold("digests")
    assert await one.count("shard ") == 2


async def test_it_is_held_while_the_work_goes_on_and_given_back_though_it_fails(records: Records):
    one, other = Leases(records, "one"), Leases(records, "other")

    async def work() -> None:
        async with one.holding("digests") as is_ours, other.holding("digests") as is_theirs:
            assert (is_ours, is_theirs) == (True, False)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()
    assert await other.hold("digests")


async def test_where_nobody_can_look_it_is_not_held(caplog: pytest.LogCaptureFixture):
    full = Records(lambda: migrations.open_file(None), max_waiting=0)
    async with Leases(full).holding("digests") as is_ours:
        assert not is_ours
    assert "Nobody knows who does digests" in caplog.text


async def test_two_processes_have_names_of_their_own(records: Records):
    assert Leases(records).holder != Leases(records).holder
