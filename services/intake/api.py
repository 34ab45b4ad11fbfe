"""Intake over HTTP."""

from fastapi import APIRouter

from services.intake.chats import api as chats
from services.intake.deadlines import api as deadlines
from services.intake.evidence import api as evidence
from services.intake.evidence import tus
from services.intake.issues import api as issues
from services.intake.ledgers import api as ledgers
from services.intake.open_data import api as open_data
from services.intake.problems import api as problems
from services.intake.publishing import api as publishing
from services.intake.rates import api as rates
from services.intake.searching import api as searching
from services.intake.similar import api as similar
from services.intake.surveys import api as surveys
from services.intake.visits import api as visits
from shared.web.command import CommandRoute

router = APIRouter(route_class=CommandRoute)
router.routes.extend(
    route
    for one in (
        searching,
        similar,
        issues,
        evidence,
        tus,
        problems,
        visits,
        chats,
        ledgers,
        surveys,
        deadlines,
        rates,
        publishing,
        open_data,
    )
    for route in one.router.routes
)
