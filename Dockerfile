# The proxy for any container host: docker build -t scf-llm-proxy . && docker run -p 9000:9000 scf-llm-proxy
# No key belongs into an image: give them as environment variables (docker run --env-file .env).

FROM node:22-alpine AS build
WORKDIR /build
# Dependencies first: this layer is built again only when they change.
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
# The commit that /-/health and the log tell, since no history gets in here:
# docker build --build-arg SOURCE_COMMIT=$(git rev-parse --short=12 HEAD) -t scf-llm-proxy .
ARG SOURCE_COMMIT=
RUN npm run build

# The bundle, its code cache and the interpreter; nothing of npm's tree is needed to run it.
FROM node:22-alpine
WORKDIR /app
COPY --from=build /build/dist/scf ./
ENV NODE_ENV=production PORT=9000
EXPOSE 9000
# Files of root, run by somebody else: what runs here cannot change itself.
USER node
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/-/health').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# node itself is process 1, so SIGTERM reaches it, and it drains what runs.
CMD ["node", "start.js"]
