"""Kafka's jars, and the one by which it says what is wrong: from Maven Central or a mirror of it, once for a user."""

import errno
import os
import shutil
from pathlib import Path
from xml.etree import ElementTree

from shangliang.embedded.children import EmbeddedError

VERSION = "4.1.0"
KAFKA = f"org.apache.kafka:kafka_2.13:{VERSION}"
JARS = f"{KAFKA}+org.slf4j:slf4j-simple:1.7.36"


def cache() -> Path:
    """Where downloads are kept, one folder for all data folders of a user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shangliang"


def class_path() -> str:
    """The jars, fetched if they are not there. Raises EmbeddedError."""
    folder = cache() / f"kafka-{VERSION}-with-log"
    if not (folder / "complete").exists():
        _fetch(folder)
    return str(folder / "*")


def _fetch(folder: Path) -> None:
    import jgo

    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fetched = jgo.build(JARS, cache_dir=cache() / "jgo", repositories=mirror()).all_jars
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        for jar in fetched:
            shutil.copy(jar, draft)
        (draft / "complete").touch()
    except Exception as error:
        shutil.rmtree(draft, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS):
            raise EmbeddedError(
                f"Could not keep {KAFKA} in {cache()} ({os.strerror(error.errno)}): make room there, or set "
                "XDG_CACHE_HOME to another folder."
            ) from error
        raise EmbeddedError(
            f"Could not fetch {KAFKA} from Maven Central ({type(error).__name__}): check the network or the mirror in "
            "~/.m2/settings.xml and start again, or set SHANGLIANG_KAFKA to servers that exist."
        ) from error
    try:
        draft.rename(folder)  # of two that fetch at once, the second finds it done
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)


def mirror() -> dict[str, str]:
    """Where to fetch from instead of Maven Central, as Maven reads it; nothing where nothing is set."""
    settings = Path.home() / ".m2" / "settings.xml"
    if not settings.is_file():
        return {}
    for one in ElementTree.parse(settings).iterfind(".//{*}mirror"):  # noqa: S314 - the user's own file
        of = {word.strip() for word in one.findtext("{*}mirrorOf", "").split(",")}
        if of & {"central", "*", "external:*"} and "!central" not in of:
            return {"central": one.findtext("{*}url", "").strip().rstrip("/")}
    return {}
