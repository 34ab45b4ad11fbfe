"""The end of a candidate's key: as soon as the log says that it is settled."""

from uuid import UUID

from shared.contracts.intake import CandidateConfirmed, CandidateDropped, CandidateExpired, CandidateMerged
from shared.eventlog.following import follow_own
from shared.eventlog.recorded import Recorded
from shared.privacy.passing import end_passing
from shared.service import Running

SETTLED = (CandidateConfirmed, CandidateDropped, CandidateExpired, CandidateMerged)


async def follow(intake: Running) -> None:
    """For ever: what is settled can't be read any more."""

    async def take(event: Recorded) -> None:
        await end_passing(intake.keyring, [UUID(event.stream_id)])

    await follow_own(intake.log, "candidate keys", SETTLED, take)
