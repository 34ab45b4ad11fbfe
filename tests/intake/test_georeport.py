"""GeoReport's forms: what is answered, what is asked for, what is reported."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import orjson
import pytest
from fastapi.exceptions import RequestValidationError
from hypothesis import given
from hypothesis import strategies as st

from services.intake.chats.guessing import CATEGORIES
from services.intake.open311.asking import SPAN, asked
from services.intake.open311.catalogue import BY_NAME, CODES, category_of, code_of, definition, services
from services.intake.open311.formats import NO_XML, Format, written
from services.intake.open311.reporting import Report, fields_of, raised, report_of
from shared.contracts.intake import IssueClassified, IssueRaised, Point, Urgency, Where
from shared.contracts.words import PersonId
from shared.deciding.refusals import NotFound, NotValid
from tests.intake.ledgers import PLACES

NOW = datetime(2026, 11, 25, tzinfo=UTC)
APPLICATION = PersonId(uuid.UUID(int=9))


@given(st.text())
def test_any_text_is_well_formed_xml_and_the_same_json(text: str) -> None:
    said = [{"description": text, "lat": None, "metadata": True}]
    root = ElementTree.fromstring(written(Format.XML, "service_requests", said).body)  # noqa: S314 - our own
    [request] = list(root)
    told = {one.tag: one.text for one in request}
    kept = NO_XML.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n") or None
    assert (root.tag, request.tag, told) == (
        "service_requests",
        "request",
        {"description": kept, "lat": None, "metadata": "true"},
    )
    assert orjson.loads(written(Format.JSON, "service_requests", said).body) == said


def test_an_answer_says_its_encoding_in_its_headers_and_in_xml_itself() -> None:
    answer = written(Format.XML, "services", [], 404)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/xml; charset=utf-8")
    assert bytes(answer.body).startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert written(Format.JSON, "services", []).headers["content-type"] == "application/json; charset=utf-8"


def test_every_category_that_is_guessed_is_a_service_and_every_other_category_is_other() -> None:
    assert set(CATEGORIES) == set(BY_NAME) - {"其他"}
    for code, name in CODES.items():
        assert (code_of(name), category_of(code)) == (code, None if code == "other" else name)
    assert (code_of("供暖"), code_of(None)) == ("other", "other")
    with pytest.raises(NotFound):
        category_of("001")
    assert [one["service_code"] for one in services()] == list(CODES)


def test_a_definition_offers_the_buildings_of_the_community() -> None:
    urgency, building = definition("lighting", PLACES)["attributes"]
    assert [one["key"] for one in urgency["values"]] == ["low", "normal", "high"]
    assert building["values"] == [{"key": "ruyi-3", "name": "如意小区3号楼"}]


def of(**said: str | None) -> Any:
    return asked(NOW, **{"service_code": None, "status": None, "start_date": None, "end_date": None, **said})


TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 - each gets an offset below


@given(TIMES, TIMES)
def test_no_question_is_of_more_than_ninety_days(start: datetime, end: datetime) -> None:
    first, last = f"{start.isoformat()}Z", f"{end.isoformat()}+08:00"
    for said in ({}, {"start_date": first}, {"end_date": last}, {"start_date": first, "end_date": last}):
        found = of(**said)
        assert found.until - found.since <= SPAN
        if "end_date" in said:
            assert found.until == datetime.fromisoformat(last)
        elif "start_date" in said and start.replace(tzinfo=UTC) < NOW:
            assert found.since == start.replace(tzinfo=UTC)


def test_codes_and_states_are_delimited_by_commas() -> None:
    found = of(service_code="lighting, lift", status="open,closed")
    assert (found.services, found.states) == (("lighting", "lift"), ("open", "closed"))
    assert (found.until, found.since) == (NOW, NOW - timedelta(days=90))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"status": "done"}, NotValid),
        ({"start_date": "yesterday"}, NotValid),
        ({"end_date": "2026-01-01T00:00:00"}, NotValid),
        ({"service_code": "lighting,001"}, NotFound),
    ],
)
def test_what_is_not_understood_is_refused(said: dict[str, str], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        of(**said)


def test_a_form_of_the_standard_is_understood_and_who_sends_it_is_not_kept() -> None:
    form = (
        "api_key=xyz&service_code=lighting&lat=37.85&long=113.58&address_string=2%E5%8D%95%E5%85%83&email=a%40b.example"
        "&first_name=john&last_name=smith&phone=111111111&device_id=tt&account_id=1&description=%E7%81%AF%E4%B8%8D%E4%BA%AE"
        "&media_url=http%3A%2F%2Fexample.org%2F1.jpg&attribute[urgency]=high&attribute[building]=ruyi-3&zipcode="
    )
    report = report_of(fields_of("", form.encode()))
    assert report.model_dump(mode="json", exclude_none=True) == {
        "service_code": "lighting",
        "description": "灯不亮",
        "address_string": "2单元",
        "lat": 37.85,
        "long": 113.58,
        "media_url": "http://example.org/1.jpg",
        "urgency": "high",
        "building": "ruyi-3",
    }
    where = report.where({"ruyi-3": None})
    assert where == Where(place="ruyi-3", detail="2单元", point=Point(lat=37.85, long=113.58))
    issue, about = raised(community="yaopo", application=APPLICATION, report=report, where=where)
    assert isinstance(issue, IssueRaised)
    assert isinstance(about, IssueClassified)
    assert (issue.by, issue.channel, issue.text, issue.media_url) == (
        APPLICATION,
        "open311",
        "灯不亮",
        "http://example.org/1.jpg",
    )
    assert (about.category, about.urgency) == ("公共设施/照明", Urgency.HIGH)


def test_what_is_of_no_category_is_left_to_a_worker() -> None:
    report = Report(service_code="other", address_string="门口")
    [issue] = raised(community="yaopo", application=APPLICATION, report=report, where=report.where({}))
    assert isinstance(issue, IssueRaised)
    assert issue.text


@pytest.mark.parametrize(
    "form",
    [
        "description=x",
        "service_code=lighting&lat=91&long=0",
        "service_code=lighting&lat=nan&long=0",
        "service_code=lighting&address_id=Not%20A%20Code",
        "service_code=lighting&media_url=javascript%3Aalert(1)",
        "service_code=lighting&description=a%00b",
        f"service_code=lighting&description={'x' * 4_001}",
        "service_code=lighting&attribute[urgency]=now",
    ],
)
def test_a_bad_form_is_refused_with_what_to_change(form: str) -> None:
    with pytest.raises(RequestValidationError) as refused:
        report_of(fields_of("", form.encode()))
    assert all(one["loc"] and one["msg"] for one in refused.value.errors())


@pytest.mark.parametrize(
    "form", ["service_code=lighting", "service_code=lighting&lat=1", "service_code=other&address_string="]
)
def test_a_report_says_where(form: str) -> None:
    with pytest.raises(NotValid):
        report_of(fields_of("", form.encode())).where({})


def test_an_attribute_or_a_place_that_there_is_not_is_refused() -> None:
    with pytest.raises(NotValid):
        report_of({"service_code": "lighting", "attribute[colour]": "red"})
    with pytest.raises(NotFound):
        report_of({"service_code": "lighting", "address_id": "ruyi-9"}).where({"ruyi-3": None})
    with pytest.raises(NotValid):
        fields_of("", b"description=\xff")
