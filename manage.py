#!/usr/bin/env python
import os
import sys

NO_DATABASE = "Postgres does not answer. Start everything with `make run` in another terminal, or set DATABASE_URL."


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mobly_sync.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as wrong:
        # Its message is for whoever sets the variable; where it was read is of no use to them.
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(wrong))
    except OperationalError as error:
        # An error without a code is no answer to a query: there is no server to ask.
        if "--traceback" in sys.argv or getattr(error.__cause__, "sqlstate", None):
            raise
        sys.exit(f"{NO_DATABASE}\n({str(error).strip().splitlines()[0]})")


if __name__ == "__main__":
    main()
