"""A row as GeoReport's service request."""

from collections.abc import Mapping
from typing import Any

from services.intake.ledgers.columns import STATUSES
from services.intake.open311.catalogue import CODES
from services.intake.open311.jurisdiction import Jurisdiction


def told_publicly(row: Mapping[str, Any], where: Jurisdiction, *, extended: bool) -> dict[str, Any]:
    """A published matter, in the community's words."""
    said = _request(row, where, place=row["place"], description=f"{row['title']}\n{row['text']}")
    said["status_notes"] = "：".join(one for one in (STATUSES[row["status"]], row["outcome"]) if one)
    more = {name: row[name] for name in ("title", "outcome", "published_at")}
    return said | _extended(row, more, extended=extended)


def told_to_its_application(row: Mapping[str, Any], where: Jurisdiction, *, extended: bool) -> dict[str, Any]:
    """What an application has reported, in its own words."""
    spot: Mapping[str, Any] = row["where"]
    said = _request(row, where, place=spot["place"], description=row["text"])
    said["address"] = spot["detail"] or said["address"]
    said["media_url"] = row["media_url"]
    if spot["point"]:
        said |= spot["point"]
    return said | _extended(row, {}, extended=extended)


def _request(row: Mapping[str, Any], where: Jurisdiction, *, place: str | None, description: str) -> dict[str, Any]:
    return {
        "service_request_id": row["id"],
        "status": row["state"],
        "status_notes": STATUSES[row["status"]],
        "service_name": CODES[row["service"]],
        "service_code": row["service"],
        "description": description[:4_000],
        "agency_responsible": where.name,
        "service_notice": None,
        "requested_datetime": row["raised_at"],
        "updated_datetime": row["updated_at"],
        "expected_datetime": None,
        "address": f"{where.name}{where.places.name(place)}" if place else where.name,
        "address_id": place,
        "zipcode": None,
        "lat": None,
        "long": None,
        "media_url": None,
    }


def _extended(row: Mapping[str, Any], more: Mapping[str, Any], *, extended: bool) -> dict[str, Any]:
    """Beyond the standard, for who asks with `extensions=true`."""
    said = {"status": row["status"], "category": row["category"], **more}
    return {"extended_attributes": said} if extended else {}
