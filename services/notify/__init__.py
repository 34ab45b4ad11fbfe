"""Notify: telling people. In-app messages 消息."""

from services.notify import api, reactions
from services.notify.message import messages
from services.notify.views import Inboxes
from shared.service import Service

service = Service(
    name="notify",
    router=api.router,
    about=__doc__,
    aggregates=(messages,),
    views=(Inboxes,),
    reactions=reactions.reactions,
    follows={
        "intake": ("issue",),
        "deliberation": ("consultation",),
        "partner": ("work_order",),
        "volunteer": ("wish",),
    },
)
