"""The command line: `shangliang --help`."""

from shangliang.commands import app

if __name__ == "__main__":
    app()
