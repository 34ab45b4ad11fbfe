"""Intake: what people say. Issues 诉求, problem lists 问题清单, home visits 入户走访, chats 群聊, surveys 问卷."""

from services.intake import api, reactions
from services.intake.chats import candidate_keys
from services.intake.chats.candidate import candidates
from services.intake.chats.candidates import Candidates
from services.intake.chats.chat import chats
from services.intake.chats.gazetteer import Gazetteer
from services.intake.deadlines import calendar
from services.intake.deadlines.policy import policies
from services.intake.deadlines.views import DeadlinePolicies
from services.intake.evidence import sweeping
from services.intake.evidence.uploads import install_evidence
from services.intake.evidence.views import Evidence
from services.intake.issues.issue import issues
from services.intake.issues.views import Ledger
from services.intake.ledgers import staging
from services.intake.ledgers.ledger import ledgers
from services.intake.problems.problem_list import problem_lists
from services.intake.problems.views import ProblemLists
from services.intake.surveys.survey import surveys
from services.intake.surveys.views import SurveyResults, Surveys
from services.intake.visits.plan import visit_plans
from services.intake.visits.views import VisitPlans, Visits
from services.intake.visits.visit import visits
from shared.service import Service

service = Service(
    name="intake",
    router=api.router,
    about=__doc__,
    aggregates=(issues, problem_lists, visits, visit_plans, chats, candidates, ledgers, surveys, policies),
    views=(
        Ledger,
        Evidence,
        ProblemLists,
        Visits,
        VisitPlans,
        Candidates,
        Gazetteer,
        Surveys,
        SurveyResults,
        DeadlinePolicies,
    ),
    reactions=reactions.reactions,
    follows={"deliberation": ("consultation",), "directory": ("community",), "partner": ("work_order",)},
    keeps_keys=True,
    makes_keys=True,
    installs=(staging.install_ledgers, install_evidence),
    leads={
        "candidate keys": candidate_keys.follow,
        "ledgers": staging.follow,
        "evidence": sweeping.keep_clean,
        "calendar": calendar.keep_up,
    },
)
