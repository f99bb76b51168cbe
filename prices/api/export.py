"""Export endpoints: streamed, in constant memory."""

from collections.abc import Callable, Iterator

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from prices.services.export import as_csv, as_jsonl

PARAMETERS = [OpenApiParameter("platform", description="Only this provider's prices.")]


class _AsNamed(BaseContentNegotiation):
    """The address names the format, whatever the Accept header says."""

    def select_renderer(self, request, renderers, format_suffix=None):  # type: ignore[no-untyped-def]
        return renderers[0], renderers[0].media_type

    def select_parser(self, request, parsers):  # type: ignore[no-untyped-def]
        return parsers[0]


class _ExportView(APIView):
    content_negotiation_class = _AsNamed
    lines: Callable[[str], Iterator[str]]
    media_type: str
    filename: str

    def stream(self, request: Request) -> StreamingHttpResponse:
        """Return every price, line by line."""
        platform = request.query_params.get("platform", "")[:64]
        return StreamingHttpResponse(
            type(self).lines(platform),
            content_type=self.media_type,
            headers={"Content-Disposition": f'attachment; filename="{self.filename}"'},
        )


class CsvExportView(_ExportView):
    """Every price as CSV."""

    lines = staticmethod(as_csv)
    media_type = "text/csv; charset=utf-8"
    filename = "prices.csv"

    @extend_schema(parameters=PARAMETERS, responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request) -> StreamingHttpResponse:
        """Return every price as CSV (RFC 4180)."""
        return self.stream(request)


class JsonLinesExportView(_ExportView):
    """Every price as JSON Lines."""

    lines = staticmethod(as_jsonl)
    media_type = "application/x-ndjson; charset=utf-8"
    filename = "prices.jsonl"

    @extend_schema(
        parameters=PARAMETERS, responses={(200, "application/x-ndjson"): OpenApiTypes.STR}
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Return every price as JSON Lines."""
        return self.stream(request)
