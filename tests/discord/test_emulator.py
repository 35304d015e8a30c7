"""What people do reaches an unmodified discord.py bot, and what it answers can be looked at."""

from __future__ import annotations

import pytest
from discord import LoginFailure

from tests.discord.emulator import FakeDiscord
from tests.discord.errors import Impossible
from tests.discord.permissions import MANAGE_GUILD
from tests.discord.routes_interactions import DEFERRED_MESSAGE, MODAL, UPDATE
from tests.discord.sample_bot import SampleBot
from tests.discord.stage import ORACLE, Stage, staged
from tests.discord.values import Upload


async def test_a_bot_logs_in_and_registers_its_commands(stage: Stage):
    assert stage.bot.user is not None
    assert stage.bot.user.id == stage.discord_.bot.id
    assert str(stage.bot.get_channel(stage.channel)) == "general"
    names = {command["name"] for command in stage.discord_.world.commands[None]}
    assert {"ask", "library", "Explain this"} < names


async def test_a_deferred_answer_is_edited_and_followed_up(stage: Stage):
    discord_ = stage.discord_
    asked = await discord_.slash(stage.channel, stage.alice, "ask", question="Why?")
    assert asked.callback_type == DEFERRED_MESSAGE
    await discord_.until(lambda: asked.followups)
    answer = discord_.message(asked)
    assert answer.history == ["Draft…", "Answer to Why? [1]"]
    assert answer.text == "Answer to Why? [1]\nSources\n[1] Article 00"
    assert not answer.loading
    hint = discord_.message(asked.followups[0])
    assert hint.only_for == stage.alice.id


async def test_ephemeral_messages_never_reach_the_gateway_or_the_history(stage: Stage):
    discord_ = stage.discord_
    heard = await discord_.say(stage.channel, stage.alice, "claim")
    told = await discord_.menu(stage.channel, stage.alice, "Explain this", heard)
    assert discord_.message(told).content == "About: claim"
    assert told.ephemeral
    (session,) = discord_.gateway.live
    told_ids = [body["id"] for _, event, body in session.sent if event == "MESSAGE_CREATE"]
    assert told_ids == [str(heard.id)]
    channel = stage.bot.get_channel(stage.channel)
    history = [message.content async for message in channel.history()]  # type: ignore[union-attr]
    assert history == ["claim"]


async def test_autocomplete_offers_what_the_bot_found(stage: Stage):
    choices = await stage.discord_.autocomplete(
        stage.channel, stage.alice, "ask", "article", question="?", article="article 1"
    )
    assert choices is not None
    assert [choice["name"] for choice in choices] == [f"Article {n}" for n in range(10, 20)]


async def test_a_subcommand_gets_its_options(stage: Stage):
    bob = stage.discord_.join(stage.guild, stage.discord_.user("bob"))
    added = await stage.discord_.slash(
        stage.channel, stage.alice, "library add", title="Moon", reader=bob
    )
    assert stage.discord_.message(added).content == "Moon for bob"


async def test_a_mention_is_answered_in_a_reply_with_a_thread(stage: Stage):
    discord_ = stage.discord_
    asked = await stage.mention()
    await discord_.until(lambda: discord_.threads(stage.channel))
    (reply,) = discord_.replies(stage.channel)
    assert reply.data["message_reference"]["message_id"] == str(asked.id)
    (thread,) = discord_.threads(stage.channel)
    assert thread == reply.id
    await discord_.say(thread, stage.alice, "and Spain?")
    await discord_.until(
        lambda: "Follow-up to: and Spain?" in [m.content for m in discord_.replies(thread)]
    )


async def test_a_direct_message_is_answered_where_it_came_from(stage: Stage):
    discord_ = stage.discord_
    dm = discord_.dm(stage.alice)
    await discord_.say(dm, stage.alice, f"{discord_.bot.mention} hello")
    await discord_.until(lambda: [m.content for m in discord_.replies(dm)] == ["Paris [1]"])


@pytest.mark.parametrize("place", ["direct messages", "thread"])
async def test_commands_work_outside_of_plain_channels(stage: Stage, place: str):
    discord_ = stage.discord_
    if place == "thread":
        await stage.mention()
        await discord_.until(lambda: discord_.threads(stage.channel))
        (where,) = discord_.threads(stage.channel)
    else:
        where = discord_.dm(stage.alice)
    asked = await discord_.slash(where, stage.alice, "ask", question="Why?")
    await discord_.until(lambda: discord_.message(asked).content == "Answer to Why? [1]")


async def test_a_button_edits_its_message(stage: Stage):
    discord_ = stage.discord_
    asked = await discord_.slash(stage.channel, stage.alice, "ask", question="Why?")
    await discord_.until(lambda: asked.followups)
    pressed = await discord_.press(discord_.message(asked), stage.alice, "answer:again")
    assert pressed.callback_type == UPDATE
    assert discord_.message(asked).content == "Again [1]"


async def test_a_form_is_opened_by_a_button_and_submitted(stage: Stage):
    discord_ = stage.discord_
    asked = await discord_.slash(stage.channel, stage.alice, "ask", question="Why?")
    await discord_.until(lambda: asked.followups)
    opened = await discord_.press(discord_.message(asked), stage.alice, "answer:report")
    assert opened.callback_type == MODAL
    with pytest.raises(Impossible, match="1-500 fit"):
        await discord_.submit(opened, stage.alice, "x" * 501)
    sent = await discord_.submit(opened, stage.alice, "the year")
    assert discord_.message(sent).content == "Thanks: the year"


async def test_the_first_followup_takes_the_place_of_thinking(stage: Stage):
    discord_ = stage.discord_
    asked = await discord_.slash(stage.channel, stage.alice, "ask", question="Why?")
    await discord_.until(lambda: asked.followups)
    message = discord_.message(asked)
    chosen = await discord_.press(message, stage.alice, "answer:source", ["Article 03"])
    await discord_.until(lambda: not discord_.message(chosen).loading)
    assert discord_.message(chosen).content == "Source: Article 03"
    assert discord_.message(chosen).ephemeral
    assert chosen.followups == []


async def test_a_v2_layout_is_readable_and_its_buttons_work(stage: Stage):
    discord_ = stage.discord_
    shown = await discord_.slash(stage.channel, stage.alice, "layout")
    layout = discord_.message(shown)
    assert layout.is_v2
    assert layout.text == "## Answer\nParis [1]\n[1] Article"
    quoted = await discord_.press(layout, stage.alice, "cite:0")
    assert discord_.message(quoted).content == "The quote"


async def test_files_go_both_ways(stage: Stage):
    discord_ = stage.discord_
    made = await discord_.slash(stage.channel, stage.alice, "export")
    await discord_.until(lambda: discord_.message(made).attachments)
    (attachment,) = discord_.message(made).attachments
    assert (attachment["filename"], discord_.file(attachment)) == ("answer.md", b"# Answer")
    given = await discord_.slash(
        stage.channel, stage.alice, "ingest", file=Upload("a.md", b"hello")
    )
    assert discord_.message(given).content == "a.md: 5 bytes"


async def test_a_command_is_hidden_from_those_without_its_permission(stage: Stage):
    discord_ = stage.discord_
    with pytest.raises(Impossible, match="hidden from alice"):
        await discord_.slash(stage.channel, stage.alice, "admin")
    boss = discord_.join(stage.guild, discord_.user("boss"), permissions=MANAGE_GUILD)
    allowed = await discord_.slash(stage.channel, boss, "admin")
    assert discord_.message(allowed).content == "Yes"


async def test_a_cooldown_is_the_bots_own(stage: Stage):
    first = await stage.discord_.slash(stage.channel, stage.alice, "limited")
    second = await stage.discord_.slash(stage.channel, stage.alice, "limited")
    assert [stage.discord_.message(it).content for it in (first, second)] == ["Fine", "Wait"]


async def test_people_cannot_do_what_the_client_does_not_offer(stage: Stage):
    discord_, alice = stage.discord_, stage.alice
    stranger = discord_.user("stranger")
    bob = discord_.join(stage.guild, discord_.user("bob"))
    claim = await discord_.say(stage.channel, alice, "claim")
    secret = await discord_.menu(stage.channel, alice, "Explain this", claim)
    for impossible in (
        discord_.slash(stage.channel, alice, "nonsense"),
        discord_.slash(stage.channel, alice, "ask"),
        discord_.slash(stage.channel, alice, "ask", question=3),
        discord_.slash(stage.channel, alice, "ask", question="?", colour="red"),
        discord_.slash(stage.channel, alice, "library"),
        discord_.slash(stage.channel, alice, "library add", title="x" * 21, reader=bob),
        discord_.slash(stage.channel, stranger, "layout"),
        discord_.say(stage.channel, stranger, "hello"),
        discord_.press(claim, alice, "answer:again"),
        discord_.press(discord_.message(secret), bob, "answer:again"),
    ):
        with pytest.raises(Impossible):
            await impossible


async def test_a_bot_without_the_content_intent_reads_only_what_is_meant_for_it():
    async with staged(message_content=False) as stage:
        discord_ = stage.discord_
        await discord_.say(stage.channel, stage.alice, "not for you")
        await discord_.say(discord_.dm(stage.alice), stage.alice, "just us")
        await stage.mention("for you")
        await stage.answered()
        (reply,) = discord_.replies(stage.channel)
        await discord_.say(stage.channel, stage.alice, "pinged", reply_to=reply)
        await discord_.say(stage.channel, stage.alice, "not pinged", reply_to=reply, ping=False)
        await discord_.until(lambda: len(stage.bot.heard) == 5)
        mention = f"{discord_.bot.mention} for you"
        assert stage.bot.heard == ["", "just us", mention, "pinged", ""]


async def test_a_condition_that_never_holds_tells_what_was_said(stage: Stage):
    await stage.discord_.say(stage.channel, stage.alice, "anybody?")
    with pytest.raises(AssertionError, match=r"#general alice: 'anybody\?'"):
        await stage.discord_.until(lambda: False, timeout_s=0.05)


async def test_a_wrong_token_is_refused_at_login():
    async with FakeDiscord(ORACLE) as discord_, SampleBot() as bot:
        with discord_.override(), pytest.raises(LoginFailure):
            await bot.start("wrong")
        discord_.assert_clean()


async def test_edits_reactions_and_deletions_by_people_are_heard(stage: Stage):
    discord_ = stage.discord_
    heard: list[str] = []

    @stage.bot.event
    async def on_message_edit(before: object, after: object) -> None:
        heard.append("edit")

    @stage.bot.event
    async def on_raw_reaction_add(payload: object) -> None:
        heard.append("reaction")

    @stage.bot.event
    async def on_raw_message_delete(payload: object) -> None:
        heard.append("delete")

    message = await discord_.say(stage.channel, stage.alice, "claim")
    await discord_.edit(message, "better claim")
    await discord_.react(message, stage.alice, "👍")
    await discord_.delete(message)
    await discord_.until(lambda: heard == ["edit", "reaction", "delete"])


async def test_a_guild_may_be_joined_and_left_while_running(stage: Stage):
    discord_ = stage.discord_
    second = discord_.guild("Second")
    await discord_.announce(second)
    await discord_.until(lambda: stage.bot.get_guild(second))
    await discord_.expel(second)
    await discord_.until(lambda: stage.bot.get_guild(second) is None)
