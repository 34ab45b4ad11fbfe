"""Portal: what people see. The story 来龙去脉 of each matter, over everybody's events."""

from services.portal import api
from services.portal.views import Stories
from shared.service import Service

service = Service(
    name="portal",
    router=api.router,
    about=__doc__,
    views=(Stories,),
    follows={
        "intake": ("issue", "problem_list", "visit"),
        "deliberation": ("consultation",),
        "partner": ("work_order",),
        "volunteer": ("wish", "volunteer"),
    },
)
