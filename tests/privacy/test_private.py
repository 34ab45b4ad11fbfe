"""A private field: never written down in clear, opened with its person's key at its own place, nowhere else."""

import re
from dataclasses import replace
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from shared.contracts.event import Event, decode
from shared.contracts.publishing.schemas import schema_of
from shared.contracts.words import PersonId
from shared.privacy.private import SEALED, Private
from shared.privacy.sealing import DataKey, NotOpened, Place, key_id, new_secret
from tests.privacy.neighbours import MovedIn, Whispered

texts = st.text(max_size=2000)
words = st.text(min_size=1, max_size=30)
places = st.builds(Place, words, words, st.uuids(), words, st.uuids())
keys = st.builds(DataKey, st.uuids(), st.binary(min_size=32, max_size=32))


@given(keys, places, texts)
def test_whatever_text_goes_in_comes_out_and_does_not_show_on_the_way(key: DataKey, place: Place, text: str) -> None:
    sealed = key.seal(text, place)
    assert key.open(sealed, place) == text
    assert re.fullmatch(SEALED, sealed)
    assert orjson.loads(orjson.dumps(sealed)) == sealed
    assert key_id(sealed) == key.id
    if len(text) > 5:
        assert text not in sealed


@given(keys, places, texts)
def test_the_same_text_never_looks_the_same_twice(key: DataKey, place: Place, text: str) -> None:
    assert key.seal(text, place) != key.seal(text, place)


@given(keys, places, places, st.sampled_from(["source", "stream", "event", "field", "person"]), texts)
def test_moved_to_another_place_it_does_not_open(
    key: DataKey, place: Place, other: Place, moved: str, text: str
) -> None:
    elsewhere = replace(place, **{moved: getattr(other, moved)})
    assume(elsewhere != place)
    with pytest.raises(NotOpened):
        key.open(key.seal(text, place), elsewhere)


@given(keys, keys, places, texts)
def test_with_another_key_it_does_not_open_whatever_id_that_claims(
    key: DataKey, other: DataKey, place: Place, text: str
) -> None:
    assume(key.secret != other.secret)
    sealed = key.seal(text, place)
    for one in (other, DataKey(key.id, other.secret)):
        with pytest.raises(NotOpened):
            one.open(sealed, place)


@given(keys, places, texts, st.data())
def test_altered_it_does_not_open(key: DataKey, place: Place, text: str, data: st.DataObject) -> None:
    sealed = key.seal(text, place)
    at = data.draw(st.integers(0, len(sealed) - 2))  # the last character's lowest bits may mean nothing
    other = data.draw(st.sampled_from("AZaz09-_."))
    assume(sealed[at] != other)
    with pytest.raises(NotOpened):
        key.open(sealed[:at] + other + sealed[at + 1 :], place)


@given(keys, places, st.text(st.characters(codec="ascii"), min_size=1, max_size=31))
def test_short_texts_are_all_of_one_length(key: DataKey, place: Place, text: str) -> None:
    assert len(key.seal(text, place)) == len(key.seal("一", place))


def test_in_clear_it_can_neither_be_written_nor_shown() -> None:
    event = MovedIn(house="3", name=Private("居民甲"))
    for write in (event.model_dump, event.model_dump_json):
        with pytest.raises(PydanticSerializationError) as refused:
            write()
        assert "居民甲" not in str(refused.value)
    assert "居民甲" not in repr(event) + str(event) + f"{event.name}"


def test_what_is_not_sealed_is_no_event_that_can_be_read() -> None:
    with pytest.raises(ValidationError):
        MovedIn.model_validate_json('{"house": "3", "name": "居民甲"}')
    with pytest.raises(ValueError, match="name") as unreadable:
        decode("neighbours", "moved-in", 1, '{"house": "3", "name": "居民甲"}')
    assert "居民甲" not in str(unreadable.value)


def test_an_event_of_before_there_was_anything_private_reads_as_ever() -> None:
    assert decode("neighbours", "moved-in", 1, '{"house": "3"}') == MovedIn(house="3")


def test_its_schema_says_what_it_is() -> None:
    told = schema_of(Whispered)["properties"]["what"]
    assert (told["type"], told["pattern"]) == ("string", SEALED)
    assert "sealed with the key of the person" in told["description"]


def test_an_event_says_whose_its_private_fields_are() -> None:
    with pytest.raises(TypeError, match="whose"):
        type("NoSubject", (Event,), {"__module__": "x", "__annotations__": {"a": Private[str]}}, name="no-subject")
    annotations = {"a": Private[str], "by": UUID}
    with pytest.raises(TypeError, match="no PersonId"):
        type("NoPerson", (Event,), {"__module__": "x", "__annotations__": annotations}, name="no-person", subject="by")
    assert Whispered.private_fields == ("what", "more")
    assert Whispered(about=PersonId(uuid4()), what=Private("甲")).private_subject == "about"


def test_a_key_never_shows_its_secret() -> None:
    secret = new_secret()
    assert repr(secret) not in repr(DataKey(uuid4(), secret))
