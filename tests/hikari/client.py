"""A bot on hikari, which shares nothing with discord.py: strict about every payload it is sent.

    python client.py REST_URL TOKEN

It defers /ask, edits in an answer with a button, and changes the message when that is pressed.
"""

from __future__ import annotations

import sys

import hikari

ANSWER, BUTTON, PRESSED = "Paris [1]", "open:1", "The passage."


async def answer(event: hikari.InteractionCreateEvent) -> None:
    asked = event.interaction
    if isinstance(asked, hikari.CommandInteraction):
        await asked.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_CREATE)
        row = event.app.rest.build_message_action_row()
        row.add_interactive_button(hikari.ButtonStyle.PRIMARY, BUTTON, label="Open")
        await asked.edit_initial_response(ANSWER, component=row)
        await asked.execute("Was this useful?", flags=hikari.MessageFlag.EPHEMERAL)
    elif isinstance(asked, hikari.ComponentInteraction):
        await asked.create_initial_response(hikari.ResponseType.MESSAGE_UPDATE, PRESSED)


async def reply(event: hikari.MessageCreateEvent) -> None:
    me = event.app.get_me()
    if me is not None and me.id in (event.message.user_mentions_ids or ()):
        await event.message.respond(f"You said: {event.message.content}", reply=True)


def main(rest_url: str, token: str) -> None:
    bot = hikari.GatewayBot(token, rest_url=rest_url, banner=None, logs="WARNING")

    async def register(event: hikari.StartingEvent) -> None:
        app = await bot.rest.fetch_application()
        question = hikari.CommandOption(
            type=hikari.OptionType.STRING, name="question", description="What?", is_required=True
        )
        command = bot.rest.slash_command_builder("ask", "Ask the articles").add_option(question)
        await bot.rest.set_application_commands(app, [command])

    bot.subscribe(hikari.StartingEvent, register)
    bot.subscribe(hikari.InteractionCreateEvent, answer)
    bot.subscribe(hikari.MessageCreateEvent, reply)
    bot.run(check_for_updates=False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
