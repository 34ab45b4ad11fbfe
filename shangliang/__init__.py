"""The command line, the servers it brings along, and the replayer."""

__version__ = "0.1.0"
