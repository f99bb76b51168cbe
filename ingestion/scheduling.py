"""When a provider is read next. Pure."""

from datetime import datetime, timedelta


def next_slot(due_at: datetime | None, interval: timedelta, *, now: datetime) -> datetime:
    """Return the first slot after `now`, on the grid that `due_at` began.

    Slots that were missed are not made up for, and a late run does not shift the next.
    """
    if due_at is None or due_at > now + interval:
        return now + interval
    missed = (now - due_at) // interval if now >= due_at else -1
    return due_at + interval * (missed + 1)
