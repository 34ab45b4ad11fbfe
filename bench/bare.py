"""What our endpoint is held against: a bare FastAPI route that INSERTs with asyncpg, and nothing else."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel

from bench.appending import INSERT
from bench.logs import AT


class Where(BaseModel):
    """The spot."""

    place: str | None = None
    detail: str | None = None


class Issue(BaseModel):
    """The same body that ours takes."""

    community: str
    channel: str
    text: str
    where: Where = Where()
    by: UUID | None = None


class Accepted(BaseModel):
    """The same answer that ours gives."""

    id: str
    version: int
    position: int


@asynccontextmanager
async def pooled(app: FastAPI) -> AsyncGenerator[None]:
    """asyncpg's pool as its documentation opens it, with as many connections as ours."""
    async with asyncpg.create_pool(os.environ["BARE_POSTGRES"], min_size=20, max_size=20) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=pooled)
STATEMENT = f"{INSERT} returning position"


@app.post("/issues", status_code=202)
async def raise_issue(issue: Issue) -> Accepted:
    """One INSERT a request."""
    pool: Any = app.state.pool
    id = uuid4()
    data = issue.model_dump_json()
    position = await pool.fetchval(STATEMENT, id, f"issue-{id}", 1, "issue-raised", 2, data, "{}", issue.community, AT)
    return Accepted(id=str(id), version=1, position=position)
