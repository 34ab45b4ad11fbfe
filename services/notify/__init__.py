"""Notify: telling people. In-app messages 消息; one-time codes to phones."""

from services.notify import api, codes, reactions
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
    installs=(codes.install_codes,),
    leads={"codes": codes.follow},
)
