# One image for every agent (`python -m agents.<name>`) and for the operator's command (`irops ...`).

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python3 -m venv /opt/irops
COPY requirements.lock ./
# The lock's second part is for developers.
RUN sed '/^# From here on/,$d' requirements.lock >running.lock \
 && /opt/irops/bin/pip install --quiet --require-hashes --no-deps -r running.lock
COPY . /app
# What runs may write nowhere, so its bytecode is made here.
RUN /opt/irops/bin/python -m compileall -q /app \
 && printf '#!/bin/sh\nexec /opt/irops/bin/python -m irops "$@"\n' >/opt/irops/bin/irops \
 && chmod 755 /opt/irops/bin/irops

FROM python:3.13-slim
RUN useradd --uid 10001 --user-group --create-home --home-dir /var/lib/irops irops
COPY --from=build /opt/irops /opt/irops
COPY --from=build /app /app
# The notifier's messages and a replay's report go to the home folder: a volume mounted there is the user's own.
ENV PATH=/opt/irops/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    IROPS_LOG=json \
    IROPS_NOTIFIER_MAILDIR=/var/lib/irops/maildir
WORKDIR /var/lib/irops
USER irops
STOPSIGNAL SIGTERM
CMD ["irops", "--help"]
