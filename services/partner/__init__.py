"""Partner: the units that do the work. Partner units 共建单位, work orders 工单, and keys of applications 接口密钥."""

from services.partner import api, reactions
from services.partner.api_key import api_keys
from services.partner.unit import units
from services.partner.views import ApiKeys, Units, WorkOrders
from services.partner.work_order import work_orders
from shared.service import Service

service = Service(
    name="partner",
    router=api.router,
    about=__doc__,
    aggregates=(units, work_orders, api_keys),
    views=(Units, WorkOrders, ApiKeys),
    reactions=reactions.reactions,
    follows={"intake": ("issue",), "deliberation": ("consultation",)},
)
