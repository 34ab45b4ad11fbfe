"""The commands, one module a subject; every one of them takes --json."""

import typer

from shangliang.commands import contracts, demo, log, park, reference, run, tools, views

app = typer.Typer(name="shangliang", help="商量：社区议事协商。Neighbourhood deliberation.", no_args_is_help=True)
app.command("up")(run.up)
app.command("serve")(run.serve)
app.command("demo")(demo.demo)
app.command("rebuild")(views.rebuild)
app.command("lag")(views.lag)
app.command("contracts")(contracts.contracts)
app.command("reference")(reference.reference)
app.command("token")(tools.token)
app.add_typer(park.app, name="park")
app.add_typer(log.app, name="log")
