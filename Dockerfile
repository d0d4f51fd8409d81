# The image of the agents that run by rules alone, and of the operator's command (`python -m agents.<name>`, `irops ...`).
# Build argument EXTRAS: what else the image can do, e.g. --build-arg EXTRAS="models channels"; see pyproject.toml.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python3 -m venv /opt/irops
COPY requirements.lock ./
# The lock's first section is for everyone.
RUN sed '1,/^# For everyone/d; /^# For /,$d' requirements.lock >everyone.lock \
 && /opt/irops/bin/pip install --quiet --require-hashes --no-deps -r everyone.lock
COPY . /app
# A container may write nowhere, so bytecode is made here.
RUN /opt/irops/bin/python -m compileall -q /app \
 && printf '#!/bin/sh\nexec /opt/irops/bin/python -m irops "$@"\n' >/opt/irops/bin/irops \
 && chmod 755 /opt/irops/bin/irops

# The sections that name one of the extras, in a layer of their own, so that all images share the one below it.
FROM build AS extras
ARG EXTRAS=""
RUN awk -v extras="$EXTRAS" \
        'BEGIN { split(extras, wanted, " ") } \
         /^# For / { take = 0; for (each in wanted) if ($0 ~ "[ ,]" wanted[each] "(,|$)") take = 1 } \
         take' requirements.lock >extras.lock \
 && mkdir /opt/extras \
 && /opt/irops/bin/pip install --quiet --require-hashes --no-deps --target /opt/extras -r extras.lock

FROM python:3.13-slim
RUN useradd --uid 10001 --user-group --create-home --home-dir /var/lib/irops irops
COPY --from=build /opt/irops /opt/irops
COPY --from=build /app /app
COPY --from=extras /opt/extras /opt/extras
# The notifier's letters and a replay's report go to the home folder: a volume mounted there belongs to the user.
ENV PATH=/opt/irops/bin:$PATH \
    PYTHONPATH=/app:/opt/extras \
    PYTHONUNBUFFERED=1 \
    IROPS_LOG=json \
    IROPS_NOTIFIER_MAILDIR=/var/lib/irops/maildir
WORKDIR /var/lib/irops
USER irops
STOPSIGNAL SIGTERM
CMD ["irops", "--help"]
