"""A small Discord: REST v10 and gateway v10 over real sockets, for an unmodified discord.py client.

Everything a client does — JSON, headers, multipart, rate limits, heartbeats, resumes, compression —
runs for real; only the company at the other end is missing. Where Discord publishes a rule, the
emulator keeps it; where it does not (bucket sizes, inner error codes, the order of some events) the
choice here is a reading, and no test should lean on it.

    async with FakeDiscord(oracle=load_oracle()) as discord_:
        guild = discord_.guild()
        channel = discord_.channel(guild)
        alice = discord_.join(guild, discord_.user("alice"))
        with discord_.override():
            async with discord_.running(MyBot(guild_ready_timeout=0.05)):
                asked = await discord_.slash(channel, alice, "ask", question="Why?")
                await discord_.until(lambda: discord_.message(asked).content == "Because [1]")
        discord_.assert_clean()
"""
