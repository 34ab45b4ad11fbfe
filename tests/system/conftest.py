"""What tests through the front door begin with."""

import pytest

from tests.system.desk import Desk
from tests.system.places import until
from tests.town import Town

ACTIVE = "select count(*) from views.view_build where state = 'active'"


@pytest.fixture
async def desk(here: Town) -> Desk:
    """A desk in a town whose views are there: one that has just been started is still building them."""
    intake = here.running["intake"]

    async def built() -> bool:
        return await intake.log.pool.fetchval(ACTIVE) >= len(intake.service.views)

    await until(built)
    return Desk(here)
