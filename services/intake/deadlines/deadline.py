"""The deadlines of one issue: which begin and end with which event, and how far each has run. Pure, and the one place
that says so; the timers and the ledger follow it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from shared.contracts.event import Event
from shared.contracts.intake import (
    Deadline,
    DeadlineNear,
    IssueAccepted,
    IssueAcknowledged,
    IssueClosed,
    IssueEscalated,
    IssueFollowedUp,
    IssueMerged,
    IssueOverdue,
    IssueRated,
    IssueReferred,
    IssueReopened,
    IssueReturned,
    IssueSuspended,
    IssueWithdrawn,
    Step,
    TimeLeft,
)

EVERY = frozenset(Step)
MEETS: Mapping[type[Event], frozenset[Step]] = {
    IssueAcknowledged: frozenset({Step.ACKNOWLEDGE}),
    IssueReferred: frozenset({Step.REFER}),
    IssueAccepted: frozenset({Step.ACCEPT}),
    IssueClosed: frozenset({Step.FINISH}),
    IssueRated: frozenset({Step.FOLLOW_UP}),
    IssueFollowedUp: frozenset({Step.FOLLOW_UP}),
}
"""What an event does of what was to be done."""
DROPS: Mapping[type[Event], frozenset[Step]] = {
    IssueClosed: frozenset({Step.ACKNOWLEDGE, Step.REFER, Step.ACCEPT}),
    IssueReturned: frozenset({Step.ACCEPT}),
    IssueReopened: frozenset({Step.FOLLOW_UP}),
    IssueMerged: EVERY,
    IssueWithdrawn: EVERY,
}
"""What an event makes pointless."""


class Stage(StrEnum):
    """How far a deadline has run."""

    RUNNING = "running"
    NEAR = "near"
    OVERDUE = "overdue"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline that runs."""

    deadline: Deadline
    stage: Stage = Stage.RUNNING

    @property
    def rings_at(self) -> datetime | None:
        """When something is to be said of it next; None when all has been said."""
        match self.stage:
            case Stage.RUNNING:
                return self.deadline.warn_at
            case Stage.NEAR:
                return self.deadline.due
            case Stage.OVERDUE:
                return self.deadline.escalate_at
            case Stage.ESCALATED:
                return None

    @property
    def missed(self) -> bool:
        """Whether it has been said to be overdue."""
        return self.stage in (Stage.OVERDUE, Stage.ESCALATED)


@dataclass(frozen=True, slots=True)
class Clocks:
    """`running` by their step, and what was `left` of those that stand still."""

    running: Mapping[Step, Clock] = field(default_factory=dict[Step, Clock])
    left: Mapping[Step, TimeLeft] = field(default_factory=dict[Step, TimeLeft])

    @property
    def steps(self) -> frozenset[Step]:
        """What is still to be done."""
        return frozenset(self.running) | frozenset(self.left)


NONE = Clocks()


def evolve(clocks: Clocks, event: Event) -> Clocks:
    """What an event makes of an issue's deadlines."""
    ended = MEETS.get(type(event), frozenset()) | DROPS.get(type(event), frozenset())
    running = {step: clock for step, clock in clocks.running.items() if step not in ended}
    left = {step: time for step, time in clocks.left.items() if step not in ended}
    match event:
        case DeadlineNear(step=step):
            _advance(running, step, Stage.NEAR)
        case IssueOverdue(step=step):
            _advance(running, step, Stage.OVERDUE)
        case IssueEscalated(step=Step() as step):
            _advance(running, step, Stage.ESCALATED)
        case IssueSuspended(left=stopped):
            left |= {one.step: one for one in stopped}
            running = {step: clock for step, clock in running.items() if step not in left}
        case _:
            for deadline in begun(event):
                running[deadline.step] = Clock(deadline)
                left.pop(deadline.step, None)
    return Clocks(running, left) if running or left else NONE


def begun(event: Event) -> tuple[Deadline, ...]:
    """The deadlines that an event says run from now on."""
    return getattr(event, "deadlines", ())


def _advance(running: dict[Step, Clock], step: Step, stage: Stage) -> None:
    if step in running:
        running[step] = replace(running[step], stage=stage)
