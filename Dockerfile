# PriceStream in one container: web, API, scheduler and workers. docs/deployment.md says how to run it.

# A patch release, so that a build is repeatable; raise it for security fixes of Python.
ARG PYTHON_IMAGE=python:3.13.9-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt /
RUN python -m venv /venv && /venv/bin/pip install -r /requirements.txt

FROM ${PYTHON_IMAGE}
# A fixed number, so that the owner of the data is the same in every build.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin pricestream \
    && install -d -o pricestream -g pricestream -m 0700 /data
COPY --from=build /venv /venv
COPY . /app
WORKDIR /app
# The root may be read-only: what is compiled is compiled now, what is written goes to /data and /tmp.
RUN /venv/bin/python -m compileall -q /app
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PRICESTREAM_DATA_DIR=/data \
    BIND=0.0.0.0
USER pricestream
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=60s --timeout=15s --start-period=120s --retries=3 \
    CMD ["python", "manage.py", "healthcheck"]
CMD ["python", "manage.py", "serve", "--setup"]
