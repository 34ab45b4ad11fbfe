"""A sub-district's deadline policy 办理时限: how long each step of an issue may take, in which office hours."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.contracts.event import Event
from shared.contracts.intake import DeadlinePolicySet, DeadlineRule, OfficeHours, Step, Urgency
from shared.contracts.words import PersonId
from shared.deciding.aggregate import Aggregate
from shared.deciding.refusals import NotValid

OFFICE = (OfficeHours(opens="09:00", closes="12:00"), OfficeHours(opens="13:00", closes="18:00"))


def _rules() -> tuple[DeadlineRule, ...]:
    """Warned when a quarter is left, escalated a working day late."""
    hours = {
        Step.ACKNOWLEDGE: (2, 8, 16),
        Step.REFER: (4, 16, 24),
        Step.ACCEPT: (4, 16, 24),
        Step.FINISH: (24, 80, 120),
        Step.FOLLOW_UP: (16, 24, 40),
    }
    urgencies = (Urgency.HIGH, None, Urgency.LOW)
    return tuple(
        DeadlineRule(step=step, urgency=urgency, hours=allowed, warn=allowed / 4)
        for step, each in hours.items()
        for urgency, allowed in zip(urgencies, each, strict=True)
    )


RULES = _rules()
"""What counts where a sub-district has said nothing: of eight hours a day, one day to acknowledge, two to refer, two to
accept, ten to finish, three to follow up; less for what is urgent, more for what is not."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A sub-district's policy, or (as it is without arguments) everybody's where it has none."""

    office: Sequence[OfficeHours] = OFFICE
    rules: Sequence[DeadlineRule] = ()

    def rule(self, step: Step, category: str | None, urgency: Urgency | None) -> DeadlineRule:
        """The most particular rule: a category's before an urgency's, a sub-district's own before everybody's."""
        for rules in (self.rules, RULES):
            fit = [
                rule
                for rule in rules
                if rule.step is step and rule.category in (None, category) and rule.urgency in (None, urgency)
            ]
            if fit:
                return max(fit, key=lambda rule: (rule.category is not None, rule.urgency is not None))
        raise AssertionError(step)  # RULES has one for each


def evolve(policy: Policy | None, event: Event) -> Policy | None:
    """What an event makes of a policy."""
    match event:
        case DeadlinePolicySet(office=office, rules=rules):
            return Policy(office, rules)
        case _:
            return policy


def set_policy(
    *, sub_district: str, by: PersonId, office: tuple[OfficeHours, ...], rules: tuple[DeadlineRule, ...]
) -> DeadlinePolicySet:
    """A day's hours follow each other, and a step has one rule for the same issues. It is whole each time: nothing is
    kept of the one before."""
    ends = "00:00"
    for hours in office:
        if not ends <= hours.opens < hours.closes:
            raise NotValid(
                "office-hours-out-of-order",
                "办公时段须按先后排列，不重叠，且开始早于结束。",
                "Office hours follow each other without overlapping, and each opens before it closes.",
                opens=hours.opens,
                closes=hours.closes,
            )
        ends = hours.closes
    told: set[tuple[Step, str | None, Urgency | None]] = set()
    for rule in rules:
        of = (rule.step, rule.category, rule.urgency)
        if of in told or rule.warn > rule.hours:
            raise NotValid(
                "deadline-rule-wrong",
                "同一环节、类别和紧急程度只能有一条时限，且预警提前量不超过时限。",
                "A step has one rule for a category and urgency, and is not warned of before it begins.",
                step=rule.step,
                category=rule.category,
                urgency=rule.urgency,
            )
        told.add(of)
    return DeadlinePolicySet(sub_district=sub_district, by=by, office=office, rules=rules)


policies = Aggregate("deadline_policy", evolve)
