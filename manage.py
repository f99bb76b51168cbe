#!/usr/bin/env python
"""PriceStream's command line."""

import os
import sys


def main() -> None:
    """Run one command; a wrong setting ends it with one line, not a stack trace."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pricestream.settings")
    from django.core.management import execute_from_command_line

    from pricestream.config import SettingError

    try:
        execute_from_command_line(sys.argv)
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
