"""One town for all tests of this folder."""

from collections.abc import AsyncIterator

import pytest

from shangliang.embedded import Servers
from tests.town import Town, town


@pytest.fixture(scope="session")
async def here(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """The whole system, running."""
    async with town(servers, tmp_path_factory.mktemp("town")) as made:
        yield made
