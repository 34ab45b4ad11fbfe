"""Intake: what people say. Issues 诉求, problem lists 问题清单, home visits 入户走访."""

from services.intake import api, calendar, reactions
from services.intake.issue import issues
from services.intake.policy import policies
from services.intake.problem_list import problem_lists
from services.intake.views import DeadlinePolicies, Ledger, ProblemLists, Visits
from services.intake.visit import visits
from shared.service import Service

service = Service(
    name="intake",
    router=api.router,
    about=__doc__,
    aggregates=(issues, problem_lists, visits, policies),
    views=(Ledger, ProblemLists, Visits, DeadlinePolicies),
    reactions=reactions.reactions,
    follows={"deliberation": ("consultation",), "directory": ("community",), "partner": ("work_order",)},
    leads={"calendar": calendar.keep_up},
)
