"""Volunteer: giving a hand. Volunteers 志愿者 and micro-wishes 微心愿."""

from services.volunteer import api, reactions
from services.volunteer.views import Beneficiaries, Claims, Volunteers, Wishes
from services.volunteer.volunteer import volunteers
from services.volunteer.wish import wishes
from shared.service import Service

service = Service(
    name="volunteer",
    router=api.router,
    about=__doc__,
    aggregates=(volunteers, wishes),
    views=(Volunteers, Wishes, Claims, Beneficiaries),
    reactions=reactions.reactions,
    follows={"intake": ("visit",)},
    keeps_keys=True,
)
