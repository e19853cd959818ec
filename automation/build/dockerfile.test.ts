import { expect, it } from "vitest";
import type { FileSet } from "../archive/fileSet.ts";
import { mimeType } from "../workflow/mimeType.ts";
import { generateDockerfile } from "./dockerfile.ts";

const files = (entries: Record<string, string>): FileSet =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]));

it("a Node service: build stage, small stage without root and development packages", () => {
  const source = files({ "package.json": '{"scripts":{"build":"x","start":"y"}}', "package-lock.json": "{}" });
  expect(generateDockerfile(source, { kind: "api", port: 8080 })).toBe(`FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build
RUN npm ci --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production PORT=8080
WORKDIR /app
COPY --from=build --chown=node:node /app ./
USER node
EXPOSE 8080
CMD ["npm","run","start"]
`);
});

it.each([
  ["pnpm-lock.yaml", "RUN pnpm install --frozen-lockfile --ignore-scripts"],
  ["yarn.lock", "RUN yarn install --frozen-lockfile --ignore-scripts"],
  ["none", "RUN npm install --ignore-scripts"],
])("with %s it runs %s", (lock, line) => {
  const source = files({ "package.json": '{"main":"src/main.ts"}', "src/main.ts": "", [lock]: "" });
  const text = generateDockerfile(source, { kind: "web", port: 3000 });
  expect(text.split("\n")).toContain(line);
  expect(text).toContain('CMD ["node","src/main.ts"]');
});

it("plain files go behind nginx on the service's port", () => {
  const text = generateDockerfile(files({ "public/index.html": "hi" }), { kind: "static", port: 8081 });
  expect(text.split("\n").slice(0, 4)).toEqual([
    "FROM nginxinc/nginx-unprivileged:alpine",
    "EXPOSE 8081",
    "RUN echo 'server { listen 8081; root /usr/share/nginx/html; location / { try_files $uri $uri/ /index.html; } }' > /etc/nginx/conf.d/default.conf",
    "COPY public /usr/share/nginx/html",
  ]);
});

it.each([
  ["a/b.HTML", "text/html; charset=utf-8"],
  ["x.json", "application/json"],
  ["Dockerfile", "application/octet-stream"],
  ["dir.html/file", "application/octet-stream"],
])("%s is %s", (path, type) => {
  expect(mimeType(path)).toBe(type);
});
