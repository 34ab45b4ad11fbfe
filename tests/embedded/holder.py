"""A process that holds the embedded servers until its input ends: `python -m tests.embedded.holder FOLDER`."""

import sys
from pathlib import Path

from shangliang.embedded import servers

if __name__ == "__main__":
    with servers(Path(sys.argv[1])) as running:
        sys.stdout.write(f"{running.postgres_server.pid} {running.kafka_server.pid} {running.postgres}\n")
        sys.stdout.flush()
        sys.stdin.read()
