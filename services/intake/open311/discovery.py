"""GeoReport's service discovery (https://wiki.open311.org/Service_Discovery)."""

from typing import Any

from shared.settings import Environment, Settings

PREFIX = "/open311/v2"
CHANGED = "2026-11-25T00:00:00+08:00"
"""When what is answered here has last changed its form."""


def discovery(settings: Settings) -> dict[str, Any]:
    """Where the endpoint is, and what it speaks."""
    production = settings.environment is Environment.PRODUCTION
    return {
        "changeset": CHANGED,
        "contact": "请联系所在社区或街道 Ask the community or its sub-district",
        "key_service": "接口密钥由社区书记或街道干部发放 Keys are issued by the community or its sub-district",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": f"{settings.address}{PREFIX}",
                "changeset": CHANGED,
                "type": "production" if production else "test",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
