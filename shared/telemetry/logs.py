"""Logs: one JSON object a line on standard error, with the trace's id, and never what somebody wrote."""

import logging
import sys
import traceback
from collections.abc import Iterator
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor

from shared.telemetry.traces import current_trace_id


def start_logs(*, human: bool, level: str = "info") -> None:
    """Logs what is as bad as `level` or worse, as JSON lines or for a developer's eyes; what libraries log, from
    warnings on."""
    least = logging.getLevelNamesMapping()[level.upper()]
    renderer: Processor = structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer()
    said: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_trace,
        _where_it_broke,
    ]
    structlog.configure(
        processors=[*said, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _first_line, *said],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=max(least, logging.WARNING), handlers=[libraries], force=True)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # says once a second that Kafka is away: the relay says so


def _with_trace(_: Any, __: str, said: EventDict) -> EventDict:
    if trace_id := current_trace_id():
        said["trace_id"] = trace_id
    return said


def _first_line(_: Any, __: str, said: EventDict) -> EventDict:
    """asyncio, of a task that failed, says in the second line what its exception says."""
    said["event"] = str(said["event"]).strip().partition("\n")[0]
    return said


def _where_it_broke(_: Any, __: str, said: EventDict) -> EventDict:
    """An exception as its types and lines of code: what it says may hold what somebody wrote, PostgreSQL's `Failing row
    contains (…)` above all."""
    error = said.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        _, error, _ = cast("tuple[Any, BaseException | None, Any]", error)
    if isinstance(error, BaseException):
        said["exception"] = "\n".join(_told(error))
    return said


def _told(error: BaseException) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        yield from _told(earlier)
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"{frame.filename}:{frame.lineno} {frame.name}"
    state = getattr(error, "sqlstate", None)
    yield f"{type(error).__module__}.{type(error).__qualname__}" + (f" {state}" if state else "")
