"""What clamd says of a file is heeded, and without an answer nobody says that it is clean."""

from io import BytesIO
from pathlib import Path

import pytest

from services.intake.evidence.scanning import ScannerAway, scan
from shared.deciding.refusals import NotValid
from tests.evidence.clamd import listening

LARGE = bytes(3_000_001)


@pytest.mark.parametrize("over_a_socket", [False, True], ids=["port", "socket"])
async def test_a_clean_one_passes_and_is_sent_whole(over_a_socket: bool, tmp_path: Path) -> None:
    async with listening(str(tmp_path / "clamd.ctl") if over_a_socket else None) as clamd:
        for content in (b"", b"clean", LARGE):
            await scan(clamd.address, BytesIO(content))
    assert clamd.heard == [0, 5, len(LARGE)]


async def test_a_virus_is_refused() -> None:
    async with listening() as clamd:
        with pytest.raises(NotValid, match="evidence-infected"):
            await scan(clamd.address, BytesIO(LARGE + b"EICAR"))


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK", b"x" * 100_000])
async def test_any_other_answer_is_none(answer: bytes) -> None:
    async with listening() as clamd:
        clamd.answer = answer
        with pytest.raises(ScannerAway):
            await scan(clamd.address, BytesIO(b"clean"))


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/nowhere/clamd.ctl", "nonsense"])
async def test_where_nobody_listens_nothing_is_clean(address: str) -> None:
    with pytest.raises(ScannerAway):
        await scan(address, BytesIO(b"clean"))
