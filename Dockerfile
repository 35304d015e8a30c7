# Footnote in a container: two steps, so that what builds is not in what runs.
# Nothing is fetched when it runs; the models are in the package.

FROM python:3.13-slim AS build
RUN python -m venv /opt/footnote
COPY ops/requirements.lock /src/ops/
RUN /opt/footnote/bin/pip install --no-cache-dir --require-hashes -r /src/ops/requirements.lock
COPY . /src/
RUN /opt/footnote/bin/pip install --no-cache-dir --no-deps /src \
    && /opt/footnote/bin/python -m compileall -q /opt/footnote/lib

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin footnote \
    && install --directory --owner footnote --group footnote /data
COPY --from=build /opt/footnote /opt/footnote
# What is kept is in /data, and only there: the rest may be read-only, with a tmpfs at /tmp.
ENV PATH=/opt/footnote/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    FOOTNOTE_DATA_DIR=/data \
    FOOTNOTE_LOG_FORMAT=json \
    FOOTNOTE_MONITOR_PORT=9464
USER footnote
WORKDIR /data
VOLUME /data
# Answers under way are given before it stops, which takes less than 10 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9464/healthz', timeout=8)"]
ENTRYPOINT ["footnote"]
CMD ["run"]
