#!/usr/bin/env python
"""Django's command line. Reads var/environment (written by `make run`) first, so that a trial needs no exported settings."""

import os
import sys
from pathlib import Path

TRIAL = Path(__file__).parent / "var" / "environment"


def main() -> None:
    if TRIAL.exists() and "SECRET_KEY" not in os.environ:
        for line in TRIAL.read_text().splitlines():
            name, _, value = line.partition("=")
            os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opplan.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
