"""Intake: what people say. Issues 诉求, problem lists 问题清单, home visits 入户走访, chats 群聊, surveys 问卷."""

from services.intake import api, calendar, candidate_keys, ledger_lines, reactions
from services.intake.candidate import candidates
from services.intake.candidates import Candidates
from services.intake.chat import chats
from services.intake.gazetteer import Gazetteer
from services.intake.issue import issues
from services.intake.ledger import ledgers
from services.intake.policy import policies
from services.intake.problem_list import problem_lists
from services.intake.survey import surveys
from services.intake.survey_views import SurveyResults, Surveys
from services.intake.views import DeadlinePolicies, Ledger, ProblemLists, Visits
from services.intake.visit import visits
from shared.service import Service

service = Service(
    name="intake",
    router=api.router,
    about=__doc__,
    aggregates=(issues, problem_lists, visits, chats, candidates, ledgers, surveys, policies),
    views=(Ledger, ProblemLists, Visits, Candidates, Gazetteer, Surveys, SurveyResults, DeadlinePolicies),
    reactions=reactions.reactions,
    follows={"deliberation": ("consultation",), "directory": ("community",), "partner": ("work_order",)},
    makes_keys=True,
    installs=(ledger_lines.install_ledgers,),
    leads={
        "candidate keys": candidate_keys.follow,
        "ledgers": ledger_lines.follow,
        "calendar": calendar.keep_up,
    },
)
