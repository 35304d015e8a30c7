"""With certificates the emulator stands behind Discord's own names; discord.py stays as it is."""

from __future__ import annotations

from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.discord.emulator import FakeDiscord
from tests.discord.sample_bot import SampleBot
from tests.discord.stage import ORACLE
from tests.discord.tls import API_HOST, CDN_HOST, GATEWAY_HOST, Certificates, LoopbackResolver
from tests.discord.values import Upload


async def test_an_unpatched_client_lands_on_the_emulator_by_discords_names():
    async with FakeDiscord(ORACLE, certificates=Certificates.issue()) as discord_:
        guild = discord_.guild()
        channel = discord_.channel(guild)
        alice = discord_.join(guild, discord_.user("alice"))
        connector = discord_.connector()
        resolver = connector._resolver
        assert isinstance(resolver, LoopbackResolver)
        async with discord_.running(SampleBot(connector=connector)) as bot:
            assert isinstance(bot, SampleBot)
            assert f"https://{API_HOST}/api/v10" == Route.BASE
            assert DiscordWebSocket.DEFAULT_GATEWAY.host == GATEWAY_HOST
            given = await discord_.slash(channel, alice, "ingest", file=Upload("a.md", b"hello"))
            assert discord_.message(given).content == "a.md: 5 bytes"
            await discord_.gateway.close(4000)
            await discord_.until(lambda: "resumed" in bot.events)
        assert set(resolver.asked) == {API_HOST, GATEWAY_HOST, CDN_HOST}
        discord_.assert_clean()
