"""👍 and 👎 under an answer, and the button and the form that ask a member why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import discord
from discord import ui

from cogs.interactions.deferred_replies import Reply, promises_of
from cogs.interactions.sending import open_form, report_failure, say
from cogs.records.answers import GONE, REASON_CHARS, SavedAnswers, Spot, Vote
from cogs.services import services_of
from cogs.ui.components import Card, Row
from cogs.ui.custom_id import AnswerKey, CustomId
from cogs.ui.locale import use_language_of
from cogs.ui.modals import TextField, form
from cogs.ui.persistent_button import PersistentButton
from retrieval.errors import AskerError
from retrieval.wording.translations import tr

THANKS = {
    True: "Thank you: noted as helpful. Only the bot's operator can see it.",
    False: "Thank you: noted as not helpful. Only the bot's operator can see it.",
}


@dataclass(frozen=True, slots=True)
class VoteId(CustomId):
    shape: ClassVar[str] = "vote:{verdict}:{key}"
    verdict: Annotated[str, "up|down"]
    key: AnswerKey


@dataclass(frozen=True, slots=True)
class SayWhyId(CustomId):
    """The id of the button that asks for the reason."""

    shape: ClassVar[str] = "why-so:{key}"
    key: AnswerKey


@dataclass(frozen=True, slots=True)
class ReasonId(CustomId):
    """The id of the form in which the reason is entered."""

    shape: ClassVar[str] = "reason:{key}"
    key: AnswerKey


class VoteButton(PersistentButton[VoteId], id_type=VoteId):
    """Stores a vote in place of the member's earlier one; 👎 also asks why."""

    def __init__(self, id: VoteId) -> None:
        super().__init__(id, emoji="👍" if id.verdict == "up" else "👎")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        answers, promises = services_of(interaction).answers, promises_of(interaction)
        spot = Spot.of(interaction)
        if self.parts.verdict == "up":

            async def work() -> Reply:
                vote = await answers.vote(self.parts.key, spot, is_good=True)
                return GONE if vote is None else thanks_card(self.parts.key)

            await promises.answer(interaction, work, private=True)
        elif promises.is_new(interaction.id):
            await self._ask_why(interaction, answers)

    async def _ask_why(self, interaction: discord.Interaction[Any], answers: SavedAnswers) -> None:
        """Open the form. The vote is stored first, so it counts if the form is closed."""
        try:
            vote = await answers.vote(self.parts.key, Spot.of(interaction), is_good=False)
        except AskerError as error:
            await say(interaction, str(error))
        except Exception:  # noqa: BLE001  whatever it is, the member gets an answer
            await say(interaction, report_failure("A vote"))
        else:
            if vote is None:
                await say(interaction, GONE)
            else:
                await use_language_of(interaction)
                await open_form(interaction, lambda: reason_form(self.parts.key, vote))


class SayWhyButton(PersistentButton[SayWhyId], id_type=SayWhyId):
    """Asks for the reason of a stored vote."""

    def __init__(self, id: SayWhyId) -> None:
        super().__init__(id, tr("Say why"))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await use_language_of(interaction)
        await open_form(interaction, lambda: reason_form(self.parts.key, Vote(is_good=True)))


def vote_buttons(key: str) -> tuple[VoteButton, VoteButton]:
    """👍 and 👎 for the answer under a key."""
    return VoteButton(VoteId("up", key)), VoteButton(VoteId("down", key))


def reason_form(key: str, vote: Vote) -> ui.Modal:
    field = TextField(
        tr("Reason (optional)"),
        REASON_CHARS,
        tr("Your vote is already stored. Only the bot's operator can read this."),
        text=vote.reason or "",
        is_long=True,
        is_required=False,
    )
    title = tr("What was good?") if vote.is_good else tr("What was wrong?")
    return form(ReasonId(key), title, field)


def thanks_card(key: str) -> Card:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(tr(THANKS[True])))
    row: Row = ui.ActionRow()
    row.add_item(SayWhyButton(SayWhyId(key)))
    view.add_item(row)
    view.stop()
    return view
