# syntax=docker/dockerfile:1
# One image for the API, the workers and the migrations: `serve` (default), `worker`, `migrate`, `reindex` and so on.
# The models come with the locked packages, so nothing is downloaded when it runs.

FROM python:3.11.14-slim-bookworm AS build

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ONLY_BINARY=:all:
RUN python -m venv /opt/palimpsest && python -m venv /opt/build
WORKDIR /src

# The packages first: they change less often than the code. Each has to match its hash, and none is compiled here.
COPY requirements.lock ./
RUN /opt/palimpsest/bin/pip install --require-hashes -r requirements.lock

COPY requirements-dev.lock ./
RUN sed -nE '/^(hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/,/# via/p' \
      requirements-dev.lock > build.lock \
    && /opt/build/bin/pip install --require-hashes -r build.lock

COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY migrations migrations
RUN /opt/build/bin/python -m hatchling build -t wheel -d dist \
    && /opt/palimpsest/bin/pip install --no-deps --no-index dist/*.whl \
    && /opt/palimpsest/bin/pip uninstall --yes pip


FROM python:3.11.14-slim-bookworm

LABEL org.opencontainers.image.title="Palimpsest" \
      org.opencontainers.image.description="Memory as a service" \
      org.opencontainers.image.licenses="Apache-2.0"

# Only /data (the embedded stores, where they are used) and /tmp are written to; the rest may be read-only.
RUN groupadd --gid 10001 palimpsest \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin palimpsest \
    && install -d -o palimpsest -g palimpsest /data
COPY --from=build /opt/palimpsest /opt/palimpsest

ENV PATH=/opt/palimpsest/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data \
    LOG_FORMAT=json
WORKDIR /data
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8000

HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/health/live', timeout=4)"]

STOPSIGNAL SIGTERM
ENTRYPOINT ["palimpsest"]
CMD ["serve"]
