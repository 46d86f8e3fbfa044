# The one image of Bellows: operator, drivers, executors and workers differ only in the file they run.
ARG BASE=node:26-bookworm-slim
FROM ${BASE}
ENV NODE_ENV=production
# A name for the user, which os.userInfo() and tools of the image insist on; /tmp is all that it may write.
RUN echo 'bellows:x:10001:10001:Bellows:/tmp:/usr/sbin/nologin' >> /etc/passwd
ENV HOME=/tmp
WORKDIR /opt/bellows
# What changes least comes first, so that a change in src/ moves one small layer.
COPY package.json package-lock.json ./
COPY node_modules/ node_modules/
COPY crds/ crds/
COPY src/ src/
# Compiled once here, not at each start of a driver.
RUN node src/main/warm-compile-cache.ts
USER 10001:10001
ENTRYPOINT ["node"]
