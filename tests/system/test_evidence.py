"""Evidence through the front door: sent, added, shown, and gone with whose it was; in a folder and in an S3 store."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from moto.server import ThreadedMotoServer
from PIL import Image

from services.intake.evidence import sweeping
from services.intake.evidence.store import store_of
from services.intake.evidence.uploads import LONGEST
from shared.contracts.words import Role
from tests.evidence.clamd import listening
from tests.evidence.made import PDF, SAYS, SPOT, mp3, picture
from tests.system.apart import most_memory, serving
from tests.system.places import District, until
from tests.system.sender import Neighbourhood, Sender
from tests.system.test_answers import problem
from tests.town import Town

BUCKET = "evidence"
MOST_MEMORY = 40_000
"""Kilobytes."""
PHOTO = picture(size=(600, 400))


@pytest.fixture(scope="module")
def bucket() -> Any:
    """A server that speaks S3, and where it is."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    said = {
        "AWS_ENDPOINT": f"http://{host}:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in said.items():
            patch.setenv(name, value)
        assert httpx.put(f"{said['AWS_ENDPOINT']}/{BUCKET}").is_success
        yield f"s3://{BUCKET}/of/a/town"
    server.stop()


@pytest.fixture(scope="module", params=["folder", "s3"])
def there(here: Town, request: pytest.FixtureRequest) -> Iterator[Town]:
    """The town, its evidence in one of the stores."""
    if request.param == "folder":
        yield here
        return
    intake = here.running["intake"]
    with pytest.MonkeyPatch.context() as patch:
        settings = here.settings.model_copy(update={"evidence": request.getfixturevalue("bucket")})
        patch.setattr(intake, "settings", settings)
        yield replace(here, settings=settings)


@pytest.fixture(scope="module")
async def quarter(here: Town, there: Town) -> Neighbourhood:
    """A community with a secretary, a grid worker and a resident."""
    district = District(here)
    _, secretary = await district.opened()
    await district.built(secretary)
    at = {"community": district.community}
    person, resident = await district.enrol(secretary, "resident~1", Role.RESIDENT, **at)
    _, worker = await district.enrol(secretary, "grid-worker", Role.GRID_WORKER, **at, grid="grid-1")
    return Neighbourhood(
        there,
        district.community,
        Sender(there, secretary),
        Sender(there, worker),
        Sender(there, resident),
        person,
    )


async def names(there: Town) -> set[str]:
    """What the store has."""
    found: set[str] = set()
    async for some in obstore.list(store_of(there.settings)._store):  # pyright: ignore
        found |= {one["path"] for one in some}
    return found


async def test_a_photo_is_sent_added_listed_and_shown(quarter: Neighbourhood) -> None:
    issue, resident = await quarter.issue(), quarter.resident
    assert await resident.listed(issue) == []
    one = await resident.added(issue, PHOTO)
    assert (one["kind"], one["media_type"], one["by"]) == ("photo", "image/jpeg", quarter.person)
    assert (one["spot"], one["erased"], one["recorded_by"], one["thumbnail"]) == (None, False, None, True)
    shown = await quarter.secretary.get(issue, one["id"])
    assert (shown.status_code, len(shown.content)) == (200, one["size"])
    assert SAYS.encode() not in shown.content
    said = shown.headers
    assert (said["cache-control"], said["x-content-type-options"]) == ("private, no-cache", "nosniff")
    assert said["content-disposition"] == f'inline; filename="evidence-{one["id"]}.jpg"'
    with Image.open(BytesIO(shown.content)) as image:
        assert image.size == (600, 400)
    small = await quarter.worker.get(issue, one["id"], "thumbnail")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/webp")
    with Image.open(BytesIO(small.content)) as image:
        assert image.size == (480, 320)


async def test_where_it_was_taken_is_kept_if_the_person_says_so_and_never_in_clear(quarter: Neighbourhood) -> None:
    issue = await quarter.issue()
    one = await quarter.resident.added(issue, PHOTO, keep_spot=True)
    assert one["spot"] == SPOT
    events = await quarter.here.running["intake"].log.stream(f"issue-{issue}")
    assert "37.85" not in events[-1].json
    assert events[-1].type == "issue-evidence-added"


async def test_at_rest_nothing_can_be_read(quarter: Neighbourhood, there: Town) -> None:
    before = await names(there)
    content = PDF + b"readable " * 100_000
    begun = await quarter.resident.begin(len(content))
    await quarter.resident.go_on(begun.headers["location"], 0, content[:-1])
    store = store_of(there.settings)
    on_their_way = await names(there) - before
    assert len(on_their_way) >= 1
    await quarter.resident.go_on(begun.headers["location"], len(content) - 1, content[-1:])
    issue = await quarter.issue()
    upload = begun.headers["location"].rpartition("/")[2]
    for name in on_their_way:
        assert b"readable" not in await store.get(name)
    assert (await quarter.resident.add(issue, upload)).status_code == 202
    kept = await names(there) - before
    assert [one.split("/")[0] for one in kept] == ["evidence"]
    for name in kept:
        assert b"readable" not in await store.get(name)


async def test_a_recording_is_read_range_by_range(quarter: Neighbourhood) -> None:
    content = mp3(600)
    issue = await quarter.issue()
    one = await quarter.resident.added(issue, content)
    get = quarter.resident.get
    whole = await get(issue, one["id"])
    assert (whole.content, whole.headers["accept-ranges"]) == (content, "bytes")
    for asked, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=65530-65545", 65530, 65546),
        ("bytes=200000-", 200_000, len(content)),
        ("bytes=-7", len(content) - 7, len(content)),
        ("bytes=5-99999999", 5, len(content)),
    ):
        part = await get(issue, one["id"], range=asked)
        assert (part.status_code, part.content) == (206, content[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(content)}"
    for asked in ("bytes=0-1,5-6", "lines=1-2", "bytes=-", ""):
        assert (await get(issue, one["id"], range=asked)).status_code == 200
    for asked in (f"bytes={len(content)}-", "bytes=9-5"):
        problem(await get(issue, one["id"], range=asked), 416, "no-such-range")
    etag = whole.headers["etag"]
    assert (await get(issue, one["id"], **{"if-none-match": etag})).status_code == 304
    assert (await get(issue, one["id"], **{"range": "bytes=0-0", "if-range": '"other"'})).status_code == 200
    problem(await get(issue, one["id"], "thumbnail"), 404, "thumbnail-not-found")


async def test_of_a_worker_who_reaches_the_issue_it_is_taken_and_of_others_not(quarter: Neighbourhood) -> None:
    issue = await quarter.issue()
    one = await quarter.worker.added(issue, PHOTO, by=quarter.person)
    assert (one["by"], one["recorded_by"] is not None) == (quarter.person, True)
    neighbour = quarter.stranger(Role.RESIDENT)
    problem(await neighbour.add(issue, await neighbour.sent(PHOTO)), 403, "not-your-issue")
    problem(await neighbour.add(issue, await neighbour.sent(PHOTO), by=quarter.person), 403, "out-of-scope")
    elsewhere = quarter.stranger(Role.SECRETARY, "xishan")
    problem(await elsewhere.add(issue, await elsewhere.sent(PHOTO)), 403, "out-of-scope")
    for other in (neighbour, elsewhere):
        for what in ("file", "thumbnail"):
            problem(await other.get(issue, one["id"], what), 404, "evidence-not-found")
        answer = await other.http.get(f"/api/intake/v1/issues/{issue}/evidence", headers=other.headers)
        problem(answer, 404, "issue-not-found")


async def test_anothers_upload_is_not_there(quarter: Neighbourhood) -> None:
    issue, upload = await quarter.issue(), await quarter.secretary.sent(PHOTO)
    place, other = f"/api/intake/v1/uploads/{upload}", quarter.resident
    problem(await other.add(issue, upload), 404, "upload-not-found")
    problem(await other.go_on(place, 0, b"x"), 404, "upload-not-found")
    assert (await other.http.head(place, headers=other.headers)).status_code == 404
    deleted = await other.http.delete(place, headers={**other.headers, "tus-resumable": "1.0.0"})
    problem(deleted, 404, "upload-not-found")
    assert await quarter.secretary.offset(place) == len(PHOTO)


async def test_the_same_is_added_once_however_often_it_is_sent(quarter: Neighbourhood, there: Town) -> None:
    issue, upload = await quarter.issue(), await quarter.resident.sent(PHOTO)
    answers = await asyncio.gather(*(quarter.resident.add(issue, upload, key="k") for _ in range(5)))
    accepted = {one.text for one in answers if one.is_success}
    assert len(accepted) == 1
    assert all(one.is_success or one.json()["code"] == "idempotency-key-in-use" for one in answers)
    assert (await quarter.resident.add(issue, upload, key="k")).text in accepted
    problem(await quarter.resident.add(issue, upload), 404, "upload-not-found")
    without = await quarter.resident.sent(PHOTO)
    again = await asyncio.gather(*(quarter.resident.add(issue, without) for _ in range(5)))
    assert sum(one.is_success for one in again) == 1
    listed = await quarter.resident.listed(issue, max(one.json().get("position", 0) for one in again))
    assert [one["id"] for one in listed] == [upload, without]
    in_store = {one.split("/")[1] for one in await names(there) if one.startswith("evidence/")}
    sql = "select file::text from evidence_file where issue = $1"
    rows = await there.running["intake"].log.pool.fetch(sql, issue)
    assert len(rows) == 2
    assert {row["file"] for row in rows} <= in_store


async def test_what_may_not_be_kept_is_not(quarter: Neighbourhood, there: Town) -> None:
    before = await names(there)
    issue = await quarter.issue()
    for content, code in ((b"MZ" + bytes(500), "evidence-type"), (PHOTO[:200], "picture-unreadable")):
        upload = await quarter.resident.sent(content)
        problem(await quarter.resident.add(issue, upload), 422, code)
        problem(await quarter.resident.add(issue, upload), 404, "upload-not-found")
    assert await names(there) == before


async def test_a_virus_is_not_kept_and_a_scanner_that_is_away_loses_nothing(
    quarter: Neighbourhood, there: Town
) -> None:
    intake, issue = there.running["intake"], await quarter.issue()
    before, plain = await names(there), intake.settings
    try:
        async with listening() as clamd:
            intake.settings = plain.model_copy(update={"scanner": clamd.address})
            infected = await quarter.resident.sent(PDF + b"EICAR")
            problem(await quarter.resident.add(issue, infected), 422, "evidence-infected")
            assert await names(there) == before
            assert len(await quarter.resident.listed(issue)) == 0
            upload = await quarter.resident.sent(PHOTO)
        away = await quarter.resident.add(issue, upload, key="scanned")
        problem(away, 503, "evidence-scanner-away")
        assert away.headers["retry-after"] == "1"
        async with listening() as clamd:
            intake.settings = plain.model_copy(update={"scanner": clamd.address})
            assert (await quarter.resident.add(issue, upload, key="scanned")).status_code == 202
            assert clamd.heard == [len(PHOTO)]
    finally:
        intake.settings = plain


async def test_with_the_person_it_is_gone_from_the_store_too(here: Town, quarter: Neighbourhood, there: Town) -> None:
    district = District(here)
    _, secretary = await district.opened()
    at = {"community": district.community}
    _, headers = await district.enrol(secretary, "resident~2", Role.RESIDENT, **at)
    resident, worker = Sender(there, headers), Sender(there, secretary)
    issue = (await here.raised(headers, **at))["id"]
    one = await resident.added(issue, PHOTO, keep_spot=True)
    unfinished = await resident.sent(PHOTO)
    intake = there.running["intake"]
    sql = "select file::text from evidence_file where issue = $1"
    file = await intake.log.pool.fetchval(sql, issue)
    assert any(file in name for name in await names(there))
    assert (await here.http.post("/api/directory/v1/me/erase", headers=headers)).is_success

    async def erased() -> bool:
        return (await worker.get(issue, one["id"])).status_code == 410

    await until(erased)
    problem(await worker.get(issue, one["id"], "thumbnail"), 410, "evidence-erased")
    [listed] = await worker.listed(issue)
    assert (listed["erased"], listed["spot"], listed["kind"]) == (True, None, "photo")

    async def swept() -> bool:
        await sweeping.sweep(intake)
        left = await names(there)
        return not any(file in name or unfinished in name for name in left)

    await until(swept)
    assert await intake.log.pool.fetchval(sql, issue) is None


async def test_what_no_event_names_is_swept_and_what_one_names_stays(quarter: Neighbourhood, there: Town) -> None:
    intake, issue = there.running["intake"], await quarter.issue()
    one = await quarter.resident.added(issue, PHOTO)
    sql = "update evidence_file set added = false, began_at = now() - interval '2 hours' where issue = $1"
    await intake.log.pool.execute(sql, issue)
    lost = "00000000-0000-4000-8000-000000000001"
    insert = "insert into evidence_file (file, person, issue, began_at) values ($1, $1, $2, now() - interval '2 hours')"
    await intake.log.pool.execute(insert, lost, issue)
    await store_of(there.settings).put(f"evidence/{lost}/file", b"x")
    await sweeping.sweep(intake)
    assert not any(lost in name for name in await names(there))
    assert (await quarter.resident.get(issue, one["id"])).status_code == 200


async def test_a_store_that_is_away_is_a_problem_of_ours(quarter: Neighbourhood, there: Town, tmp_path: Path) -> None:
    intake, issue = there.running["intake"], await quarter.issue()
    one, upload, plain = await quarter.resident.added(issue, PHOTO), await quarter.resident.sent(PHOTO), intake.settings
    try:
        intake.settings = plain.model_copy(update={"evidence": str(tmp_path / "empty")})
        problem(await quarter.resident.get(issue, one["id"]), 503, "evidence-store-away")
        problem(await quarter.resident.add(issue, upload, key="stored"), 503, "evidence-store-away")
    finally:
        intake.settings = plain
    assert (await quarter.resident.add(issue, upload, key="stored")).status_code == 202


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel how much memory a process has had")
async def test_of_50_megabytes_some_are_in_memory_at_once(quarter: Neighbourhood, there: Town, tmp_path: Path) -> None:
    content, issue = mp3(LONGEST // 417), await quarter.issue()
    async with serving(there, tmp_path / "log") as (process, http):
        sender = Sender(there, quarter.resident.headers)
        sender.http = http
        await sender.added(issue, mp3(), by=quarter.person)
        before = most_memory(process)
        one = await sender.added(issue, content)
        assert (await sender.get(issue, one["id"])).content == content
        assert most_memory(process) - before < MOST_MEMORY
