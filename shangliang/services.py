"""All services, by name: the one place that knows them all."""

from services.deliberation import service as deliberation
from services.directory import service as directory
from services.intake import service as intake
from services.notify import service as notify
from services.partner import service as partner
from services.portal import service as portal
from services.volunteer import service as volunteer

SERVICES = {one.name: one for one in (directory, intake, deliberation, partner, volunteer, notify, portal)}
