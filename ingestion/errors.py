"""What can go wrong while prices are read. The error carries the policy, the runner obeys.

IngestionError
├── FetchError                    no usable answer
│   ├── AddressNotAllowedError    the address guard refused
│   ├── ConnectError              name, connection or TLS
│   ├── FetchTimeoutError         the deadline passed
│   ├── BodyTooLargeError
│   ├── RateLimitedError          429 or 503 with Retry-After
│   └── HttpStatusError           any other status that is not a success
├── ContentError                  an answer that cannot be read
│   └── BlockedError              a captcha or queue instead of the page
├── SuspiciousDropError           far fewer offers than last time
├── PageBlockedError              a robot check instead of the page
├── NothingFoundError             the answer was read and holds no offer
├── LeaseLostError                this process no longer holds the provider run
├── StoppedError                  shut down, or the run's deadline
├── AlreadyRunningError           a provider is being read already
├── NoProvidersError              there is nothing to read
└── ProviderNotReadableError      a provider that was asked for by name cannot be read
    ├── UnknownProviderError      there is none of that name
    ├── PushedProviderError       its prices are pushed by others
    └── DisabledProviderError     it is disabled
"""

from typing import ClassVar


class IngestionError(Exception):
    """A provider could not be read. Never a bug in PriceStream itself.

    `code` is stable and documented in `docs/operations.md`; `retryable` says that the same
    request may work a little later; `hint` tells an operator what to do.
    """

    code: ClassVar[str] = "ingestion"
    retryable: ClassVar[bool] = False
    hint: ClassVar[str] = ""


class FetchError(IngestionError):
    """The provider gave no usable answer."""

    code = "fetch"


class AddressNotAllowedError(FetchError):
    """The URL, or where it leads, is not an address that may be fetched."""

    code = "address_not_allowed"
    hint = (
        "Use a public http(s) address, or let the operator name the network in "
        "PRICESTREAM_ALLOW_PRIVATE_NETWORKS."
    )


class ConnectError(FetchError):
    """The server could not be reached: name, connection or TLS."""

    code = "connect"
    retryable = True
    hint = "Check that the address is right and the server is up."


class FetchTimeoutError(FetchError):
    """The server did not answer in full within the deadline."""

    code = "timeout"
    retryable = True
    hint = "The server is slow or hanging. Its prices are kept; the next run tries again."


class BodyTooLargeError(FetchError):
    """The answer is larger than the limit, once decoded."""

    code = "too_large"
    hint = "The answer is larger than any catalogue page should be. Check the address."


class HttpStatusError(FetchError):
    """The server answered with a status that is not a success."""

    code = "http_status"
    hint = "Open the address in a browser: it may have moved, or want a sign-in."

    def __init__(self, status: int) -> None:
        """Keep the status: the runner retries only some of them."""
        super().__init__(f"the server answered {status}")
        self.status = status


class ServerBusyError(HttpStatusError):
    """A status that may pass by itself (408, 425, 500, 502, 503, 504)."""

    code = "server_error"
    retryable = True
    hint = "The server has trouble of its own. Its prices are kept; the next run tries again."


class RateLimitedError(HttpStatusError):
    """The server asks to slow down. `retry_after_s` is what it asked for, if it did."""

    code = "rate_limited"
    retryable = True
    hint = "The shop asks to be read less often. Give the provider a longer interval."

    def __init__(self, status: int, retry_after_s: float | None = None) -> None:
        """Keep the wait that the server asked for, in seconds."""
        super().__init__(status)
        self.retry_after_s = retry_after_s


class ContentError(IngestionError):
    """The answer is not what this kind of provider sends."""

    code = "unexpected_content"
    hint = "Run `manage.py provider check` on the address: the provider may be of another kind."


class BlockedError(ContentError):
    """A check of robots came instead of the page: a captcha, a queue, a challenge."""

    code = "blocked"
    hint = (
        "The shop keeps automatic readers out. Read it less often, or use its feed or its API"
        " if it has one."
    )


class NothingFoundError(IngestionError):
    """The answer was read, and holds no offer with a price."""

    code = "nothing_found"
    hint = "Run `manage.py provider check` on the address to see what was found."


class SuspiciousDropError(IngestionError):
    """Far fewer offers than last time; nothing is taken for gone."""

    code = "suspicious_drop"
    hint = "If the shop really shrank, run it again with `ingest SLUG --accept-drop`."


class LeaseLostError(IngestionError):
    """Another process decided that this one was dead; it must write nothing more."""

    code = "lease_expired"
    hint = "The process was stopped or starved of time. The next run goes on."


class StoppedError(IngestionError):
    """The run ended before this provider did."""

    code = "shutdown"
    hint = "PriceStream was stopped. The next run goes on."


class DeadlineError(StoppedError):
    """The run's time was up."""

    code = "deadline"
    hint = "The provider needs longer than a run may take. Raise its interval or split it."


class AlreadyRunningError(IngestionError):
    """A provider that a run was asked for is being read already."""

    code = "already_running"
    hint = "Wait until the running run has ended."

    def __init__(self, slugs: list[str]) -> None:
        """Keep the slugs of the providers that are busy."""
        super().__init__(f"already being read: {', '.join(slugs)}")
        self.slugs = slugs


class NoProvidersError(IngestionError):
    """A run was asked for, and there is nothing to read."""

    code = "no_providers"
    hint = "Add one with `manage.py provider add URL`, or enable one."


class ProviderNotReadableError(IngestionError):
    """A provider that was asked for by name cannot be read."""

    code = "not_readable"


class UnknownProviderError(ProviderNotReadableError):
    """There is no provider of that name."""

    code = "unknown_provider"
    hint = "`manage.py provider list` shows all of them."

    def __init__(self, slugs: list[str], close: list[str]) -> None:
        """Keep the unknown slugs, and name existing ones that look like them."""
        meant = f" (did you mean {', '.join(close)}?)" if close else ""
        super().__init__(f"there is no provider {', '.join(slugs)}{meant}")
        self.slugs = slugs


class PushedProviderError(ProviderNotReadableError):
    """Its prices are pushed by others."""

    code = "pushed_provider"
    hint = "Nothing is fetched for it: others send its prices with `track`."


class DisabledProviderError(ProviderNotReadableError):
    """It is disabled."""

    code = "disabled_provider"
    hint = "Enable it first: `manage.py provider enable SLUG`."


def hints(*families: type[IngestionError]) -> dict[str, str]:
    """Return for each code of these kinds of error, or of all, what an operator can do."""
    found: dict[str, str] = {}
    kinds: list[type[IngestionError]] = list(families) or [IngestionError]
    while kinds:
        kind = kinds.pop()
        found[kind.code] = kind.hint
        kinds += kind.__subclasses__()
    return found
