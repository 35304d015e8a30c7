"""What people do: talk, run commands, press buttons, fill in forms; and wait for what comes of it.

Only what Discord's client would let them do: anything else raises Impossible and is never sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from tests.discord import messages, payloads, permissions
from tests.discord.components import BUTTON, LINK_STYLE, find
from tests.discord.errors import Impossible
from tests.discord.forms import fill_modal, select_values
from tests.discord.options import CHAT, MESSAGE_MENU, USER_MENU, Filler, fill, find_command
from tests.discord.routes_interactions import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT
from tests.discord.state import World
from tests.discord.values import JSON, Interaction, Message, Upload, User

# How long a person watches for the bot to take an interaction before the test goes on.
WAIT_S = 5.0
# How long a person takes to press or fill in what was just shown. discord.py knows a view only once
# it has read the reply to its own request; nobody clicks before that, and a test should not either.
REACTION_S = 0.1


class People:
    """The human side of a world. `FakeDiscord` is one, so tests call these on it.

    Methods that start an interaction return once the bot acknowledged it, or after `_wait_s`;
    which of the two is `interaction.acknowledged`. `_wait_s=0` does not wait.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    # Talking.

    async def say(
        self,
        channel_id: int,
        user: User,
        content: str,
        *,
        files: Sequence[Upload] = (),
        reply_to: Message | None = None,
        ping: bool = True,
    ) -> Message:
        """Write a message. A reply pings whom it quotes, unless that came through a webhook.

        Whether the reply pings decides whether a bot without the content intent may read it.
        """
        self._check_present(channel_id, user)
        body: JSON = {"content": content}
        if reply_to is not None:
            body["message_reference"] = {"message_id": reply_to.id}
        uploads = {f"files[{index}]": upload for index, upload in enumerate(files)}
        message = messages.create(self.world, channel_id, user, body, uploads)
        if reply_to is not None and ping and "webhook_id" not in reply_to.data:
            quoted = payloads.user_json(reply_to.author)
            if quoted not in message.data["mentions"]:
                message.data["mentions"].append(quoted)
        await messages.announce(self.world, "MESSAGE_CREATE", message)
        return message

    async def edit(self, message: Message, content: str) -> None:
        """Change the text of one's message."""
        messages.edit(self.world, message, {"content": content}, {})
        await messages.announce(self.world, "MESSAGE_UPDATE", message)

    async def delete(self, message: Message) -> None:
        """Delete a message."""
        await self.world.publish("MESSAGE_DELETE", messages.remove(self.world, message))

    async def react(self, message: Message, user: User, emoji: str) -> None:
        """React to a message with an emoji's character."""
        self._check_seen(message, user)
        reaction = messages.reaction_json(self.world, message, user, emoji)
        if guild := self.world.guild_of(message.channel_id):
            reaction["member"] = payloads.member_json(guild.members[user.id])
        await self.world.publish("MESSAGE_REACTION_ADD", reaction)

    async def thread(self, message: Message, user: User, name: str) -> int:
        """Open a thread from a message; returns the thread's id, which is the message's."""
        self._check_seen(message, user)
        parent = self.world.channel(message.channel_id)
        thread = self.world.new_thread(parent, user, {"name": name}, message.id)
        messages.mark_threaded(message)
        await self.world.publish("THREAD_CREATE", {**thread, "newly_created": True})
        return int(thread["id"])

    # Commands.

    async def slash(
        self,
        channel_id: int,
        user: User,
        name: str,
        /,
        *,
        _wait_s: float = WAIT_S,
        **options: object,
    ) -> Interaction:
        """Run a chat command; "library add" is the subcommand add of /library."""
        data = self._command(channel_id, user, name, options)
        return await self._interact(COMMAND, channel_id, user, data, wait_s=_wait_s)

    async def autocomplete(
        self, channel_id: int, user: User, name: str, focused: str, /, **options: object
    ) -> list[JSON] | None:
        """The choices offered while the person types into `focused`; None when none came."""
        options.setdefault(focused, "")
        data = self._command(channel_id, user, name, options, focused)
        found = await self._interact(AUTOCOMPLETE, channel_id, user, data)
        return found.choices

    async def menu(
        self,
        channel_id: int,
        user: User,
        name: str,
        target: Message | User,
        *,
        _wait_s: float = WAIT_S,
    ) -> Interaction:
        """Use a context menu on a message or a user."""
        self._check_present(channel_id, user)
        filler = Filler(self.world, channel_id)
        if isinstance(target, User):
            kind = USER_MENU
            filler.user(target)
        else:
            kind = MESSAGE_MENU
            self._check_seen(target, user)
            filler.resolved["messages"] = {str(target.id): target.data}
        command = find_command(self.world, channel_id, user, name, kind)
        data = {
            "id": command["id"],
            "name": name,
            "type": kind,
            "target_id": str(target.id),
            "resolved": filler.resolved,
        }
        return await self._interact(COMMAND, channel_id, user, data, wait_s=_wait_s)

    def _command(
        self,
        channel_id: int,
        user: User,
        name: str,
        given: dict[str, object],
        focused: str | None = None,
    ) -> JSON:
        self._check_present(channel_id, user)
        root, *path = name.split()
        command = find_command(self.world, channel_id, user, root)
        filler = Filler(self.world, channel_id)
        options = fill(command, path, given, filler, focused)
        data: JSON = {"id": command["id"], "name": root, "type": CHAT, "options": options}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        if filler.resolved:
            data["resolved"] = filler.resolved
        return data

    # Buttons, selects and forms.

    async def press(
        self,
        message: Message,
        user: User,
        custom_id: str,
        values: Sequence[object] | None = None,
        *,
        _wait_s: float = WAIT_S,
    ) -> Interaction:
        """Press a button, or choose `values` in a select."""
        self._check_seen(message, user)
        component = find(message.components, custom_id)
        if component.get("disabled") or component.get("style") == LINK_STYLE:
            raise Impossible(f"{custom_id!r} cannot be pressed")
        if (values is None) != (component["type"] == BUTTON):
            raise Impossible(f"{custom_id!r}: selects take values, buttons take none")
        data: JSON = {
            "custom_id": custom_id,
            "component_type": component["type"],
            "id": component["id"],
        }
        if values is not None:
            filler = Filler(self.world, message.channel_id)
            data["values"] = select_values(component, values, filler)
            # Also an empty one would make clients read the values as what it resolves.
            if filler.resolved:
                data["resolved"] = filler.resolved
        await asyncio.sleep(REACTION_S)
        return await self._interact(
            COMPONENT, message.channel_id, user, data, source=message, wait_s=_wait_s
        )

    async def submit(
        self, opener: Interaction, user: User, *values: object, _wait_s: float = WAIT_S
    ) -> Interaction:
        """Fill in the form that `opener` was answered with, its inputs in the order shown."""
        if opener.modal is None or user != opener.user:
            raise Impossible(f"{user.name} has no form open")
        filler = Filler(self.world, opener.channel_id)
        components = fill_modal(opener.modal, values, filler)
        data: JSON = {"custom_id": opener.modal["custom_id"], "components": components}
        if filler.resolved:
            data["resolved"] = filler.resolved
        source = None
        if opener.source_id is not None:
            source = self.world.messages[opener.channel_id].get(opener.source_id)
        await asyncio.sleep(REACTION_S)
        return await self._interact(
            SUBMIT, opener.channel_id, user, data, source=source, parent=opener, wait_s=_wait_s
        )

    async def _interact(
        self,
        kind: int,
        channel_id: int,
        user: User,
        data: JSON,
        *,
        source: Message | None = None,
        parent: Interaction | None = None,
        wait_s: float = WAIT_S,
    ) -> Interaction:
        interaction_id = self.world.new_id()
        interaction = Interaction(
            id=interaction_id,
            token=f"token{interaction_id}",
            type=kind,
            channel_id=channel_id,
            user=user,
            created_at=self.world.clock(),
            data=data,
            source_id=None if source is None else source.id,
            parent=parent,
        )
        self.world.begin(interaction)
        payload = self._payload(interaction)
        if source is not None:
            payload["message"] = source.data
        await self.world.publish("INTERACTION_CREATE", payload)
        if wait_s > 0:
            await self.world.bell.until(interaction.answered.is_set, wait_s)
        return interaction

    def _payload(self, interaction: Interaction) -> JSON:
        """What INTERACTION_CREATE tells, in a guild or in direct messages."""
        world, user, channel_id = self.world, interaction.user, interaction.channel_id
        guild = world.guild_of(channel_id)
        held = str(world.permissions(user, channel_id))
        payload: JSON = {
            "id": str(interaction.id),
            "application_id": str(world.bot.id),
            "type": interaction.type,
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(channel_id),
            "channel": {**world.channels[channel_id], "permissions": held},
            "app_permissions": str(world.permissions(world.bot, channel_id)),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": "0" if guild is None else str(guild.id)},
            "context": 1 if guild is None else 0,
            "attachment_size_limit": 10 * 1024 * 1024,
        }
        if guild is None:
            return {**payload, "user": payloads.user_json(user)}
        member = payloads.member_json(guild.members[user.id])
        return {
            **payload,
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": {**member, "permissions": held},
        }

    def _check_present(self, channel_id: int, user: User) -> None:
        """A person writes and clicks only where they are and see something."""
        guild = self.world.guild_of(channel_id)
        if guild is not None and user.id not in guild.members:
            raise Impossible(f"{user.name} is not in {guild.name}")
        if not self.world.permissions(user, channel_id) & permissions.VIEW_CHANNEL:
            raise Impossible(f"{user.name} does not see the channel")

    def _check_seen(self, message: Message, user: User) -> None:
        self._check_present(message.channel_id, user)
        if message.id not in self.world.messages[message.channel_id]:
            raise Impossible("the message is gone")
        if message.only_for not in (None, user.id):
            raise Impossible(f"{user.name} does not see another's ephemeral message")

    # Waiting.

    async def until(self, condition: Callable[[], object], timeout_s: float = WAIT_S) -> None:
        """Wait until `condition()` holds; AssertionError with what went on when it never does.

        A LookupError counts as "not yet", so a condition may ask for what is still to come.
        """

        def holds() -> bool:
            try:
                return bool(condition())
            except LookupError:
                return False

        if not await self.world.bell.until(holds, timeout_s):
            raise AssertionError(f"never came true in {timeout_s} s\n{self.story()}")

    def story(self) -> str:
        """The last messages of each channel, a line each: what to look at when a test fails."""
        lines = []
        for channel_id, said in self.world.messages.items():
            channel = self.world.channels[channel_id]
            for message in list(said.values())[-5:]:
                place = channel.get("name", "direct messages")
                lines.append(f"#{place} {message.author.name}: {message.text[:200]!r}")
        return "\n".join(lines) or "(nothing was said)"
