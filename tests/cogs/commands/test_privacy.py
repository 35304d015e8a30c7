"""What is kept, and how it is forgotten: a member's on demand, a server's after it left."""

from __future__ import annotations

from cogs.records.database import Records
from cogs.records.departed_servers import DAY_S, ERASED_AFTER_DAYS, DepartedServers
from cogs.records.server_settings import WHOLE_SERVER, Rules, ServerRules
from corpus.article import ArticleInfo
from corpus.errors import StoreError
from tests.cogs.cards.test_buttons import id_on
from tests.cogs.conftest import FakeArticles, World, in_a_world, texts

COUNTS = "SELECT (SELECT count(*) FROM answer), (SELECT count(*) FROM feedback)"


@in_a_world
async def test_privacy_says_what_is_kept_and_for_how_long(world: World):
    told = await world.alice.slash(world.channel, "privacy")
    assert told.ephemeral
    text = "\n".join(texts(told.response))
    for part in ("for 7 days", "for 90 days", "erase all of that 14 days later", "sent to anyone"):
        assert part in text
    world.service.is_worded = True
    await world.env.restart_bot(world.new_bot())
    told = await world.alice.slash(world.channel, "privacy")
    assert "a language model word the answers" in texts(told.response)[3]


@in_a_world
async def test_a_member_is_forgotten_and_the_others_are_not(world: World):
    for member in (world.alice, world.bob):
        asked = await member.slash(world.channel, "ask", question="why?")
        await member.click(asked.response, custom_id=id_on(asked.response, "vote:up:"))

    async def counts() -> tuple[int, int]:
        return (await world.records.read(lambda c: c.rows(COUNTS)))[0]

    assert await counts() == (2, 2)
    gone = await world.alice.slash(world.channel, "forget-me")
    assert gone.ephemeral
    assert gone.response.content.startswith("Deleted: your questions")
    assert await counts() == (1, 1)
    again = await world.alice.slash(world.channel, "forget-me")
    assert again.response.content.startswith("Nothing was stored about you")


@in_a_world
async def test_who_asks_to_be_forgotten_has_no_new_quota(world: World):
    await world.bob.slash(world.channel, "settings quota", member=1)
    await world.alice.slash(world.channel, "ask", question="why?")
    await world.alice.slash(world.channel, "forget-me")
    spent = await world.alice.slash(world.channel, "ask", question="why?")
    assert spent.response.content.startswith("You have asked as many questions today")


class Years:
    """A clock, and a server's things beside it."""

    def __init__(self, records: Records) -> None:
        self.at = 1_000_000.0
        self.records = records
        self.articles = FakeArticles({7: [ArticleInfo("a-1", 1, "A")]})
        self.rules = ServerRules(records)
        self.leaving = DepartedServers(records, self.articles, self.rules, now=lambda: self.at)

    def pass_days(self, days: float) -> None:
        self.at += days * DAY_S


async def left_behind() -> Years:
    """Server 7, with an article and a rule, beside server 8."""
    years = Years(await Records.in_memory())
    await years.leaving.record_present([7, 8], lambda server: True)
    await years.rules.change(7, WHOLE_SERVER, member_quota=3)
    return years


async def test_a_server_that_left_is_erased_after_the_stated_days_and_not_before():
    years = await left_behind()
    await years.leaving.record_departure(7)
    years.pass_days(ERASED_AFTER_DAYS - 0.1)
    assert await years.leaving.erase_departed() == []
    assert (await years.rules.of(7)).member_quota == 3
    years.pass_days(0.2)
    assert await years.leaving.erase_departed() == [7]
    assert years.articles.own == {}
    assert await years.rules.of(7) == Rules()
    assert await years.leaving.erase_departed() == []
    await years.records.close()


async def test_a_server_that_comes_back_in_time_keeps_everything():
    years = await left_behind()
    await years.leaving.record_departure(7)
    years.pass_days(ERASED_AFTER_DAYS - 1)
    await years.leaving.record_present([7])
    years.pass_days(ERASED_AFTER_DAYS + 1)
    assert await years.leaving.erase_departed() == []
    assert 7 in years.articles.own
    await years.records.close()


async def test_a_server_that_left_while_the_bot_was_off_is_seen_at_the_next_start():
    years = await left_behind()
    await years.leaving.record_present([8], lambda server: True)
    years.pass_days(1)
    await years.leaving.record_present([8], lambda server: True)  # its time counts from the first
    years.pass_days(ERASED_AFTER_DAYS - 0.9)
    assert await years.leaving.erase_departed() == [7]
    await years.records.close()


async def test_a_library_of_a_server_that_the_bot_was_never_in_is_not_touched():
    years = Years(await Records.in_memory())
    await years.leaving.record_present([8], lambda server: True)
    years.pass_days(10 * ERASED_AFTER_DAYS)
    assert await years.leaving.erase_departed() == []
    assert years.articles.erased == []
    await years.records.close()


async def test_what_cannot_be_erased_has_its_turn_again():
    years = await left_behind()
    await years.leaving.record_departure(7)
    years.pass_days(ERASED_AFTER_DAYS + 1)

    class Stuck:
        async def erase(self, server: int) -> bool:
            raise StoreError("The library cannot be deleted: the disk is read-only.")

    stuck = DepartedServers(years.records, Stuck(), years.rules, now=lambda: years.at)
    assert await stuck.erase_departed() == []
    assert await years.leaving.erase_departed() == [7]
    await years.records.close()


@in_a_world
async def test_the_bot_notes_where_it_is(world: World):
    async def rows(table: str) -> list[int]:
        query = f"SELECT server FROM {table} ORDER BY server"
        found = await world.records.read(lambda c: c.rows(query))
        return [server for (server,) in found]

    assert await rows("present_server") == [world.guild.id] or await rows("present_server") == []
    bot = world.env.bot
    membership = bot.get_cog("Membership")
    await membership.on_guild_join(bot.get_guild(world.guild.id))
    assert await rows("present_server") == [world.guild.id]
    await membership.on_guild_remove(bot.get_guild(world.guild.id))
    assert (await rows("present_server"), await rows("left_server")) == ([], [world.guild.id])
    await membership.on_guild_join(bot.get_guild(world.guild.id))
    assert (await rows("present_server"), await rows("left_server")) == ([world.guild.id], [])
