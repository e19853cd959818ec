import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findPython } from "../../hosts/python.ts";
import { buildImage } from "../../hosts/testing/buildImage.ts";
import { type TestCloud, testCloud } from "../../hosts/testing/cloud.ts";
import { pythonBase } from "./build/imageConfig.ts";
import { createRegistry, type OpenImage, type RegistryService } from "./index.ts";

const python = findPython("3.13");
const LATEST = `${python?.minor ?? "3"}-slim`;

let cloud: TestCloud;
let registry: RegistryService;
let server = "";

beforeAll(async () => {
  cloud = await testCloud((context) => {
    registry = createRegistry(context);
    return [registry];
  });
  const path = `${cloud.group}/providers/Microsoft.ContainerRegistry/registries/images`;
  const made = await cloud.call("PUT", path, { location: "westeurope", sku: { name: "Basic" } });
  server = (made.body.properties as { loginServer: string }).loginServer;
});
afterAll(() => cloud[Symbol.asyncDispose]());

const open = (): Promise<OpenImage> =>
  registry.images.open(`${server}/app:1`, {
    ...{ objectId: "owner", tenantId: "t", clientId: "c", kind: "app", audience: "" },
    groups: [],
    claims: {},
  });

it.each([
  ["python:3.13-slim", { minor: "3.13" }],
  ["docker.io/library/python:3.12.4-alpine", { minor: "3.12" }],
  ["python", { minor: undefined }],
  ["python:slim", { minor: undefined }],
  ["cpython:3.13", undefined],
])("%s", (reference, base) => {
  expect(pythonBase(reference)).toEqual(base);
});

it.runIf(python)(
  "a Python image has this machine's Python and a place for packages; a virtual environment goes to the next stage",
  async () => {
    const files = {
      Dockerfile: `FROM python:${LATEST} AS build
WORKDIR /app
RUN python -m venv --without-pip /venv
COPY where.py .
RUN pip --version && python where.py > global.txt && /venv/bin/python where.py > venv.txt
FROM python:${LATEST}
COPY --from=build /venv /venv
COPY --from=build /app /app
USER nobody
CMD ["/venv/bin/python", "where.py"]
`,
      "where.py":
        "import sys, ssl, sqlite3\nprint(sys.prefix, '%d.%d.%d' % sys.version_info[:3], sys.prefix != sys.base_prefix)\n",
    };
    const outcome = await buildImage(cloud, "images", files);
    expect(outcome.status, outcome.log).toBe("Succeeded");
    expect(outcome.log).toContain(`Python ${python?.version} of this machine stands in for python:${LATEST}\n`);
    const { root, config, node, python: folder } = await open();
    const read = (name: string) => readFileSync(join(root, "app", name), "utf8");
    expect([read("global.txt"), read("venv.txt")]).toEqual([
      `/usr/local ${python?.version} True\n`,
      `/venv ${python?.version} True\n`,
    ]);
    expect([config.uid, node, folder]).toEqual([1000, false, python?.folder]);
    // pip stays in the base image, where Docker's has it too
    const minor = python?.minor;
    expect(existsSync(join(root, `usr/local/lib/python${minor}/site-packages/pip`))).toBe(true);
    expect(existsSync(join(root, `venv/lib/python${minor}/site-packages/pip`))).toBe(false);
  },
);

it.runIf(python)("where the asked version is missing, the log says which one stands in", async () => {
  const outcome = await buildImage(cloud, "images", { Dockerfile: "FROM python:3.99\n" });
  expect([
    outcome.status,
    /Python 3\.\d+\.\d+ of this machine stands in for python:3\.99: it has no other\n/.test(outcome.log),
  ]).toEqual(["Succeeded", true]);
});
