"""A deployment to look at from outside, one for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.web.outside import Outside, outside


@pytest.fixture(scope="session")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """Services in processes of their own, and what they tell of themselves."""
    with outside(tmp_path_factory.mktemp("outside")) as made:
        yield made
