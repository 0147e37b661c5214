# Two stages: the first installs the locked dependencies, the second holds them and the code.
#
# Python 3.13: the code runs on 3.11 and newer and is written for 3.11; of the versions that all
# locked dependencies have wheels for, this one gets security fixes for longest.

FROM python:3.13-slim AS builder

WORKDIR /build
COPY requirements.lock ./
# Wheels only: a package without one stops the build here, instead of asking for a compiler.
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --require-hashes -r requirements.lock


FROM python:3.13-slim

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PARTNERGRAPH_DATA_DIR=/data \
    PARTNERGRAPH_HOST=0.0.0.0 \
    PARTNERGRAPH_PORT=8000

# The service owns its data and nothing else: the code belongs to root.
RUN groupadd --gid 10001 partnergraph \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin partnergraph \
    && install -d -o partnergraph -g partnergraph -m 0750 /data

WORKDIR /srv/partnergraph
COPY --from=builder /opt/venv /opt/venv
COPY LICENSE ./
COPY app/ app/
COPY schema/ schema/
COPY resolvers/ resolvers/
# Compiled once here, as the service may not write here. `--help` imports all of it: a package or
# file that is missing stops the build.
RUN python -m compileall -q app schema resolvers && python -m app --help >/dev/null

USER 10001:10001
VOLUME /data
EXPOSE 8000

# Ready means that a transaction went through; it may take 5 seconds to say no. The start period is
# for a demo that is loading.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os, sys; c = h.HTTPConnection('127.0.0.1', int(os.environ['PARTNERGRAPH_PORT']), timeout=8); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)"]

# `docker run IMAGE` serves; `docker run IMAGE migrate`, `docker run IMAGE keys list` and so on are
# the other commands. Serving never migrates: docs/adr/0017 says why.
ENTRYPOINT ["python", "-m", "app"]
CMD ["serve"]
