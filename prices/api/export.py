"""Export endpoints: streamed, in constant memory."""

from collections.abc import Callable, Iterator
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView

from prices.errors import UnknownError
from prices.selectors.platforms import known_platform
from prices.services.export import as_csv, as_jsonl

PARAMETERS = [OpenApiParameter("platform", description="Only this provider's prices (a slug).")]
UNKNOWN = OpenApiResponse(description="There is no such platform.")


class _ExportView(APIView):
    lines: Callable[[str], Iterator[str]]
    media_type: str
    filename: str

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Let the address name the format, whatever the Accept header says."""
        return super().perform_content_negotiation(request, force=True)

    def stream(self, request: Request) -> StreamingHttpResponse:
        """Return every price, line by line."""
        platform = request.query_params.get("platform", "")
        try:
            chosen = known_platform(platform) if platform else ""
        except UnknownError as error:
            raise NotFound(str(error)) from error
        return StreamingHttpResponse(
            type(self).lines(chosen) if request.method == "GET" else iter(()),
            content_type=self.media_type,
            headers={"Content-Disposition": f'attachment; filename="{self.filename}"'},
        )


class CsvExportView(_ExportView):
    """Every price as CSV."""

    lines = staticmethod(as_csv)
    media_type = "text/csv; charset=utf-8"
    filename = "prices.csv"

    @extend_schema(
        parameters=PARAMETERS, responses={(200, "text/csv"): OpenApiTypes.STR, 404: UNKNOWN}
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Return every price as CSV (RFC 4180)."""
        return self.stream(request)


class JsonLinesExportView(_ExportView):
    """Every price as JSON Lines."""

    lines = staticmethod(as_jsonl)
    media_type = "application/x-ndjson; charset=utf-8"
    filename = "prices.jsonl"

    @extend_schema(
        parameters=PARAMETERS,
        responses={(200, "application/x-ndjson"): OpenApiTypes.STR, 404: UNKNOWN},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Return every price as JSON Lines."""
        return self.stream(request)
