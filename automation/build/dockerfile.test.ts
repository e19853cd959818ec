import { expect, it } from "vitest";
import type { FileSet } from "../archive/fileSet.ts";
import { mimeType } from "../workflow/mimeType.ts";
import { imageSource } from "./imageSource.ts";

const files = (entries: Record<string, string>): FileSet =>
  new Map(Object.entries(entries).map(([path, text]) => [path, { content: Buffer.from(text), executable: false }]));
const text = (set: FileSet, path: string) => Buffer.from(set.get(path)?.content ?? []).toString();

it("a service without a Dockerfile gets one that fits its folder, and keeps secrets out of the context", () => {
  const source = files({
    "api/package.json": '{"scripts":{"build":"x","start":"node y.js"},"dependencies":{"a":"1"}}',
    "api/package-lock.json": "{}",
    "web/index.html": "hi",
  });
  const made = imageSource(source, { source: "./api/", port: 9000 });
  expect([made.dockerfile, [...made.files.keys()]]).toEqual([
    ".devfactory.Dockerfile",
    ["package.json", "package-lock.json", ".dockerignore", ".devfactory.Dockerfile"],
  ]);
  expect(text(made.files, ".devfactory.Dockerfile")).toBe(`FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=9000
WORKDIR /app
COPY --from=build --chown=node:node /app /app
USER node
EXPOSE 9000
CMD ["node","y.js"]
`);
  expect(text(made.files, ".dockerignore").split("\n")).toEqual(expect.arrayContaining([".env", "**/.env.*", ".git"]));
  expect(text(imageSource(source, { source: "web", port: 8081 }).files, ".devfactory.Dockerfile")).toBe(
    `FROM nginxinc/nginx-unprivileged:alpine
EXPOSE 8081
RUN echo 'server { listen 8081; root /usr/share/nginx/html; index index.html; location / { try_files $uri $uri.html $uri/ =404; } }' > /etc/nginx/conf.d/default.conf
COPY . /usr/share/nginx/html
`,
  );
});

it("a Dockerfile and a .dockerignore of the project's own stay as they are", () => {
  const own = files({ Dockerfile: "FROM node:24\n", ".dockerignore": "x\n", "package.json": "{}" });
  expect(imageSource(own, { source: ".", port: 1 })).toEqual({ files: own, dockerfile: "Dockerfile" });
  const ignoring = files({ ".dockerignore": "x\n", "index.html": "hi" });
  expect(text(imageSource(ignoring, { source: ".", port: 1 }).files, ".dockerignore")).toBe("x\n");
});

it("a package of a workspace is built in the workspace's root", () => {
  const source = files({
    "package.json": '{"workspaces":["apps/*"]}',
    "apps/a/package.json": '{"name":"a","scripts":{"start":"node a.js"}}',
    "apps/b/package.json": '{"name":"b"}',
  });
  const made = imageSource(source, { source: "apps/a", port: 8080 });
  expect([...made.files.keys()].slice(0, 3)).toEqual([...source.keys()]);
  expect(text(made.files, ".devfactory.Dockerfile")).toContain("WORKDIR /app/apps/a\n");
});

it("a folder that says nothing of itself is refused", () => {
  expect(() => imageSource(files({ "a/b.txt": "" }), { source: "a", port: 1 })).toThrow("Nothing in a says how");
});

it.each([
  ["a/b.HTML", "text/html; charset=utf-8"],
  ["x.json", "application/json"],
  ["Dockerfile", "application/octet-stream"],
  ["dir.html/file", "application/octet-stream"],
])("%s is %s", (path, type) => {
  expect(mimeType(path)).toBe(type);
});
