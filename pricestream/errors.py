"""What can go wrong when the service starts or runs, as its operator has to know it.

StartError      something that is needed to start is not there
PartDiedError   a part of the running service is gone
"""

from django.db import Error


class StartError(Exception):
    """Something that is needed to start is not there. The text says what to do."""


class PartDiedError(Exception):
    """A part of the running service is gone."""


def database_error(error: Error) -> StartError:
    """Word why the database does not answer, in one line."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return StartError(f"DATABASE_URL: the database does not answer: {reason}")
