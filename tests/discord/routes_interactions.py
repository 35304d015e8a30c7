"""REST: answering interactions, with the rules of sequence that no schema holds.

One acknowledgement within 3 s (else 10062, a second one is 40060); from then on the token edits
the answer and adds to it for 15 min (then 50027), and never before (10015).
"""

from __future__ import annotations

from tests.discord import checks, errors, messages, payloads
from tests.discord.router import NO_CONTENT, Call, Reply, Router, ok
from tests.discord.state import World
from tests.discord.values import JSON, LOADING, Interaction, Message

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
_ALLOWED = {
    COMMAND: {MESSAGE, DEFERRED_MESSAGE, MODAL},
    COMPONENT: {MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    SUBMIT: {MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE},
}
_ON_SOURCE = frozenset({DEFERRED_UPDATE, UPDATE})
# The types of message that answer a chat command and a context menu.
_ANSWER_TO_CHAT, _ANSWER_TO_MENU = 20, 23


def build_router(ack_window_s: float) -> Router:
    """The routes, with how long an interaction waits for its acknowledgement."""
    router = Router()
    router.include(_webhook_routes)

    @router.route("POST", "/interactions/{interaction_id}/{token}/callback")
    async def acknowledge(call: Call, interaction_id: int, token: str) -> Reply:
        interaction = call.world.interactions.get(interaction_id)
        if interaction is None or interaction.token != token:
            raise errors.unknown_interaction()
        if interaction.acknowledged:
            raise errors.already_acknowledged()
        if call.world.clock() - interaction.created_at > ack_window_s:
            raise errors.unknown_interaction()
        return await _acknowledge(call, interaction)

    return router


async def _acknowledge(call: Call, interaction: Interaction) -> Reply:
    world, kind, form = call.world, call.body["type"], call.body.get("data") or {}
    _check_kind(interaction, kind)
    message: Message | None = None
    if kind == MESSAGE:
        checks.check_message(form, call.uploads)
        message = _answer(call, interaction, form)
    elif kind == DEFERRED_MESSAGE:
        message = _answer(call, interaction, {"flags": (form.get("flags") or 0) | LOADING})
        interaction.loading = True
    elif kind == UPDATE:
        message = world.message(interaction.channel_id, _source_id(interaction))
        checks.check_message(form, call.uploads, before=message)
        messages.edit(world, message, form, call.uploads)
    elif kind == CHOICES:
        checks.check_choices(form.get("choices") or [])
        interaction.choices = form.get("choices") or []
    elif kind == MODAL:
        checks.check_modal(form)
        interaction.modal = form
    interaction.callback_type = kind
    interaction.acked_at = world.clock()
    if message is not None:
        interaction.message_id = message.id
        interaction.ephemeral = message.ephemeral
        event = "MESSAGE_UPDATE" if kind == UPDATE else "MESSAGE_CREATE"
        await messages.announce(world, event, message)
    elif kind == DEFERRED_UPDATE:
        interaction.message_id = _source_id(interaction)
    interaction.answered.set()
    world.bell.ring()
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return NO_CONTENT
    return ok(_callback_json(interaction, message))


def _check_kind(interaction: Interaction, kind: int) -> None:
    if kind not in _ALLOWED[interaction.type] or (
        kind in _ON_SOURCE and interaction.source_id is None
    ):
        problem = f"callback {kind} does not answer an interaction of type {interaction.type}"
        raise errors.invalid_form("type", "INTERACTION_TYPE", problem)


def _source_id(interaction: Interaction) -> int:
    if interaction.source_id is None:
        raise errors.unknown_message()
    return interaction.source_id


def _callback_json(interaction: Interaction, message: Message | None) -> JSON:
    about: JSON = {
        "id": str(interaction.id),
        "type": interaction.type,
        "response_message_loading": interaction.loading,
        "response_message_ephemeral": interaction.ephemeral,
    }
    if interaction.message_id is not None:
        about["response_message_id"] = str(interaction.message_id)
    reply: JSON = {"interaction": about}
    if message is not None and interaction.callback_type in (MESSAGE, UPDATE):
        reply["resource"] = {"type": interaction.callback_type, "message": message.data}
    return reply


def _answer(call: Call, interaction: Interaction, form: JSON) -> Message:
    """A new message by the bot that answers the interaction."""
    extra: JSON = {**_from_webhook(call.world), "interaction_metadata": _metadata(interaction)}
    if interaction.type == COMMAND:
        extra["type"] = _ANSWER_TO_CHAT if interaction.data["type"] == 1 else _ANSWER_TO_MENU
    return messages.create(
        call.world,
        interaction.channel_id,
        call.world.bot,
        form,
        call.uploads,
        extra=extra,
        only_for=interaction.user.id,
    )


def _from_webhook(world: World) -> JSON:
    return {"webhook_id": str(world.bot.id), "application_id": str(world.bot.id)}


def _metadata(interaction: Interaction) -> JSON:
    """Which interaction led to the message; for a form also the one that opened the form."""
    about: JSON = {
        "id": str(interaction.id),
        "type": interaction.type,
        "user": payloads.user_json(interaction.user),
        "authorizing_integration_owners": {},
    }
    if interaction.type == COMPONENT:
        about["interacted_message_id"] = str(interaction.source_id)
    if interaction.parent is not None:
        about["triggering_interaction_metadata"] = _metadata(interaction.parent)
    return about


# The webhook that each interaction's token opens.

_webhook_routes = Router()
_ORIGINAL = "/webhooks/{app_id}/{token}/messages/@original"
_ONE = "/webhooks/{app_id}/{token}/messages/{message_id}"


def _interaction(call: Call, token: str) -> Interaction:
    interaction = call.world.by_token(token)
    if not interaction.acknowledged:
        raise errors.unknown_webhook()
    return interaction


def _original(call: Call, interaction: Interaction) -> Message:
    if interaction.message_id is None:
        raise errors.unknown_message()
    return call.world.message(interaction.channel_id, interaction.message_id)


def _own(call: Call, interaction: Interaction, message_id: int) -> Message:
    """The token reaches only what was said through it."""
    if message_id not in (interaction.message_id, *interaction.followups):
        raise errors.unknown_message()
    return call.world.message(interaction.channel_id, message_id)


async def _edit(call: Call, message: Message) -> Reply:
    checks.check_message(call.form, call.uploads, before=message)
    message.data["flags"] &= ~LOADING
    messages.edit(call.world, message, call.form, call.uploads)
    await messages.announce(call.world, "MESSAGE_UPDATE", message)
    return ok(message.data)


async def _delete(call: Call, message: Message) -> Reply:
    gone = messages.remove(call.world, message)
    if message.ephemeral:
        call.world.bell.ring()
    else:
        await call.world.publish("MESSAGE_DELETE", gone)
    return NO_CONTENT


async def _edit_original(call: Call, interaction: Interaction) -> Reply:
    """The first edit that is accepted ends the "thinking…" of a deferred answer."""
    reply = await _edit(call, _original(call, interaction))
    interaction.loading = False
    return reply


@_webhook_routes.route("GET", _ORIGINAL)
async def get_original(call: Call, app_id: int, token: str) -> Reply:
    return ok(_original(call, _interaction(call, token)).data)


@_webhook_routes.route("PATCH", _ORIGINAL)
async def edit_original(call: Call, app_id: int, token: str) -> Reply:
    return await _edit_original(call, _interaction(call, token))


@_webhook_routes.route("DELETE", _ORIGINAL)
async def delete_original(call: Call, app_id: int, token: str) -> Reply:
    return await _delete(call, _original(call, _interaction(call, token)))


@_webhook_routes.route("POST", "/webhooks/{app_id}/{token}")
async def follow_up(call: Call, app_id: int, token: str) -> Reply:
    """Say more. While the answer is still "thinking…", the first of these takes its place."""
    world, interaction = call.world, _interaction(call, token)
    if interaction.loading:
        return await _edit_original(call, interaction)
    checks.check_message(call.form, call.uploads)
    message = messages.create(
        world,
        interaction.channel_id,
        world.bot,
        call.form,
        call.uploads,
        extra=_from_webhook(world),
        only_for=interaction.user.id,
    )
    interaction.followups.append(message.id)
    await messages.announce(world, "MESSAGE_CREATE", message)
    return ok(message.data)


@_webhook_routes.route("GET", _ONE)
async def get_one(call: Call, app_id: int, token: str, message_id: int) -> Reply:
    return ok(_own(call, _interaction(call, token), message_id).data)


@_webhook_routes.route("PATCH", _ONE)
async def edit_one(call: Call, app_id: int, token: str, message_id: int) -> Reply:
    return await _edit(call, _own(call, _interaction(call, token), message_id))


@_webhook_routes.route("DELETE", _ONE)
async def delete_one(call: Call, app_id: int, token: str, message_id: int) -> Reply:
    return await _delete(call, _own(call, _interaction(call, token), message_id))
