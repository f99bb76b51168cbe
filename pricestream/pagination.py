"""Paging of the list endpoints."""

import re
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request


class Pages(PageNumberPagination):
    """`?page=2&page_size=50`: count, next, previous, results. More than 100 a page are 100."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 100
    invalid_page_message = "There is no page {page_number!r}."

    def get_page_size(self, request: Request) -> int:
        """Return how many rows a page has.

        Raises:
            ValidationError: what was asked for is no number above zero.
        """
        asked = request.query_params.get(self.page_size_query_param) or str(self.page_size)
        if not re.fullmatch("[1-9][0-9]{0,8}", asked, re.ASCII):
            raise ValidationError({"page_size": ["A whole number from 1 to 100."]})
        return min(int(asked), self.max_page_size)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters for the schema: both are numbers from one on."""
        parameters = super().get_schema_operation_parameters(view)
        return [{**one, "schema": {**one["schema"], "minimum": 1}} for one in parameters]
