"""kill -9 at random moments of answering: the next start answers, or says that it could not.

The real program in a process of its own against the emulator. FOOTNOTE_TEST_DISCORD_KILLS says how
often; CI does it many times.

What cannot be known: a message that was sent, but that the process was killed before reading,
leaves no trace anywhere, and Discord does not tell of it again. It is answered never, and never
twice. (A command is no such case: Discord itself says that it got no response.)
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from cogs.records.database import FILE_NAME
from tests.discord.emulator import FakeDiscord
from tests.discord.program import running
from tests.discord.stage import ORACLE
from tests.discord.values import Interaction, Message
from tests.journeys.ways import PASSAGE, QUESTION, QUOTE, id_on

KILLS = int(os.environ.get("FOOTNOTE_TEST_DISCORD_KILLS", "3"))
INTERRUPTED = "I was interrupted before this was done; please try again."
EACH = 2  # of each way of asking, in a round


def written_down(data_dir: Path) -> set[int]:
    """The ids of what was promised and not kept, as the killed process left it."""
    with sqlite3.connect(data_dir / FILE_NAME) as connection:
        found = {number for (number,) in connection.execute("SELECT id FROM promise")}
    connection.close()
    return found


@dataclass
class Round:
    """What was asked before one kill, each in a channel of its own."""

    commands: list[Interaction]
    presses: list[Interaction]
    mentions: list[Message]


async def ask(d: FakeDiscord, guild: int, card: Message) -> Round:
    """Everything at once, each by a member of their own; the bot may be killed meanwhile."""
    asked = Round([], [], [])
    for number in range(EACH):
        asker = d.join(guild, d.user(f"asker {number}"))
        room = d.channel(guild, f"room {number}")
        await d.announce(room)
        text = f"{d.bot.mention} {QUESTION}"
        asked.mentions.append(await d.say(room, asker, text))
        asked.commands.append(await d.slash(room, asker, "ask", question=QUESTION, _wait_s=0))
        button = id_on(card, "passage:")
        asked.presses.append(await d.press(card, asker, button, _wait_s=0))
    return asked


def replies_to(d: FakeDiscord, message: Message) -> list[Message]:
    return [
        reply
        for reply in d.replies(message.channel_id)
        if (reply.data.get("message_reference") or {}).get("message_id") == str(message.id)
    ]


def told_for(d: FakeDiscord, asked: Interaction) -> list[str]:
    """What stands where an interaction was acknowledged, and what was said instead of it."""
    texts = [d.message(asked).text if not d.message(asked).loading else "thinking…"]
    return texts + [
        said.text
        for channel in (asked.channel_id, d.dm(asked.user))
        for said in d.replies(channel)
        if said.data.get("nonce") == str(asked.id)
    ]


async def test_nothing_is_left_at_thinking_by_a_killed_bot(tmp_path: Path):
    draw = random.Random(11)  # noqa: S311  no secret
    seen: Counter[str] = Counter()
    async with FakeDiscord(ORACLE, rate_limits=False) as d:
        guild = d.guild()
        hall = d.channel(guild, "hall")
        alice = d.join(guild, d.user("alice"))
        async with running(d, tmp_path):
            await d.say(hall, alice, f"{d.bot.mention} {QUESTION}")
            await d.until(lambda: d.replies(hall), 30)
        (card,) = d.replies(hall)
        asked = left = None
        for _ in range(KILLS + 1):
            async with running(d, tmp_path) as bot:
                if asked is not None and left is not None:
                    await d.until(lambda: not written_down(tmp_path), 30)
                    seen += check(d, asked, left)
                # Five requests for each asker: two acknowledgements, three answers.
                enough = len(d.requests) + draw.randint(0, 5 * EACH)
                asking = asyncio.create_task(ask(d, guild, card))
                await d.until(lambda: len(d.requests) >= enough, 20)  # noqa: B023
                await asyncio.sleep(draw.uniform(0.0, 0.03))
                bot.kill()
                await bot.wait()
                asked = await asking
                left = written_down(tmp_path)
        d.findings.clear()  # tokens that were never acknowledged are tried, and refused
        d.assert_clean()
    assert sum(seen.values()) == 3 * EACH * KILLS
    logging.getLogger(__name__).warning("%d kills: %s", KILLS, dict(seen))


def check(d: FakeDiscord, asked: Round, left: set[int]) -> Counter[str]:
    """Whether each was answered as it must be; counts what became of them."""
    seen: Counter[str] = Counter()
    for number, asking in enumerate(asked.commands + asked.presses):
        expected = QUOTE if number < len(asked.commands) else PASSAGE
        if not asking.acknowledged:
            seen["said by Discord to have had no response"] += 1
            continue
        (told,) = told_for(d, asking)
        if expected in told:
            seen["answered at the next start" if asking.id in left else "answered"] += 1
        else:
            assert (told, asking in asked.presses) == (INTERRUPTED, True)
            seen["excused"] += 1
    for message in asked.mentions:
        answers = [reply for reply in replies_to(d, message) if QUOTE in reply.text]
        assert len(answers) <= 1
        assert answers or message.id not in left
        when = "answered at the next start" if message.id in left else "answered"
        seen[when if answers else "never read"] += 1
    return seen
