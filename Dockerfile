ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.1@sha256:a268b44c733ae699a60f5fbc06a324945dba98945c6e2ab7f8609f2f895b0d28
FROM ${BASE_IMAGE} AS build

WORKDIR /build
RUN python -m venv tools && python -m venv --without-pip /opt/source-clockify
COPY requirements requirements
RUN tools/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements/build.txt \
 && tools/bin/pip --python /opt/source-clockify install --no-cache-dir --no-deps --require-hashes -r requirements/main.txt \
 && tools/bin/pip --python /opt/source-clockify uninstall --yes --requirement requirements/not-in-image.txt
COPY pyproject.toml README.md LICENSE ./
COPY source_clockify source_clockify
# pip compiles the bytecode here: the connector runs without the right to write any, and would start a second later.
RUN tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && tools/bin/pip --python /opt/source-clockify install --no-cache-dir --no-deps dist/*.whl

FROM ${BASE_IMAGE}

ARG VERSION=0.2.0
LABEL io.airbyte.name=source-clockify \
      io.airbyte.version=${VERSION} \
      org.opencontainers.image.title=source-clockify \
      org.opencontainers.image.description="Airbyte source connector for Clockify" \
      org.opencontainers.image.version=${VERSION} \
      org.opencontainers.image.licenses=MIT

COPY --from=build /opt/source-clockify /opt/source-clockify

# airbyte, by its number: Kubernetes then sees by itself that it is not root.
USER 1000
# The CDK makes a temporary directory for each command: there is a /dev/shm where the root is read-only and nothing is at /tmp, too.
ENV AIRBYTE_ENTRYPOINT=/opt/source-clockify/bin/source-clockify TMPDIR=/dev/shm
# The console script itself, with no shell around it: a SIGTERM reaches Python.
ENTRYPOINT ["/opt/source-clockify/bin/source-clockify"]
