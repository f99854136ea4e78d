# The gateway's image: one binary, the shared C libraries it needs, certificates. No shell, no package manager, no root.
#
#   docker build --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) --build-arg REVISION=$(git rev-parse HEAD) \
#     --build-arg DEBIAN_SNAPSHOT=20260901T000000Z --tag release-gateway:0.1.0 .
#   docker build --target symbols --output symbols .     # release-gateway.debug, for debuggers
#   docker build --target sbom --output sbom .           # sbom.spdx.json
#
# Written for amd64 and arm64; `make image-check` says what it proved on the machine it ran on. Pin the two base images by
# digest (`…@sha256:…`) and DEBIAN_SNAPSHOT by time where the same image is to come out again.

# Debian 12 with Swift 6.3.
ARG BUILD_IMAGE=docker.io/library/swift:6.3.1-bookworm
# Any image with Debian 12's libraries, or none.
ARG RUNTIME_IMAGE=scratch

# What is built with changes seldom: a layer of its own, before the sources.
FROM ${BUILD_IMAGE} AS dependencies
ARG SOURCE=/source
# Of snapshot.debian.org: exact versions of all packages. Empty: the newest.
ARG DEBIAN_SNAPSHOT=
WORKDIR ${SOURCE}
COPY Scripts/install Scripts/install
RUN if [ -n "$DEBIAN_SNAPSHOT" ]; then \
      rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* && \
      printf 'deb [check-valid-until=no] http://snapshot.debian.org/archive/%s/%s %s main\n' \
        debian "$DEBIAN_SNAPSHOT" bookworm debian "$DEBIAN_SNAPSHOT" bookworm-updates \
        debian-security "$DEBIAN_SNAPSHOT" bookworm-security >/etc/apt/sources.list; \
    fi && \
    Scripts/install binutils ca-certificates
# Our dependencies are named with exact versions; these are those of what they depend on.
COPY Package.swift ./
COPY Scripts/image-pins.json Package.resolved
RUN swift package resolve

FROM dependencies AS build
ARG SOURCE_DATE_EPOCH=0
COPY . .
RUN swift build --configuration release --static-swift-stdlib --force-resolved-versions --product release-gateway
RUN SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH Scripts/image-root .build/release /image

FROM scratch AS symbols
COPY --from=build /image/release-gateway.debug /

FROM scratch AS sbom
COPY --from=build /image/sbom.spdx.json /

FROM ${RUNTIME_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="release-gateway" \
      org.opencontainers.image.description="One truthful list of every Helm release on every CCE cluster" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.documentation="README.md"
COPY --from=build /image/root/ /
# A crash is reported without registers and memory, which may hold keys; core dumps are switched off by the program.
ENV SWIFT_BACKTRACE=enable=yes,registers=none,images=none,threads=crashed,interactive=no,color=no,symbolicate=fast,swift-backtrace=/usr/libexec/swift/linux/swift-backtrace-static
USER 65532:65532
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
# /livez on the configuration's admin listener, asked by the binary: there is nothing else here to ask with.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["/usr/bin/release-gateway", "healthcheck"]
ENTRYPOINT ["/usr/bin/release-gateway"]
CMD ["serve"]
