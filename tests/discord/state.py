"""The world: who exists, where they may go, what was said, and the ids all of it has."""

from __future__ import annotations

import base64
import time
from collections.abc import Awaitable, Callable

from tests.discord import errors, intents, payloads, permissions
from tests.discord.bell import Bell
from tests.discord.values import JSON, Guild, Interaction, Member, Message, Upload, User

TOKEN_LIFE_S = 15 * 60
_FLAG_GUILD_MEMBERS, _FLAG_MESSAGE_CONTENT = 1 << 14, 1 << 18

Listener = Callable[[str, JSON], Awaitable[None]]


async def _nobody(event: str, data: JSON) -> None:
    """Listen to nothing: what a world without a gateway does."""


class World:
    """All state of one emulated Discord, with the lookups that answer in Discord's errors.

    `clock` times what a test may want to jump over (the 3 s to acknowledge, the 15 min a token
    lives); snowflakes and timestamps always carry real time, since clients compare them with it.
    """

    def __init__(self, *, clock: Callable[[], float], allowed_intents: int) -> None:
        self.clock = clock
        self.allowed_intents = allowed_intents
        self.bell = Bell()
        self.listener: Listener = _nobody
        self.cdn = ""
        self._last_id = 0
        self.bot = User(self.new_id(), "TestBot", bot=True)
        self.token = _token(self.bot.id)
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, JSON] = {}
        self.messages: dict[int, dict[int, Message]] = {}
        self.interactions: dict[int, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}
        self.commands: dict[int | None, list[JSON]] = {}
        self.files: dict[str, bytes] = {}
        self.closed_to_bot: set[int] = set()
        self.developer = self.new_user("developer")

    def new_id(self) -> int:
        """A fresh snowflake, above every earlier one even when the machine's clock steps back."""
        now = (int(time.time() * 1000) - payloads.DISCORD_EPOCH_MS) << 22
        self._last_id = max(self._last_id + 1, now)
        return self._last_id

    async def publish(self, event: str, data: JSON) -> None:
        """Tell the gateway's sessions, and wake whoever waits for something to happen."""
        await self.listener(event, data)
        self.bell.ring()

    @property
    def application_flags(self) -> int:
        flags = 0
        if self.allowed_intents & intents.GUILD_MEMBERS:
            flags |= _FLAG_GUILD_MEMBERS
        if self.allowed_intents & intents.MESSAGE_CONTENT:
            flags |= _FLAG_MESSAGE_CONTENT
        return flags

    # People and places.

    def new_user(self, name: str) -> User:
        user = User(self.new_id(), name)
        self.users[user.id] = user
        return user

    def new_guild(self, name: str) -> Guild:
        """A guild with an owner and the bot in it, and @everyone's usual permissions."""
        guild_id = self.new_id()
        everyone = payloads.role_json(guild_id, "@everyone", permissions.EVERYONE)
        guild = Guild(guild_id, name, owner=self.new_user("owner"), roles=[everyone])
        for user in (guild.owner, self.bot):
            guild.members[user.id] = Member(user)
        self.guilds[guild_id] = guild
        return guild

    def new_role(self, guild: Guild, name: str, bits: int) -> JSON:
        role = payloads.role_json(self.new_id(), name, bits)
        guild.roles.append(role)
        return role

    def new_channel(self, guild: Guild, name: str, kind: int) -> JSON:
        return self._add_channel(payloads.channel_json(self.new_id(), guild.id, name, kind), guild)

    def new_thread(self, parent: JSON, owner: User, body: JSON, thread_id: int | None) -> JSON:
        """A thread; one opened on a message takes that message's id as its own."""
        thread = payloads.thread_json(thread_id or self.new_id(), parent, owner, body)
        return self._add_channel(thread, self.guilds[int(parent["guild_id"])])

    def dm_with(self, user: User) -> JSON:
        """The one direct-message channel between the bot and `user`, opened when there is none."""
        for channel in self.channels.values():
            if channel["type"] == payloads.DM_CHANNEL and _recipient_id(channel) == user.id:
                return channel
        return self._add_channel(payloads.dm_json(self.new_id(), user), None)

    def _add_channel(self, channel: JSON, guild: Guild | None) -> JSON:
        channel_id = int(channel["id"])
        self.channels[channel_id] = channel
        self.messages[channel_id] = {}
        if guild is not None:
            guild.channel_ids.append(channel_id)
        return channel

    def remove_channel(self, channel_id: int) -> JSON:
        """What was there is gone: 10003. Returns what the channel was."""
        channel = self.channels.pop(channel_id)
        del self.messages[channel_id]
        self.guilds[int(channel["guild_id"])].channel_ids.remove(channel_id)
        return channel

    def guild_create(self, guild: Guild) -> JSON:
        channels = [self.channels[channel_id] for channel_id in guild.channel_ids]
        return payloads.guild_create_json(guild, channels, guild.members[self.bot.id])

    # Lookups.

    def user(self, user_id: int) -> User:
        if user_id not in self.users:
            raise errors.unknown_user()
        return self.users[user_id]

    def guild(self, guild_id: int) -> Guild:
        if guild_id not in self.guilds or self.bot.id not in self.guilds[guild_id].members:
            raise errors.unknown_guild()
        return self.guilds[guild_id]

    def guild_of(self, channel_id: int) -> Guild | None:
        """The channel's guild; None for direct messages."""
        guild_id = self.channel(channel_id).get("guild_id")
        return None if guild_id is None else self.guilds[int(guild_id)]

    def member(self, guild_id: int, user_id: int) -> Member:
        if user_id not in self.guild(guild_id).members:
            raise errors.unknown_member()
        return self.guilds[guild_id].members[user_id]

    def channel(self, channel_id: int) -> JSON:
        if channel_id not in self.channels:
            raise errors.unknown_channel()
        return self.channels[channel_id]

    def is_thread(self, channel_id: int) -> bool:
        return self.channel(channel_id)["type"] in payloads.THREAD_TYPES

    def message(self, channel_id: int, message_id: int) -> Message:
        self.channel(channel_id)
        if message_id not in self.messages[channel_id]:
            raise errors.unknown_message()
        return self.messages[channel_id][message_id]

    def public_message(self, channel_id: int, message_id: int) -> Message:
        """Like `message`, but an ephemeral one does not exist: only its webhook reaches it."""
        found = self.message(channel_id, message_id)
        if found.ephemeral:
            raise errors.unknown_message()
        return found

    def begin(self, interaction: Interaction) -> None:
        """Let an interaction be known, by its id and by its token."""
        self.interactions[interaction.id] = interaction
        self._by_token[interaction.token] = interaction

    def by_token(self, token: str) -> Interaction:
        """The interaction behind a webhook token: unknown 10015, older than 15 min 50027."""
        interaction = self._by_token.get(token)
        if interaction is None:
            raise errors.unknown_webhook()
        if self.clock() - interaction.created_at > TOKEN_LIFE_S:
            raise errors.invalid_webhook_token()
        return interaction

    # Permissions.

    def permissions_in(self, guild: Guild, user: User) -> int:
        """What `user` may do in the server, where no channel says otherwise."""
        if user.id == guild.owner.id:
            return permissions.ALL
        if user.id not in guild.members:
            return 0
        held = {guild.id, *guild.members[user.id].role_ids}
        return permissions.in_guild(role for role in guild.roles if int(role["id"]) in held)

    def permissions(self, user: User, channel_id: int) -> int:
        """What `user` may do in the channel. Threads go by their parent, as in Discord."""
        guild = self.guild_of(channel_id)
        if guild is None:
            return permissions.EVERYONE
        base = self.permissions_in(guild, user)
        if user.id == guild.owner.id or user.id not in guild.members:
            return base
        channel = self.channels[channel_id]
        if self.is_thread(channel_id):
            channel = self.channels[int(channel["parent_id"])]
        overwrites = channel["permission_overwrites"]
        return permissions.in_channel(base, overwrites, everyone_id=guild.id, member_id=user.id)

    def require(self, channel_id: int, *bits: int) -> None:
        """Raise 50001 when the bot does not see the channel, 50013 when it lacks one of `bits`."""
        held = self.permissions(self.bot, channel_id)
        if not held & permissions.VIEW_CHANNEL:
            raise errors.missing_access()
        if any(not held & bit for bit in bits):
            raise errors.missing_permissions()

    def require_send(self, channel_id: int) -> None:
        """Raise what Discord raises where the bot may not write: 50001, 50007, 50013 or 50083."""
        channel = self.channel(channel_id)
        if channel["type"] == payloads.DM_CHANNEL:
            if _recipient_id(channel) in self.closed_to_bot:
                raise errors.closed_to_messages()
            return
        if not self.is_thread(channel_id):
            self.require(channel_id, permissions.SEND_MESSAGES)
            return
        self.require(channel_id, permissions.SEND_MESSAGES_IN_THREADS)
        if channel["thread_metadata"]["locked"]:
            raise errors.thread_archived()

    # Files.

    def store(self, folder: str, upload: Upload) -> JSON:
        """Keep an uploaded file on the CDN; returns the attachment that points at it."""
        attachment_id = self.new_id()
        key = f"{folder}/{attachment_id}/{upload.filename}"
        self.files[key] = upload.data
        url = f"{self.cdn}/{key}"
        return payloads.attachment_json(attachment_id, upload.filename, len(upload.data), url)


def _recipient_id(channel: JSON) -> int:
    return int(channel["recipients"][0]["id"])


def _token(app_id: int) -> str:
    """A token in the real form: strict clients read the application's id out of its first part."""
    first = base64.b64encode(str(app_id).encode()).decode().rstrip("=")
    return f"{first}.FAKE00.not-a-real-token"
