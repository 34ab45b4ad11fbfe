"""What is like what: the labelled pairs, and the rules that likeness keeps."""

from hypothesis import given as for_all
from hypothesis import strategies as st

from bench.pairs import pairs, recall
from services.intake.searching.words import tsvector, words
from services.intake.similar.likeness import Text, Wanted, alike
from services.intake.similar.looking import nobodys_own
from services.intake.similar.senses import SAID_BY, senses

LIGHTS, DOOR = "楼道灯不亮，摸黑上楼", "门禁刷不开，对讲没有声音"


def texts(*said: str, place: str | None = None) -> list[Text]:
    return [Text(str(number), tsvector(words((one,))), place) for number, one in enumerate(said)]


def liked(said: str, among: list[Text], place: str | None = None) -> list[str]:
    wanted = Wanted(words((said,)), place)
    return [one.key for one in alike(wanted, wanted.compare(among))]


def test_nine_in_ten_find_their_issue_among_the_first_five() -> None:
    among, parts = pairs()
    assert sum(map(len, parts.values())) >= 300
    for part, asked in parts.items():
        assert recall(among, asked) >= 0.9, part
        assert recall(among, asked, by_neighbours=True) >= 0.8, part


def test_other_words_for_the_same_are_alike() -> None:
    among = texts(LIGHTS, DOOR, "垃圾没人清运")
    assert liked("单元里黑灯瞎火的", among)[0] == "0"
    assert liked("刷脸没反应", among)[0] == "1"


def test_what_shares_nothing_is_not_alike() -> None:
    assert liked("燃气表走得快", texts(LIGHTS, DOOR)) == []
    assert liked("……", texts(LIGHTS, DOOR)) == []
    assert liked(LIGHTS, []) == []


def test_the_same_place_comes_first() -> None:
    among = [Text("there", tsvector(words((LIGHTS,))), "ruyi"), Text("here", tsvector(words((LIGHTS,))), "weixiao")]
    assert liked(LIGHTS, [*among, *texts(DOOR, DOOR, DOOR)], "weixiao")[:2] == ["here", "there"]


def test_a_name_that_few_say_finds_nothing_for_neighbours() -> None:
    among = texts("石敢当家的狗叫", *["楼道灯不亮"] * 9)
    wanted = Wanted(words(("石敢当",)), None)
    assert [one.key for one in alike(wanted, wanted.compare(among))] == ["0"]
    assert alike(wanted, wanted.compare(among), counts=nobodys_own) == []


@for_all(st.lists(st.text("楼道灯不亮门禁水暖气3号", max_size=10), max_size=6), st.text("楼道灯门禁水3号", max_size=10))
def test_the_order_of_texts_does_not_matter(said: list[str], asked: str) -> None:
    among = texts(*said)
    assert liked(asked, among) == liked(asked, among[::-1])


def test_senses_are_of_words_that_texts_are_indexed_by() -> None:
    assert {len(word) for said in SAID_BY.values() for word in said} == {2}
    assert senses(words(("楼道灯",))) == {"照明"}
