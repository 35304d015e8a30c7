"""Runs the bot as its users do, in a process of its own, but against an emulator.

    python -m tests.discord.launch ARGUMENTS...

Two environment variables say where the emulator is; `FakeDiscord.environment()` gives both. A
third, FOOTNOTE_TEST_BOT, names another script with a `main(argv) -> int` to run in bot.py's place.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

import discord.gateway
import discord.http
import yarl

ROOT = Path(__file__).resolve().parents[2]
API_KEY = "FOOTNOTE_TEST_DISCORD_API"
GATEWAY_KEY = "FOOTNOTE_TEST_DISCORD_GATEWAY"
BOT_KEY = "FOOTNOTE_TEST_BOT"


def command(*arguments: str) -> list[str]:
    """The command line that starts the bot through here; run it with `cwd=ROOT`."""
    return [sys.executable, "-m", "tests.discord.launch", *arguments]


def point_discord_py(api: str, gateway: str) -> None:
    """Make every client of this process talk to `api` and `gateway` instead of Discord."""
    discord.http.Route.BASE = api
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)


def main(argv: list[str]) -> int:
    """Run the bot's `main` with `argv`; returns its exit code.

    Raises KeyError when the emulator's addresses are missing: a test must never reach Discord.
    """
    point_discord_py(os.environ[API_KEY], os.environ[GATEWAY_KEY])
    script = Path(os.environ.get(BOT_KEY) or ROOT / "bot.py")
    names = runpy.run_path(str(script), run_name=script.stem)
    code: int = names["main"](argv)
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
