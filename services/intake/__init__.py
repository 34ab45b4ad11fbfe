"""Intake: what people say, and what is public of it 公示. Issues 诉求, problem lists 问题清单, home visits 入户走访,
chats 群聊, surveys 问卷."""

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
from services.intake.open311.app import georeport
from services.intake.open311.discovery import PREFIX as GEOREPORT
from services.intake.open311.views import Reports
from services.intake.problems.dismissal import dismissals
from services.intake.problems.problem_list import problem_lists
from services.intake.problems.views import Dismissals, ProblemLists
from services.intake.publishing.views import Changes, Matters
from services.intake.searching.finding import install_finding
from services.intake.searching.views import IssueWords
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
    aggregates=(issues, problem_lists, dismissals, visits, visit_plans, chats, candidates, ledgers, surveys, policies),
    views=(
        Ledger,
        IssueWords,
        Evidence,
        ProblemLists,
        Dismissals,
        Visits,
        VisitPlans,
        Candidates,
        Gazetteer,
        Surveys,
        SurveyResults,
        DeadlinePolicies,
        Matters,
        Changes,
        Reports,
    ),
    reactions=reactions.reactions,
    follows={"deliberation": ("consultation",), "directory": ("community",), "partner": ("work_order", "api_key")},
    keeps_keys=True,
    makes_keys=True,
    standards={GEOREPORT: georeport},
    installs=(staging.install_ledgers, install_evidence, install_finding),
    leads={
        "candidate keys": candidate_keys.follow,
        "ledgers": staging.follow,
        "evidence": sweeping.keep_clean,
        "calendar": calendar.keep_up,
    },
)
