"""Where the events behind an answer are found: by an index, whatever else the log holds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from services.directory.tree import Buildings, Contracts
from services.directory.views import Communities, SubDistricts
from services.intake.issues.views import Counts, Ledger
from services.notify.views import Inboxes
from services.partner.views import WorkOrders
from services.portal.views import Stories
from services.volunteer.views import Claims
from shangliang.services import SERVICES
from shared.eventlog.connections import Connection
from shared.eventlog.log import Log
from shared.projecting import Said, View, install_finds
from shared.projecting.folding import root_of
from shared.projecting.past import Past
from shared.projecting.slices import Slice, slices_sql
from tests.conftest import NewLog, uri_of

STREAM = "log_source_stream_version_key"
ASKED: dict[str, tuple[str, type[Any], Sequence[Slice], set[str]]] = {
    "an issue": ("intake", Ledger, Ledger.behind("i"), {STREAM}),
    "a ledger": ("intake", Ledger, Ledger.behind_list({"community": "yaopo"}), {"log_community"}),
    "counts": ("intake", Counts, Counts.behind("yaopo"), {"log_community"}),
    "a story": (
        "portal",
        Stories,
        Stories.behind("i"),
        {"log_correlation", "log_intake_issue_merged_into", "log_intake_problem_list_drawn_up_issues"},
    ),
    "stories": (
        "portal",
        Stories,
        Stories.behind_list({"community": "yaopo"}),
        {"log_community", "log_intake_issue_merged_into", "log_intake_problem_list_drawn_up_issues"},
    ),
    "a unit's orders": (
        "partner",
        WorkOrders,
        WorkOrders.behind_list({"unit": ("power", "bus")}),
        {"log_partner_work_order_issued_unit", STREAM},
    ),
    "an inbox": (
        "notify",
        Inboxes,
        Inboxes.behind_list({"inbox": ("person/somebody", "unit/power", "secretary/yaopo")}),
        {"log_notify_message_queued_recipient_person", "log_notify_message_queued_recipient_unit", STREAM},
    ),
    "somebody's claims": ("volunteer", Claims, Claims.behind_list({"by": "i"}), {"log_volunteer_wish_claimed_by"}),
    "a building": ("directory", Buildings, Buildings.behind("yaopo/ruyi-1"), {STREAM}),
    "contracts": (
        "directory",
        Contracts,
        Contracts.behind_list({"community": "yaopo"}),
        {"log_directory_building_contracted_community", STREAM},
    ),
    "a sub-district": (
        "directory",
        SubDistricts,
        SubDistricts.behind("shangzhan"),
        {"log_directory_community_opened_sub_district", STREAM},
    ),
    "its communities": (
        "directory",
        Communities,
        Communities.behind_list({"sub_district": "shangzhan"}),
        {"log_directory_community_opened_sub_district", STREAM},
    ),
}


async def installed(log: Log, views: Sequence[type[View]]) -> Connection:
    """The owner's connection, after it has made the indexes that the views ask for."""
    owner = await asyncpg.connect(uri_of(log))
    await install_finds(views)(owner, "")
    return owner


TYPES = sorted({one for service in SERVICES.values() for view in service.views for one in view.wanted})
FULL = """
insert into log (event_id, source, stream, version, type, schema, data, metadata, community, occurred_at)
select gen_random_uuid(), ($1::text[])[1 + n % cardinality($1)], 'kind-' || n / 8, n,
       ($2::text[])[1 + n % cardinality($1)], 1,
       json_build_object('unit', v, 'claim', v, 'by', v, 'community', v, 'sub_district', v, 'into', v,
                         'issues', json_build_array(v), 'recipient', json_build_object('person', v, 'unit', v)),
       json_build_object('correlation', v), 'c' || n % 500, now()
from generate_series(1, 40000) n, lateral (select md5(n::text) as v) as said
"""


async def test_all_are_found_by_their_indexes_in_a_log_that_holds_much_else(new_log: NewLog) -> None:
    log = await new_log("all")
    owner = await installed(log, [view for service in SERVICES.values() for view in service.views])
    await owner.fetch(FULL, [source for source, _ in TYPES], [name for _, name in TYPES])
    await owner.execute("analyze log")
    for asked, (service, view, slices, indexes) in ASKED.items():
        sql, values = slices_sql(slices, root_of(view).wanted, SERVICES[service].kinds, 40_000)
        plan = "\n".join(row[0] for row in await owner.fetch(f"explain {sql}", *values))
        assert {one for one in indexes if f"{one} " not in plan} == set(), (asked, plan)
        assert "Seq Scan" not in plan, (asked, plan)
    await owner.close()


@pytest.mark.parametrize(
    "said",
    {
        one: None
        for service in SERVICES.values()
        for view in service.views
        for one in view.finds
        if isinstance(one, Said)
    },
    ids=lambda said: said.index.split()[5],
)
def test_every_published_version_says_what_it_is_found_by(said: Said) -> None:
    for event in said.events:
        versions = sorted(Path(f"docs/reference/contracts/{event.service}").glob(f"{event.event_name}.v*.json"))
        assert versions
        for version in versions:
            assert says(orjson.loads(version.read_bytes()), said.path), version


def says(schema: dict[str, Any], path: tuple[str, ...]) -> bool:
    kinds = schema.get("oneOf") or schema.get("anyOf") or [schema]
    return not path or any(
        path[0] in one.get("properties", {}) and says(one["properties"][path[0]], path[1:]) for one in kinds
    )


async def test_an_event_that_postgresql_cant_take_apart_goes_in_and_is_told(new_log: NewLog) -> None:
    log = await new_log("portal")
    await (await installed(log, [Stories])).close()
    issue, into = "0192f000-0000-7000-8000-000000000001", "0192f000-0000-7000-8000-000000000002"
    for version, (name, data) in enumerate(
        {"issue-raised": r'{"more":"\u0000",%s}', "issue-merged": r'{"more":"\u0000",%s}'}.items(), 1
    ):
        said = {
            "issue-raised": f'"community":"yaopo","by":"{issue}","channel":"web","text":"灯","where":{{}}',
            "issue-merged": f'"by":"{issue}","into":"{into}"',
        }[name]
        await log.pool.execute(
            "insert into log (event_id, source, stream, version, type, schema, data, metadata, community, occurred_at,"
            " recorded_at) values (gen_random_uuid(), 'intake', $1, $2, $3, $4, $5::json, $6::json, 'yaopo', now(),"
            " recorded_now())",
            f"issue-{issue}",
            version,
            name,
            3 - version,
            data % said,
            f'{{"correlation":"{issue}"}}',
        )
    at = await log.pool.fetchval("select max(recorded_at) from log")
    told = await Past(log, SERVICES["portal"].kinds).get(Stories, issue, at, lambda _: True)
    assert [step["event"] for step in orjson.loads(told or b"")["steps"]] == ["issue-raised", "issue-merged"]
