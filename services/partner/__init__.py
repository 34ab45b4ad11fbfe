"""Partner: the units that do the work. Partner units 共建单位 and work orders 工单."""

from services.partner import api, reactions
from services.partner.unit import units
from services.partner.views import Units, WorkOrders
from services.partner.work_order import work_orders
from shared.service import Service

service = Service(
    name="partner",
    router=api.router,
    about=__doc__,
    aggregates=(units, work_orders),
    views=(Units, WorkOrders),
    reactions=reactions.reactions,
    follows={"intake": ("issue",), "deliberation": ("consultation",)},
)
