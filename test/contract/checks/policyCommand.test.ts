import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";

const MAIN = resolve(import.meta.dirname, "../../../automation/cli/main.ts");
const folder = mkdtempSync(join(tmpdir(), "devfactory-policy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function policy(document: unknown, ...more: readonly string[]) {
  const file = join(folder, "plan.json");
  writeFileSync(file, typeof document === "string" ? document : JSON.stringify(document));
  return run("policy", "--input", file, ...more);
}

function run(...args: readonly string[]) {
  const { promise, resolve: done } = Promise.withResolvers<{
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
  }>();
  execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) =>
    done({ code: error ? Number(error.code) : 0, stdout, stderr }),
  );
  return promise;
}

const URN = "urn:pulumi:dev::p::azure-native:storage:BlobContainer::uploads";
const container = (publicAccess: string) => ({
  urn: URN,
  name: "uploads",
  type: "azure-native:storage:BlobContainer",
  inputs: { publicAccess },
});

it("prints the findings as JSON, one for each rule that names the type, and ends with 0 without a failure", async () => {
  const good = await policy({ profile: "dev", resources: [container("None")] }, "--output", "json");
  expect([good.code, JSON.parse(good.stdout)]).toEqual([
    0,
    {
      findings: [{ rule: "ST04", urn: URN, verdict: "pass", path: "publicAccess", message: 'publicAccess is "None".' }],
    },
  ]);
  const open = await policy(
    { profile: "dev", resources: [container("04da6b54-80e4-46f7-96ec-b56ff0331ba9")] },
    "--output",
    "json",
  );
  expect([open.code, JSON.parse(open.stdout).findings[0].verdict]).toEqual([0, "unknown"]);
  const bad = await policy({ profile: "dev", resources: [container("Blob")] }, "--output", "json");
  expect([bad.code, JSON.parse(bad.stdout).findings[0].verdict]).toEqual([1, "fail"]);
});

it("tells people the failures with the way out, and the counts", async () => {
  const { code, stdout } = await policy({ profile: "dev", resources: [container("Blob")] });
  expect([code, stdout]).toEqual([
    1,
    `fail     ST04  azure-native:storage:BlobContainer  uploads
         publicAccess is "Blob"; it must be None.
         Set \`publicAccess\` to None.
1 fail, 0 unknown, 0 pass, 0 do not apply.
`,
  ]);
});

it("takes waivers, and refuses a file of them that is none", async () => {
  const waivers = join(folder, "waivers.json");
  const expires = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  writeFileSync(
    waivers,
    JSON.stringify({
      waivers: [{ rule: "ST04", target: URN, reason: "a public logo", owner: "ana", approver: "ben", expires }],
    }),
  );
  const waived = await policy({ profile: "dev", resources: [container("Blob")] }, "--waivers", waivers);
  expect([waived.code, waived.stdout.split("\n").slice(0, 1)]).toEqual([
    0,
    [`waived   ST04  azure-native:storage:BlobContainer  uploads: until ${expires}, ana: a public logo`],
  ]);
  writeFileSync(waivers, '{ "waivers": [{ "rule": "XX99" }] }');
  const refused = await policy({ profile: "dev", resources: [] }, "--waivers", waivers);
  expect([refused.code, refused.stderr.split("\n")[0]]).toEqual([
    2,
    `error: ${waivers} holds no waivers: waivers.0.rule: names no rule.`,
  ]);
});

it.each([
  ["is no JSON", "{", "not JSON (Expected property name or '}' in JSON at position 1 (line 1 column 2))"],
  ["lacks its profile", { resources: [] }, 'profile: Invalid option: expected one of "dev"|"standard"|"production"'],
  [
    "has a resource without inputs",
    { profile: "dev", resources: [{ urn: "u", name: "n", type: "t" }] },
    "resources.0.inputs: Invalid input: expected record, received undefined",
  ],
])("a file that %s is told with path and problem, and ends with 2", async (_, document, problem) => {
  const { code, stdout, stderr } = await policy(document);
  expect([code, stdout, stderr]).toEqual([
    2,
    "",
    `error: ${join(folder, "plan.json")} is no plan: ${problem}.\n  \`npx devfactory plan --output json\` prints a plan in the right form.\n`,
  ]);
  expect((await run("policy", "--input", join(folder, "absent.json"))).stderr).toContain(
    "cannot be read: ENOENT: no such file or directory.",
  );
});
