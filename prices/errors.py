"""What can go wrong with a price.

PricesError
├── PriceUnreadableError        the text holds no usable price
│   └── PriceAmbiguousError     it could be read in more than one way
├── InvalidQuoteError           a quote breaks a rule; names the field
└── UnknownError                a platform or offer that is asked for does not exist
"""


class PricesError(Exception):
    """Base of this app's errors. `code` is stable, the text is for people."""

    code = "prices.error"


class PriceUnreadableError(PricesError):
    """The text holds no usable price."""

    code = "price_unreadable"


class PriceAmbiguousError(PriceUnreadableError):
    """The text can be read as more than one price; a locale or currency would decide."""

    code = "price_ambiguous"


class InvalidQuoteError(PricesError):
    """A quote cannot be stored. `field` names what is wrong, `code` says how."""

    def __init__(self, field: str, code: str, message: str) -> None:
        """Keep the parts apart, so that an API can name the field."""
        super().__init__(message)
        self.field = field
        self.code = code
        self.message = message


class UnknownError(PricesError):
    """Something that was asked for by name does not exist."""

    code = "not_found"
