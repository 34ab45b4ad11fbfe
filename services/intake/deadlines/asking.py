"""On which terms an issue is dealt with."""

from services.intake.deadlines.terms import TERMS, Terms
from services.intake.issues.issue import issues
from shared.contracts.words import IssueId
from shared.service import Running


async def terms_of(intake: Running, issue_id: IssueId) -> Terms:
    """Those of the issue's community; of an issue that there is not, it is the command that says so."""
    known = await intake.find(issues, issue_id)
    return await intake.look_up(TERMS, known.community if known else "")
