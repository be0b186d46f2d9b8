"""`python -m integrations.sandbox`: the vendors without Django, its settings or a database."""

from __future__ import annotations

import argparse
import sys

from .server import PORTS, VENDORS, run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, shared with the management command."""
    parser.add_argument("--only", choices=sorted(VENDORS), action="append", help="serve this vendor (may be repeated)")
    parser.add_argument("--port-base", type=int, help="first port; the vendors take one each (default: 8801)")
    parser.add_argument("--data", help="folder for the records (default: SANDBOX_DATA or .data/sandbox)")
    parser.add_argument("--tls", action="store_true", help="https with a certificate made at start")
    parser.add_argument("--json", action="store_true", help="print one JSON object with addresses and credentials")


def run_with(options: dict) -> int:
    """Serve as the options say, until Ctrl-C or SIGTERM; returns the exit code."""
    base = options["port_base"] if options["port_base"] is not None else min(PORTS.values())
    # Each vendor keeps its place, so that --only gives the same port; base 0 means any free ones.
    ports = {name: base + place if base else 0 for place, name in enumerate(VENDORS)}
    return run(options["only"], options["data"], ports, options["tls"], options["json"])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox", description=__doc__)
    add_arguments(parser)
    return run_with(vars(parser.parse_args(arguments)))


if __name__ == "__main__":
    sys.exit(main())
