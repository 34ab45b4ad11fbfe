"""Files sent over a bad network: by the protocol's own words, by a client off the shelf, through processes that are
killed, and no more of them than one may have."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from tusclient.client import TusClient

from services.intake.evidence import sweeping, uploads
from services.intake.evidence.uploads import AT_ONCE, LONGEST, PART, UNFINISHED
from shangliang.embedded import Servers
from shared.contracts.words import Role, UploadId
from tests.system.apart import serving
from tests.system.places import until
from tests.system.sender import BYTES, INTAKE, TUS, Sender
from tests.system.test_answers import problem
from tests.town import Town, town

CONTENT = bytes(range(256)) * 8_000
"""Two megabytes: several parts."""


@pytest.fixture
def resident(here: Town) -> Sender:
    return Sender(here, here.headers(Role.RESIDENT))


async def received(here: Town, place: str) -> bytes:
    """All that intake has of it."""
    intake, made = here.running["intake"], BytesIO()
    id = UploadId(UUID(place.rpartition("/")[2]))
    owner = await intake.log.pool.fetchval("select owner from upload where id = $1", id)
    await uploads.write_to(intake, await uploads.show(intake, id, owner), made)
    return made.getvalue()


async def test_what_of_tus_is_spoken_is_told_to_everybody(here: Town) -> None:
    answer = await here.http.options(f"{INTAKE}/uploads")
    assert answer.status_code == 204
    told = {name: answer.headers[name] for name in ("tus-version", "tus-extension", "tus-max-size", "tus-resumable")}
    assert told == {
        "tus-version": "1.0.0",
        "tus-extension": "creation,expiration,termination",
        "tus-max-size": str(LONGEST),
        "tus-resumable": "1.0.0",
    }


async def test_it_goes_on_from_where_it_was_cut_and_nothing_is_there_twice(here: Town, resident: Sender) -> None:
    begun = await resident.begin(len(CONTENT))
    place = begun.headers["location"]
    assert (begun.status_code, begun.headers["upload-offset"]) == (201, "0")
    assert begun.headers["upload-expires"].endswith("GMT")
    cut_at = PART + 1_000
    cut(here, resident, place, CONTENT[:cut_at], len(CONTENT))

    async def counted() -> int:
        return await resident.offset(place) == cut_at

    await until(counted)
    problem(await resident.go_on(place, 0, CONTENT), 409, "upload-elsewhere")
    problem(await resident.go_on(place, cut_at + 1, CONTENT), 409, "upload-elsewhere")
    rest = await resident.go_on(place, cut_at, CONTENT[cut_at:])
    assert (rest.status_code, rest.headers["upload-offset"]) == (204, str(len(CONTENT)))
    assert await received(here, place) == CONTENT
    shown = (await here.http.get(place, headers=resident.headers)).json()
    assert (shown["received"], shown["length"]) == (len(CONTENT), len(CONTENT))


def cut(here: Town, sender: Sender, place: str, content: bytes, said: int) -> None:
    """Sends a part of what is said to come, and hangs up."""
    assert here.http.base_url.port
    lines = [f"PATCH {place} HTTP/1.1", "host: here", f"content-length: {said}", "upload-offset: 0"]
    lines += [f"{name}: {value}" for name, value in {**sender.headers, **BYTES}.items()]
    with socket.create_connection(("127.0.0.1", here.http.base_url.port)) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + content)


async def test_of_the_same_part_sent_by_many_at_once_one_counts(here: Town, resident: Sender) -> None:
    place = (await resident.begin(len(CONTENT))).headers["location"]
    answers = await asyncio.gather(*(resident.go_on(place, 0, CONTENT) for _ in range(6)))
    assert sorted(one.status_code for one in answers) == [204, 409, 409, 409, 409, 409]
    assert await received(here, place) == CONTENT


async def test_the_same_key_begins_the_same_upload(resident: Sender) -> None:
    key = {"idempotency-key": "photo-1"}
    one, other = await asyncio.gather(resident.begin(10, **key), resident.begin(10, **key))
    assert one.headers["location"] == other.headers["location"]
    problem(await resident.begin(11, **key), 422, "idempotency-key-reused")
    assert (await resident.begin(10)).headers["location"] != one.headers["location"]


async def test_what_is_no_tus_is_a_problem(here: Town, resident: Sender) -> None:
    place = (await resident.begin(10)).headers["location"]
    plain = resident.headers
    problem(
        await here.http.post(f"{INTAKE}/uploads", headers={**plain, "upload-length": "5"}), 412, "other-tus-version"
    )
    for wrong in ("", "-1", "x", "1e3", "9" * 30):
        problem(await resident.begin(0, **{"upload-length": wrong}), 422, "bad-upload-header")
    problem(await resident.go_on(place, 0, b"x", **{"upload-offset": "?"}), 422, "bad-upload-header")
    problem(await resident.go_on(place, 0, b"x", **{"content-type": "image/jpeg"}), 415, "other-media-type")
    problem(await resident.go_on(place, 0, b"x" * 11), 413, "upload-too-long")
    problem(await resident.begin(LONGEST + 1), 413, "upload-too-long")
    problem(await here.http.post(f"{INTAKE}/uploads", headers={**TUS, "upload-length": "5"}), 401, "not-signed-in")
    assert await resident.offset(place) == 0


async def test_it_is_deleted_by_who_sent_it_or_when_its_time_is_up(here: Town, resident: Sender) -> None:
    intake = here.running["intake"]
    folder = here.settings.data / "evidence" / "uploads"
    for over in ("deleted", "expired"):
        place = (await resident.begin(len(CONTENT))).headers["location"]
        await resident.go_on(place, 0, CONTENT[:-1])
        id = place.rpartition("/")[2]
        assert list((folder / id).iterdir())
        if over == "deleted":
            answer = await here.http.delete(place, headers={**resident.headers, **TUS})
            assert answer.status_code == 204
        else:
            await intake.log.pool.execute("update upload set until = now() where id = $1", id)
            assert (await here.http.head(place, headers=resident.headers)).status_code == 404
            await sweeping.sweep(intake)
        assert not (folder / id).exists() or not list((folder / id).iterdir())
        assert await intake.keyring.key_of(UUID(id)) is None
        problem(await resident.go_on(place, len(CONTENT) - 1, b"x"), 404, "upload-not-found")
        assert await intake.log.pool.fetchval("select count(*) from upload_part where upload = $1", id) == 0


async def test_one_person_has_so_much_unfinished_and_another_their_own(here: Town, resident: Sender) -> None:
    most = UNFINISHED // LONGEST
    begun = await asyncio.gather(*(resident.begin(LONGEST) for _ in range(most + 4)))
    assert sorted(one.status_code for one in begun) == [201] * most + [429] * 4
    problem(await resident.begin(1), 429, "too-much-unfinished")
    neighbour = Sender(here, here.headers(Role.RESIDENT))
    many = await asyncio.gather(*(neighbour.begin(1) for _ in range(AT_ONCE + 3)))
    assert sorted(one.status_code for one in many) == [201] * AT_ONCE + [429] * 3
    gone = next(one for one in many if one.is_success).headers["location"]
    await here.http.delete(gone, headers={**neighbour.headers, **TUS})
    assert (await neighbour.begin(1)).status_code == 201


async def test_a_client_off_the_shelf_sends_stops_and_goes_on(here: Town, resident: Sender) -> None:
    client = TusClient(f"{here.http.base_url}{INTAKE}/uploads", headers=dict(resident.headers))

    def begin() -> str:
        uploader = client.uploader(  # pyright: ignore[reportUnknownMemberType]
            file_stream=BytesIO(CONTENT), chunk_size=700_000, metadata={"filename": "录音.mp3"}
        )
        uploader.upload_chunk()
        assert uploader.url
        return uploader.url

    def go_on(url: str) -> None:
        more = {"chunk_size": 700_000, "url": url}
        client.uploader(file_stream=BytesIO(CONTENT), **more).upload()  # pyright: ignore

    url = await asyncio.to_thread(begin)
    assert await resident.offset(url) == 700_000
    await asyncio.to_thread(go_on, url)
    assert await received(here, url) == CONTENT


@pytest.fixture
async def another(here: Town, servers: Servers) -> AsyncIterator[Town]:
    """Another process of intake, over the same database and folder."""
    async with town(servers, here.settings.data, ["intake"]) as made:
        yield made


async def test_two_processes_take_turns(here: Town, another: Town, resident: Sender) -> None:
    place = (await resident.begin(len(CONTENT))).headers["location"]
    elsewhere = Sender(another, resident.headers)
    offset = 0
    for turn in range(8):
        sender = (resident, elsewhere)[turn % 2]
        assert await sender.offset(place) == offset
        piece = CONTENT[offset : offset + len(CONTENT) // 8]
        assert (await sender.go_on(place, offset, piece)).status_code == 204
        offset += len(piece)
    assert await received(here, place) == CONTENT


async def test_a_process_that_is_killed_in_the_middle_loses_a_part_at_most(
    here: Town, resident: Sender, tmp_path: Path
) -> None:
    place = (await resident.begin(len(CONTENT))).headers["location"]
    sent = 0

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal sent
        for start in range(0, len(CONTENT), 50_000):
            yield CONTENT[start : start + 50_000]
            sent = start
            await asyncio.sleep(0.05)

    async with serving(here, tmp_path / "log") as (process, http):
        headers: dict[str, Any] = {**resident.headers, **BYTES, "upload-offset": "0"}
        sending = asyncio.create_task(http.patch(place, content=slowly(), headers=headers))

        async def halfway() -> bool:
            return sent > len(CONTENT) // 2

        await until(halfway, 60)
        process.send_signal(signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            await sending
    offset = await resident.offset(place)
    assert sent - 2 * PART < offset <= sent + 50_000
    assert offset > 0
    assert (await resident.go_on(place, offset, CONTENT[offset:])).status_code == 204
    assert await received(here, place) == CONTENT
