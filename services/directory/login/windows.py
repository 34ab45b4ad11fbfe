"""Moving windows for the limits library in PostgreSQL, which it has no storage for."""

from limits.aio.storage import MovingWindowSupport, Storage

from shared.eventlog.connections import AWAY, Pool

ALONE = "select pg_advisory_xact_lock(7223, hashtext($1))"
COUNT = """
select count(*) as number, coalesce(extract(epoch from min(at)), 0)::float8 as first
from attempt where key = $1 and at > clock_timestamp() - $2 * interval '1 second'
"""
ADD = "insert into attempt (key, at) select $1, clock_timestamp() from generate_series(1, $2)"
NOW = "select extract(epoch from clock_timestamp())::float8"
OTHER = "only moving windows are kept here"


class Windows(Storage, MovingWindowSupport):
    """In the table `attempt`, by the database's clock: the same for however many processes ask."""

    STORAGE_SCHEME = None

    def __init__(self, pool: Pool):
        super().__init__()
        self._pool = pool

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return AWAY

    async def now(self) -> float:
        """Seconds since 1970."""
        return await self._pool.fetchval(NOW)

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(ALONE, key)
            [row] = await connection.fetch(COUNT, key, expiry)
            if row["number"] + amount > limit:
                return False
            await connection.execute(ADD, key, amount)
            return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        [row] = await self._pool.fetch(COUNT, key, expiry)
        return row["first"], row["number"]

    async def clear(self, key: str) -> None:
        await self._pool.execute("delete from attempt where key = $1", key)

    async def reset(self) -> int | None:
        await self._pool.execute("delete from attempt")
        return None

    async def check(self) -> bool:
        return bool(await self._pool.fetchval("select true"))

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError(OTHER)

    async def get(self, key: str) -> int:
        raise NotImplementedError(OTHER)

    async def get_expiry(self, key: str) -> float:
        raise NotImplementedError(OTHER)
