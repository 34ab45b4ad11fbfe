"""Logs of any size, filled by PostgreSQL itself: issues of five events each."""

import asyncpg
import orjson

from bench.logs import AT, RAISED, TEXT
from shared.contracts.intake import IssueAcknowledged, IssueClassified, IssueClosed, IssueSeconded, Kind, Urgency
from shared.contracts.words import PersonId

BY = PersonId(RAISED.by)
STORY = (
    RAISED,
    IssueSeconded(by=BY),
    IssueAcknowledged(by=BY),
    IssueClassified(by=BY, category="公共设施/照明", urgency=Urgency.HIGH, kind=Kind.COMMON),
    IssueClosed(outcome=TEXT[:30]),
)
COMMUNITIES = 100
CHUNK = 100_000
FILL = """
insert into log (event_id, source, stream, version, type, schema, data, metadata, community, occurred_at)
select gen_random_uuid(), 'intake', 'issue-' || md5(issue::text)::uuid, story.version, story.type, story.schema,
       replace(story.data, '"yaopo"', '"c-' || issue % $6 || '"')::json,
       json_build_object('correlation', md5(issue::text)::uuid, 'actor', 'resident:0'),
       'c-' || issue % $6, $5::timestamptz + issue * interval '1 second'
from generate_series($7::int, $8::int) issue,
     unnest($1::int[], $2::text[], $3::smallint[], $4::text[]) as story(version, type, schema, data)
order by issue, story.version
"""


async def fill(uri: str, events: int) -> None:
    """So many events, of a fifth as many issues, over a hundred communities; then VACUUM, as a server that has had
    them for a day would have done."""
    connection = await asyncpg.connect(uri)
    story = [
        list(range(1, len(STORY) + 1)),
        [one.event_name for one in STORY],
        [one.event_version for one in STORY],
        [orjson.dumps(one.model_dump(mode="json")).decode() for one in STORY],
    ]
    issues = events // len(STORY)
    for first in range(1, issues + 1, CHUNK):
        last = min(issues, first + CHUNK - 1)
        await connection.execute(FILL, *story, AT, COMMUNITIES, first, last, timeout=600)
    await connection.execute("vacuum analyze log", timeout=600)
    await connection.close()
