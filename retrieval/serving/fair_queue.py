"""Decides whose question is next where many wait. Pure, and for one thread at a time.

Servers take turns, and so do the members of a server; the questions of a member keep their order.
So a server that floods delays only itself, and so does a member. Before a turn comes, each other
server, and each other member of the same server, is served at most once. These are Nagle's queues
served round robin (RFC 970), one inside the other.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

from retrieval.errors import Busy


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One question's place in the queue, and who waits there.

    `server` and `member` are Discord's ids. A direct message has no server and counts as a
    server of its own; the program's own questions have neither. Two turns are never equal.
    """

    server: int | None = None
    member: int | None = None

    @property
    def _place(self) -> Hashable:
        return self.server if self.server is not None else ("in private", self.member)


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How many may wait: `total` in all, `per_member` of one member.

    What the program itself asks is bounded by `total` alone.
    """

    total: int = 200  # at some 0.2 s a question, the last one waits under a minute
    per_member: int = 5


DEFAULT_LIMITS = QueueLimits()


class FairQueue:
    """Those who wait, in the order in which they are taken."""

    def __init__(self, limits: QueueLimits = DEFAULT_LIMITS) -> None:
        """Begin empty."""
        self._limits = limits
        self._waiting: dict[int | None, int] = {}  # how many of each member
        # The first of each is served next and then goes to the end.
        self._servers: OrderedDict[Hashable, OrderedDict[int | None, deque[Turn]]] = OrderedDict()

    def __len__(self) -> int:
        """How many wait."""
        return sum(self._waiting.values())

    def add(self, turn: Turn) -> None:
        """Put a turn at the end.

        Raises:
            Busy: As many wait as may, in all or of this member.
        """
        mine = self._waiting.get(turn.member, 0)
        if turn.member is not None and mine >= self._limits.per_member:
            raise Busy(f"{mine} of your questions are waiting already; please let them come first.")
        if len(self) >= self._limits.total:
            raise Busy("Too many questions are waiting; please ask again in a moment.")
        self._waiting[turn.member] = mine + 1
        members = self._servers.setdefault(turn._place, OrderedDict())
        members.setdefault(turn.member, deque()).append(turn)

    def take(self) -> Turn | None:
        """Remove and return the next turn; None where nobody waits."""
        if not self._servers:
            return None
        place, members = self._servers.popitem(last=False)
        member, turns = members.popitem(last=False)
        turn = turns.popleft()
        if turns:
            members[member] = turns
        if members:
            self._servers[place] = members
        self._count_down(member)
        return turn

    def leave(self, turn: Turn) -> bool:
        """Remove a turn, wherever it is; False where it did not wait."""
        members = self._servers.get(turn._place, OrderedDict())
        turns = members.get(turn.member, deque())
        if turn not in turns:
            return False
        turns.remove(turn)
        if not turns:
            del members[turn.member]
        if not members:
            del self._servers[turn._place]
        self._count_down(turn.member)
        return True

    def ahead_of(self, turn: Turn) -> int | None:
        """How many come before `turn` if nobody else arrives; None where it does not wait."""
        return next((ahead for ahead, other in enumerate(self) if other is turn), None)

    def __iter__(self) -> Iterator[Turn]:
        """All turns, in the order they are taken if nobody else arrives."""
        servers = deque(
            deque(deque(turns) for turns in members.values()) for members in self._servers.values()
        )
        while servers:
            members = servers.popleft()
            turns = members.popleft()
            yield turns.popleft()
            if turns:
                members.append(turns)
            if members:
                servers.append(members)

    def _count_down(self, member: int | None) -> None:
        self._waiting[member] -= 1
        if not self._waiting[member]:
            del self._waiting[member]
