"""Run endpoints."""

from typing import ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from ingestion import runs
from ingestion.api.filters import RunFilter
from ingestion.api.serializers import NewRunSerializer, RunDetailSerializer, RunSerializer
from ingestion.errors import AlreadyRunningError, IngestionError, NoProvidersError
from ingestion.models import Run, RunStatus, Trigger
from ingestion.tasks import enqueue


class Conflict(APIException):
    """409: what was asked for contradicts what is going on."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"

    def __init__(self, error: IngestionError) -> None:
        """Word the error with what to do."""
        super().__init__(f"{error}. {error.hint}", error.code)


class RunListView(ListAPIView[Run]):
    """Runs, newest first."""

    serializer_class = RunSerializer
    filterset_class = RunFilter
    write_permissions: ClassVar = {"POST": "ingestion.add_run"}

    def get_queryset(self) -> QuerySet[Run]:
        """Return every run."""
        return Run.objects.order_by("-started_at", "-id")

    @extend_schema(
        request=NewRunSerializer,
        responses={
            202: RunDetailSerializer,
            409: OpenApiResponse(description="One of them is being read, or there is none."),
        },
    )
    def post(self, request: Request) -> Response:
        """Start a run now over the named providers, or over all that are enabled.

        409 when one of them is being read already: nothing is started then.
        """
        asked = NewRunSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        providers = asked.validated_data.get("providers") or runs.fetched_providers()
        runs.reap()
        try:
            run = runs.create_run(trigger=Trigger.API, providers=providers, now=timezone.now())
        except (AlreadyRunningError, NoProvidersError) as error:
            raise Conflict(error) from error
        enqueue(run)
        return Response(RunDetailSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class RunDetailView(RetrieveAPIView[Run]):
    """One run with its provider runs."""

    queryset = Run.objects.all()
    serializer_class = RunDetailSerializer


class StatusView(ListAPIView[Run]):
    """Runs with one status; 404 for a status that does not exist."""

    serializer_class = RunSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Run]:
        """Return the runs, newest first."""
        wanted = str(self.kwargs["status"]).capitalize()
        if wanted not in RunStatus.values:
            known = ", ".join(RunStatus.values)
            raise NotFound(f"There is no status {self.kwargs['status'][:20]!r}; there are {known}.")
        return Run.objects.filter(status=wanted).order_by("-started_at", "-id")
