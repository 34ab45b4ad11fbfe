"""The end of a candidate's key: as soon as the log says that it is settled."""

from uuid import UUID

from shared.contracts.intake import CandidateConfirmed, CandidateDropped, CandidateExpired, CandidateMerged
from shared.eventlog.checkpoints import move_checkpoint, read_checkpoint
from shared.privacy.passing import end_passing
from shared.service import Running

FOLLOWER = "candidate keys"
SETTLED = [one.event_name for one in (CandidateConfirmed, CandidateDropped, CandidateExpired, CandidateMerged)]
BATCH = 500


async def follow(intake: Running) -> None:
    """For ever: what is settled can't be read any more."""
    log = intake.log
    position = await read_checkpoint(log.pool, FOLLOWER)
    while True:
        head = await log.head_past(position)
        events = await log.read(position, limit=BATCH, types=SETTLED) if head > position else []
        await end_passing(intake.keyring, [UUID(event.stream_id) for event in events])
        reached = events[-1].position if len(events) == BATCH else head
        if reached > position:
            await move_checkpoint(log.pool, FOLLOWER, position, reached)
            position = reached
        else:
            await log.wait(position)
