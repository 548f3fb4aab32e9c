# Hindcast as a container: built and pruned in one stage, run by an ordinary user from the other.
#
#   docker build -t hindcast .
#   docker run --rm -v "$PWD:/data" hindcast run job.yaml
#
# The exec form of ENTRYPOINT makes the program process 1, so that `docker stop` reaches it and its exit code is
# the container's: 0 done, 130/143 interrupted after a clean checkpoint (the table is in README.md).

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts scripts
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN node scripts/build.ts && npm prune --omit=dev --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json README.md LICENSE ./
COPY bin bin
COPY config config
# Jobs and what they write are mounted here; the image's own `node` user (id 1000) owns it.
RUN mkdir /data && chown node:node /data
USER node
WORKDIR /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/bin/hindcast"]
CMD ["--help"]
