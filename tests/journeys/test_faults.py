"""It never goes quiet: a table of what may go wrong, and what each member sees of it.

In every row all ways of asking are tried at once: /ask, a mention, a reply to a card, a direct
message, a button on a card, a form. What they see is compared whole: each answer once, or a
sentence that says why not; "thinking…" is left only where Discord lets nobody end it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from discord import Permissions

from tests.discord.emulator import FakeDiscord
from tests.discord.faults import Fault, rate_limited
from tests.journeys.ways import HERE, NOTHING, WAYS, WHISPERED, Scene, everyone, scene

SENDS = r"(PATCH /webhooks/|POST /channels/\d+/messages)"
ACKNOWLEDGES = "POST /interactions/"
ANY = f"({SENDS}|{ACKNOWLEDGES})"
ALL = len(WAYS)
BY_INTERACTION = 3  # a command, a button, a form
IN_CHANNELS = ("slash", "mention", "reply", "button", "form")
SEND_MESSAGES = Permissions(send_messages=True).value
VIEW_CHANNEL = Permissions(view_channel=True).value
UNKNOWN = {"code": 10062, "message": "Unknown interaction"}
REFUSED = {"code": 50035, "message": "Invalid Form Body"}
NOT_SHOWN = ("The answer could not be shown here; the operator's log says why.",)
INTERRUPTED = ("I was interrupted before this was done; please try again.",)
THEN_A_MESSAGE = ("thinking…", "the answer")
THEN_A_WHISPER = ("thinking…", "the answer, in a direct message")


def told(permission: str, channel: str) -> tuple[str, ...]:
    return (
        f"I cannot answer in {channel}: I lack the permission “{permission}” there. "
        "Please tell someone who manages the server., in a direct message",
    )


Doing = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Row:
    """A fault, when it strikes, and what is seen: what `seen` does not name gets the answer."""

    what: str
    before: Doing | None = None
    meanwhile: Doing | None = None  # all are acknowledged, and no answer is found yet
    at_start: Callable[[FakeDiscord], None] | None = None
    seen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    logged: str | None = None
    starts: int = 1  # of a client
    options: Mapping[str, Any] = field(default_factory=dict)


def fault(make: Callable[[], Fault]) -> Doing:
    async def do(them: Scene) -> None:
        them.d.faults.append(make())

    return do


def close(code: int) -> Doing:
    async def do(them: Scene) -> None:
        await them.d.gateway.close(code)

    return do


async def cut(them: Scene) -> None:
    them.d.gateway.abort()


async def ask_to_reconnect(them: Scene) -> None:
    await them.d.gateway.ask_reconnect()


async def invalidate(them: Scene) -> None:
    await them.d.gateway.invalidate(resumable=False)


async def invalidate_for_now(them: Scene) -> None:
    await them.d.gateway.invalidate(resumable=True)


async def refuse_to_resume(them: Scene) -> None:
    them.d.gateway_faults.accept_resume = False
    await them.d.gateway.close(4000)


async def refuse_to_reconnect(them: Scene) -> None:
    them.d.gateway_faults.refuse_handshakes = 1
    them.d.gateway.abort()


async def fall_silent(them: Scene) -> None:
    """The socket stays open, and nothing comes back through it until the client gives it up."""
    them.d.gateway_faults.acknowledge_heartbeats = False
    resumes = them.d.gateway.log.received.count(6)
    await them.d.until(lambda: them.d.gateway.log.received.count(6) > resumes, 10)
    them.d.gateway_faults.acknowledge_heartbeats = True


async def say_everything_twice(them: Scene) -> None:
    them.d.gateway_faults.duplicate_events = True


async def all_leave(them: Scene) -> None:
    for asker in them.askers.values():
        them.d.leave(them.guild, asker.user)


async def take_back(them: Scene) -> None:
    """Everybody deletes their question, or dismisses the bot's "thinking…"."""
    for asker in them.askers.values():
        if asker.said is not None:
            await them.d.delete(asker.said)
        elif asker.asked is not None:
            await them.d.delete(them.d.message(asker.asked))


async def delete_channels(them: Scene) -> None:
    for name in IN_CHANNELS:
        await them.d.remove_channel(them.askers[name].channel)


def deny(bits: int, *, tell: bool = True, dms: bool = True) -> Doing:
    async def do(them: Scene) -> None:
        for name in IN_CHANNELS:
            await them.d.deny(them.askers[name].channel, bits, tell=tell)
            if not dms:
                them.d.close_dms(them.askers[name].user)

    return do


async def sixteen_minutes(them: Scene) -> None:
    them.clock[0] += 16 * 60


def refuse_gateway(d: FakeDiscord) -> None:
    d.gateway_faults.refuse_handshakes = 2


def at_login(status: int) -> Callable[[FakeDiscord], None]:
    def do(d: FakeDiscord) -> None:
        d.faults.append(Fault("GET /users/@me", status=status, body="unavailable", times=2))

    return do


MATRIX = [
    # -- the start: discord.py dies of each of these
    Row("the first gateway connection is refused", at_start=refuse_gateway, starts=3),
    Row("503 at login", at_start=at_login(503), starts=3),
    # -- the gateway: what is asked while it is away is heard when it is back
    *(Row(f"the gateway closes with {code}", close(code)) for code in (1000, 1001, 4000)),
    *(Row(f"the gateway closes with {code}", meanwhile=close(code)) for code in (4008, 4009)),
    Row("the socket drops", cut),
    Row("the socket drops while thinking", meanwhile=cut),
    Row("the socket drops, and the next is refused", meanwhile=refuse_to_reconnect),
    Row(
        "the socket is half open: no heartbeat is acknowledged",
        meanwhile=fall_silent,
        options={"heartbeat_ms": 100, "heartbeat_timeout": 0.4},
    ),
    Row("Discord asks to reconnect", ask_to_reconnect),
    Row("the session is invalid, and may be resumed", meanwhile=invalidate_for_now),
    Row("the session is invalid, for good", meanwhile=invalidate),
    Row("the resume is refused", meanwhile=refuse_to_resume),
    Row("every event comes twice", say_everything_twice),
    # -- the client: what it promised is done by the next one
    Row("the client dies", meanwhile=close(4013), seen={"button": INTERRUPTED}, starts=2),
    # -- requests: one of each member's fails
    Row("429 for each route", fault(lambda: rate_limited(ANY, times=ALL))),
    Row("429 for everything", fault(lambda: rate_limited(ANY, times=ALL, everywhere=True))),
    *(
        Row(f"{code} to answers", fault(lambda code=code: Fault(SENDS, times=ALL, status=code)))
        for code in (500, 502, 503, 504)
    ),
    Row(
        "503 to acknowledgements",
        fault(lambda: Fault(ACKNOWLEDGES, times=BY_INTERACTION, status=503)),
    ),
    Row("the line drops before an answer", fault(lambda: Fault(SENDS, times=ALL, drop=True))),
    Row("the line drops again and again", fault(lambda: Fault(SENDS, times=3 * ALL, drop=True))),
    Row(
        "the answer arrives, and Discord's reply is lost",
        fault(lambda: Fault(SENDS, times=ALL, drop=True, after=True)),
    ),
    Row(
        "the answer arrives, and Discord replies 502",
        fault(lambda: Fault(SENDS, times=ALL, status=502, after=True)),
    ),
    Row(
        "the acknowledgement arrives, and Discord's reply is lost",
        fault(lambda: Fault(ACKNOWLEDGES, times=BY_INTERACTION, drop=True, after=True)),
    ),
    Row(
        "Discord refuses the card",
        fault(lambda: Fault(SENDS, times=ALL, having="components", status=400, body=REFUSED)),
        seen=everyone(NOT_SHOWN),
    ),
    # -- who asked, and where
    Row("the members leave", meanwhile=all_leave),
    Row("what was asked is taken back", meanwhile=take_back, seen=everyone(NOTHING)),
    Row(
        "the channel is deleted",
        meanwhile=delete_channels,
        seen=dict.fromkeys(IN_CHANNELS, NOTHING),
    ),
    Row(
        "the bot may not write",
        deny(SEND_MESSAGES),
        seen={name: told("Send Messages", name) for name in ("mention", "reply")},
    ),
    Row(
        "the bot may not write from now on, and has not heard of it",
        meanwhile=deny(SEND_MESSAGES, tell=False),
        # Its own picture has it that it may: then it is the one other that a reply needs.
        seen={name: told("Read Message History", name) for name in ("mention", "reply")},
    ),
    Row(
        "the bot does not see the channel any more",
        meanwhile=deny(VIEW_CHANNEL),
        seen={name: told("View Channel", name) for name in ("mention", "reply")},
    ),
    Row(
        "the bot may not write, neither to the member",
        deny(SEND_MESSAGES, dms=False),
        seen=dict.fromkeys(("mention", "reply"), NOTHING),
        logged="“Send Messages” is missing",
    ),
    # -- the time that an interaction has
    Row(
        "the interaction is unknown when it is acknowledged",
        fault(lambda: Fault(ACKNOWLEDGES, times=BY_INTERACTION, status=404, body=UNKNOWN)),
        seen={"button": WHISPERED},
    ),
    Row(
        "15 minutes are over",
        meanwhile=sixteen_minutes,
        seen={"slash": THEN_A_MESSAGE, "form": THEN_A_MESSAGE, "button": THEN_A_WHISPER},
    ),
    Row(
        "15 minutes are over, and the bot may not write",
        before=deny(SEND_MESSAGES),
        meanwhile=sixteen_minutes,
        seen={
            "slash": ("thinking…",),
            "form": ("thinking…",),
            "button": THEN_A_WHISPER,
            **{name: told("Send Messages", name) for name in ("mention", "reply")},
        },
        logged="An answer may not be sent to slash either: permission “Send Messages” is missing",
    ),
]


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: row.what)
async def test_nobody_is_left_waiting(row: Row, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async with scene(tmp_path, at_start=row.at_start, **row.options) as them:
        if row.before:
            await row.before(them)
        if row.meanwhile:
            begun = them.service.begun
            them.service.go.clear()
            await them.ask()
            await them.d.until(lambda: them.service.begun == begun + ALL, 10)
            await row.meanwhile(them)
            them.service.go.set()
        else:
            await them.ask()
        expected = {**everyone(HERE), **row.seen}
        assert await them.expect(expected) == expected
        if row.logged:
            assert row.logged in caplog.text
        assert not them.running.done()
        assert len(them.pauses) == row.starts - 1
        them.d.findings.clear()  # what was refused on purpose
        them.d.assert_clean()


async def test_who_asks_while_it_stops_is_told_and_who_asked_before_is_answered(tmp_path: Path):
    async with scene(tmp_path) as them:
        them.service.go.clear()
        begun = them.service.begun
        await them.ask()
        await them.d.until(lambda: them.service.begun == begun + ALL, 10)
        them.stop.set()
        await asyncio.sleep(0.05)
        late = await them.d.slash(
            them.askers["slash"].channel, them.askers["slash"].user, "ask", question="too late?"
        )
        said = them.d.message(late)
        assert (said.ephemeral, said.content) == (
            True,
            "I am about to stop; please ask again in a moment.",
        )
        them.service.go.set()
        expected = {
            **everyone(HERE),
            "slash": ("the answer", said.content),
        }
        assert await them.expect(expected) == expected
