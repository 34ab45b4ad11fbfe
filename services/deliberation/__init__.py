"""Deliberation: talking it over. Consultations 协商 and the actions 任务 that come of them."""

from services.deliberation import api, reactions
from services.deliberation.consultation import consultations
from services.deliberation.views import Consultations
from shared.service import Service

service = Service(
    name="deliberation",
    router=api.router,
    about=__doc__,
    aggregates=(consultations,),
    views=(Consultations,),
    reactions=reactions.reactions,
    follows={"intake": ("issue",), "partner": ("work_order",)},
)
