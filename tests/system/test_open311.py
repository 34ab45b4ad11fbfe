"""Open311 GeoReport v2 at the front door: by the standard, for clients that know nothing of us."""

import asyncio
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from georeport import GeoReport  # pyright: ignore[reportMissingTypeStubs]

from services.intake.open311 import catalogue
from services.intake.open311.views import Reports
from shared.contracts.words import Role
from tests.system.places import until
from tests.system.reporting import OPEN311, PARTNER, Endpoint, endpoint
from tests.system.test_answers import problem
from tests.town import Town

FIELDS = [
    *("service_request_id", "status", "status_notes", "service_name", "service_code", "description"),
    *("agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime"),
    *("address", "address_id", "zipcode", "lat", "long", "media_url"),
]
"""Of a service request, in the standard's order."""
ATTRIBUTES = {"attribute[urgency]": "high", "attribute[building]": "ruyi-3"}
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.fixture(scope="module")
async def city(here: Town) -> Endpoint:
    return await endpoint(here)


def xml(answer: httpx.Response, root: str) -> ElementTree.Element:
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    found = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    assert found.tag == root
    return found


def error(answer: httpx.Response, status: int, code: str) -> str:
    """The description of the one error, by the standard's form."""
    assert answer.status_code == status, answer.text
    if answer.headers["content-type"].startswith("application/json"):
        [said] = answer.json()
        assert set(said) == {"code", "description"}
    else:
        [one] = xml(answer, "errors")
        assert one.tag == "error"
        said = {part.tag: part.text or "" for part in one}
        assert list(said) == ["code", "description"]
    assert str(said["code"]) == str(status)
    assert f"[{code}]" in said["description"]
    return said["description"]


async def test_discovery_leads_to_the_endpoint(city: Endpoint) -> None:
    said = (await city.here.http.get(f"{OPEN311}/discovery.json")).json()
    [only] = said["endpoints"]
    assert (only["url"], only["type"], only["formats"]) == (city.address, "test", ["text/xml", "application/json"])
    root = xml(await city.here.http.get(f"{OPEN311}/discovery.xml"), "discovery")
    assert [one.text for one in root.findall("endpoints/endpoint/formats/format")] == only["formats"]


async def test_services_and_definitions_are_the_same_in_both_forms(city: Endpoint) -> None:
    services = (await city.get("/services.json")).json()
    told = xml(await city.get("/services.xml"), "services").findall("service")
    assert [one.findtext("service_code") for one in told] == [one["service_code"] for one in services]
    assert {one["type"] for one in services} == {one.findtext("type") for one in told} == {"realtime"}
    definition = (await city.get("/services/lighting.json")).json()
    root = xml(await city.get("/services/lighting.xml"), "service_definition")
    assert (root.findtext("service_code"), definition["service_code"]) == ("lighting", "lighting")
    keys = [one.text for one in root.findall("attributes/attribute/values/value/key")]
    assert keys == [one["key"] for part in definition["attributes"] for one in part["values"]]
    assert [one.text for one in root.findall("attributes/attribute/required")] == ["false", "false"]


async def test_what_is_reported_is_an_issue_of_the_community_with_its_deadlines(city: Endpoint) -> None:
    id = await city.reported(
        description="灯不亮", lat="37.85", long="113.58", media_url="https://example.org/1.jpg", **ATTRIBUTES
    )

    async def shown() -> Any:  # the ledger follows by itself, and GeoReport knows no Read-After
        answer = await city.here.http.get(f"/api/intake/v1/issues/{id}", headers=city.secretary)
        return answer.json() if answer.is_success else None

    row = await until(shown)
    assert (row["channel"], row["text"], row["category"], row["urgency"], row["place"]) == (
        *("open311", "灯不亮", "公共设施/照明", "high", "ruyi-3"),
    )
    assert row["where"] == {"place": "ruyi-3", "detail": "2单元门口", "point": {"lat": 37.85, "long": 113.58}}
    assert (row["raised_by"].replace("-", ""), row["media_url"]) == (
        city.key_id.replace("-", ""),
        "https://example.org/1.jpg",
    )
    assert row["deadlines"]["acknowledge"]["due"]
    token = await city.get(f"/tokens/{id}.xml")
    [request] = xml(token, "service_requests")
    assert [request.findtext("service_request_id"), request.findtext("token")] == [id, id]


async def test_its_application_follows_it_and_nobody_else_does_until_it_is_published(city: Endpoint) -> None:
    id = await city.reported(description="自己的话", lat="37.85", long="113.58")
    [own] = (await city.get(f"/requests/{id}.json", api_key=city.key)).json()
    assert list(own) == FIELDS
    assert (own["status"], own["description"], own["lat"]) == ("open", "自己的话", 37.85)
    error(await city.get(f"/requests/{id}.json"), 404, "service-request-not-found")
    assert id not in (await city.get("/requests.json")).text
    assert id in (await city.get("/requests.json", api_key=city.key)).text
    await city.do(id, "acknowledge")
    position = await city.do(id, "publish", {"title": "楼道灯", "text": "正在联系电力公司。", "place": "ruyi"})
    await city.public(f"/matters/{id}", position)
    [seen] = (await city.get(f"/requests/{id}.json")).json()
    assert list(seen) == FIELDS
    assert (seen["description"], seen["address_id"], seen["lat"]) == ("楼道灯\n正在联系电力公司。", "ruyi", None)
    [own] = (await city.get(f"/requests/{id}.json", api_key=city.key)).json()
    assert own["description"] == "自己的话"
    found = (await city.get("/requests.json", api_key=city.key)).json()
    assert [one["service_request_id"] for one in found].count(id) == 1


async def test_how_far_it_is_is_told_in_the_standards_words_and_in_ours(city: Endpoint) -> None:
    id = await city.reported()
    steps: list[tuple[str, Any]] = [
        ("acknowledge", None),
        ("refer", {"referral": {"to": "community"}}),
        ("answer", {"answer": "已换灯泡"}),
    ]
    told: list[tuple[str, str]] = []
    before = ""
    for what, body in steps:
        position = await city.do(id, what, body)
        await city.here.running["intake"].views.wait(Reports, position)
        [one] = (await city.get(f"/requests/{id}.json", api_key=city.key, extensions="true")).json()
        told.append((one["status"], one["extended_attributes"]["status"]))
        assert one["updated_datetime"] > before
        before = one["updated_datetime"]
    assert told == [("open", "acknowledged"), ("open", "referred"), ("closed", "closed")]
    plain = await city.get(f"/requests/{id}.xml", api_key=city.key)
    assert [one.tag for one in xml(plain, "service_requests")[0]] == FIELDS
    for states, there in (("open", False), ("closed", True), ("open,closed", True), ("", True)):
        listed = (await city.get("/requests.json", api_key=city.key, status=states)).json()
        assert (id in [one["service_request_id"] for one in listed]) is there


async def test_requests_are_found_by_id_service_time_and_page(city: Endpoint) -> None:
    ids = [await city.reported(service_code=code) for code in ("noise", "noise", "lift")]

    async def asked(**params: Any) -> list[str]:
        answer = await city.get("/requests.json", api_key=city.key, **params)
        return [one["service_request_id"] for one in answer.json()]

    assert await asked(service_request_id=f"{ids[2]},{ids[0]},nothing", service_code="care") == [ids[2], ids[0]]
    assert await asked(service_code="noise") == [ids[1], ids[0]]
    assert await asked(service_code="noise,lift", page_size=2) == [ids[2], ids[1]]
    assert await asked(service_code="noise,lift", page_size=2, page=2) == [ids[0]]
    assert await asked(end_date="2020-01-01T00:00:00Z") == []
    assert set(ids) <= set(await asked(start_date="2020-01-01T00:00:00Z", end_date=TOMORROW))
    assert await asked(start_date=TOMORROW) == []


async def test_errors_are_the_standards_in_both_forms(city: Endpoint) -> None:
    http = city.here.http
    for form in ("xml", "json"):
        error(await http.get(f"{OPEN311}/services.{form}"), 400, "jurisdiction-missing")
        error(await http.get(f"{OPEN311}/services.{form}?jurisdiction_id="), 400, "jurisdiction-missing")
        error(await city.get(f"/services.{form}", jurisdiction_id="nowhere"), 404, "jurisdiction-not-found")
        error(await city.get(f"/services.{form}", jurisdiction_id="a\x00b"), 404, "jurisdiction-not-found")
        error(await city.get(f"/services/001.{form}"), 404, "service-not-found")
        error(await city.get(f"/tokens/nothing.{form}"), 404, "token-not-found")
        error(await city.get(f"/requests/nothing.{form}"), 404, "service-request-not-found")
        error(await city.get(f"/requests.{form}", status="done"), 400, "bad-status")
        error(await city.get(f"/requests.{form}", start_date="today"), 400, "bad-date")
        error(await city.get(f"/requests.{form}", page_size="x"), 400, "not-valid")
        error(await city.get(f"/nothing.{form}"), 404, "no-such-path")
        error(await http.put(f"{OPEN311}/requests.{form}"), 405, "method-not-allowed")
        path = f"/requests.{form}"
        error(await city.post(path, service_code=None), 400, "not-valid")
        error(await city.post(path, service_code="001"), 404, "service-not-found")
        error(await city.post(path, address_string=""), 400, "location-missing")
        error(await city.post(path, address_id="ruyi-99"), 404, "address-not-found")
        error(await city.post(path, description="x" * 300_000), 400, "too-large")
        error(await http.post(f"{OPEN311}{path}", json={}), 400, "not-a-form")
        for key in (None, "wrong", city.key[:-1] + ("a" if city.key[-1] != "a" else "b")):
            error(await city.post(path, api_key=key), 403, "api-key-refused")
        error(await city.get(path, api_key="wrong"), 403, "api-key-refused")
    english = await http.get(f"{OPEN311}/services.json", headers={"accept-language": "en"})
    assert error(english, 400, "jurisdiction-missing").isascii()
    unknown = await city.get("/services.csv")
    error(unknown, 400, "not-valid")


async def test_an_error_of_ours_is_told_as_the_standard_does(city: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("broken for the test")

    monkeypatch.setattr(catalogue, "services", broken)
    for form in ("xml", "json"):
        assert "broken" not in error(await city.get(f"/services.{form}"), 500, "internal-error")


async def test_a_deployment_of_one_community_need_not_be_told_which(
    city: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = city.here.running["intake"]
    monkeypatch.setattr(intake, "settings", intake.settings.model_copy(update={"jurisdiction": city.community}))
    assert (await city.here.http.get(f"{OPEN311}/services.xml")).status_code == 200
    assert (await city.post(jurisdiction_id=None)).status_code == 201


async def test_the_same_idempotency_key_reports_once(city: Endpoint) -> None:
    form = {"jurisdiction_id": city.community, "api_key": city.key, "service_code": "lift", "address_string": "x"}
    path, headers = f"{OPEN311}/requests.json", {"idempotency-key": "once"}
    answers = [await city.here.http.post(path, data=form, headers=headers) for _ in range(3)]
    assert len({one.text for one in answers}) == 1
    other = await city.here.http.post(path, data=form | {"address_string": "y"}, headers=headers)
    error(other, 400, "idempotency-key-reused")


async def test_a_key_is_for_one_community_shown_once_and_refused_everywhere_soon_after_it_is_revoked(
    here: Town, city: Endpoint
) -> None:
    other = await endpoint(here)
    error(await city.post(api_key=other.key), 403, "api-key-refused")
    body = {"community": other.community, "application": "x"}
    problem(await here.http.post(f"{PARTNER}/api-keys", json=body, headers=city.secretary), 403, "out-of-scope")
    resident = here.headers(Role.RESIDENT, other.community)
    problem(await here.http.post(f"{PARTNER}/api-keys", json=body, headers=resident), 403, "role-missing")
    headers = {**other.secretary, "idempotency-key": "issue"}
    first, again = [(await here.http.post(f"{PARTNER}/api-keys", json=body, headers=headers)).json() for _ in range(2)]
    assert (first["id"], bool(first["key"]), again["key"]) == (again["id"], True, first["key"])
    revoke = f"{PARTNER}/api-keys/{other.key_id}/revoke"
    problem(await here.http.post(revoke, headers=city.secretary), 403, "out-of-scope")
    revoked = await here.http.post(revoke, headers=other.secretary)
    assert revoked.status_code == 202
    began = time.monotonic()

    async def refused() -> bool:
        return (await other.post()).status_code == 403

    await until(refused, 60)
    print(f"refused {time.monotonic() - began:.1f} s after it was revoked")  # noqa: T201 - measured
    listed = await here.http.get(
        f"{PARTNER}/api-keys",
        params={"community": other.community},
        headers={**other.secretary, "read-after": str(revoked.json()["position"])},
    )
    assert {one["id"]: bool(one["revoked_at"]) for one in listed.json()["items"]} == {
        other.key_id: True,
        first["id"]: False,
    }
    assert other.key.rpartition("_")[2] not in listed.text
    for running in here.running.values():
        rows = await running.log.pool.fetch("select data::text as data from log where type like 'api-key-%'")
        assert not any(first["key"][-43:] in row["data"] for row in rows)


async def test_who_sends_a_report_is_written_down_nowhere(city: Endpoint) -> None:
    who = {"first_name": "约翰甲", "last_name": "史密斯乙", "phone": "13900000017", "email": "a17@example.org"}
    who |= {"device_id": "device17", "account_id": "account17"}
    id = await city.reported(description="灯", **who)
    [event, *_] = await city.here.running["intake"].log.stream(f"issue-{id}")
    said = event.json + event.metadata_json
    assert not [one for one in who.values() if one in said]
    seen = (await city.get(f"/requests/{id}.json", api_key=city.key)).text
    assert not [one for one in who.values() if one in seen]


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_a_client_off_the_shelf_reads_services_and_requests(city: Endpoint, form: str) -> None:
    id = await city.reported(description="灯")
    position = await city.do(id, "publish", {"title": "楼道灯", "text": "正在联系电力公司。"})
    await city.public(f"/matters/{id}", position)
    client: Any = GeoReport(city.address, jurisdiction=city.community, output_format=form)

    def asked() -> tuple[Any, Any, Any, Any]:
        listed: Any = client.get_service_requests(service_request_id=id)
        return (
            client.get_service_list(),
            client.get_service_definition("lighting"),
            listed[0] if form == "json" else listed,
            client.get_service_request(id),
        )

    services, definition, listed, one = await asyncio.to_thread(asked)
    assert "lighting" in [service["service_code"] for service in services]
    assert definition["service_code"] == "lighting"
    assert listed == one
    assert (one["service_request_id"], one["status"]) == (id, "open")


async def test_a_client_of_2013_reports_and_asks(city: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)  # `three` was written for Python 2
    from three import Three  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    client: Any = Three(city.address, api_key=city.key, jurisdiction=city.community)

    def asked() -> tuple[Any, ...]:
        [posted] = client.post("lighting", address="2单元", name="A B", phone="1", description="灯不亮")
        [one] = client.request(posted["service_request_id"], api_key=city.key)
        found = client.requests("lighting", api_key=city.key, count=5)
        return (
            client.discovery(),
            client.services(),
            client.services("lighting"),
            one,
            found,
            client.token(one["service_request_id"]),
        )

    discovery, services, definition, one, found, token = await asyncio.to_thread(asked)
    assert discovery["endpoints"][0]["url"] == city.address
    assert len(services) == 13
    assert definition["service_code"] == "lighting"
    assert (one["description"], one["address"]) == ("灯不亮", "2单元")
    assert one in found
    assert token[0]["service_request_id"] == one["service_request_id"]
