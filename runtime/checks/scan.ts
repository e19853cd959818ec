import { z } from "zod";
import type { AgentTask } from "../task.ts";
import type { Workspace } from "../workspace/workspace.ts";

type Finding = AgentTask["findings"][number];

/** Shapes of credentials. A match in any file of an app is a finding. */
const SECRETS: readonly (readonly [string, RegExp])[] = [
  ["private key", /-----BEGIN (?:RSA |EC |OPENSSH |ENCRYPTED )?PRIVATE KEY-----/],
  ["storage account key", /AccountKey=[A-Za-z0-9+/]{40,}/],
  ["shared access key", /SharedAccessKey=[A-Za-z0-9+/]{20,}/],
  ["SAS signature", /[?&]sig=[A-Za-z0-9%]{30,}/],
  ["AWS key", /\bAKIA[0-9A-Z]{16}\b/],
  ["GitHub token", /\b(?:ghp|gho|ghs|ghu)_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{40,}/],
  ["npm token", /\bnpm_[A-Za-z0-9]{30,}/],
  ["Stripe key", /\b(?:sk|rk)_live_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{20,}/],
  ["model key", /\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}/],
  ["web token", /\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}/],
  [
    "connection string with a password",
    /\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|amqps?|redis):\/\/[^\s:/@]+:[^\s@]{3,}@/,
  ],
];

/** Passages that the app's security rules forbid, by kind of file. */
const UNSAFE: readonly (readonly [RegExp, RegExp, string])[] = [
  [
    /^frontend\/.*\.(?:js|html)$/,
    /\.innerHTML\s*=|insertAdjacentHTML|document\.write\(|\beval\(|new Function\(/,
    "sets markup or runs text as code",
  ],
  [/^frontend\/.*\.html$/, /<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=\s*["']/i, "has an inline script"],
  [/^backend\/.*\.ts$/, /\beval\(|new Function\(|from "node:child_process"/, "runs text or programs"],
];

const Manifest = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
  scripts: z.record(z.string(), z.string()).default({}),
});
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      resolved: z.string().optional(),
      link: z.boolean().optional(),
    }),
  ),
});

/** Looks for credentials, unsafe code and unpinned pipelines in all files. Values are never part of a finding. */
export async function scanFiles(workspace: Workspace): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const path of await workspace.list()) {
    const text = await workspace.tryReadText(path).catch(() => undefined); // binary: nothing to read
    if (text === undefined || path === "package-lock.json") continue;
    for (const [kind, shape] of SECRETS)
      if (shape.test(text)) findings.push({ check: "secrets", message: `holds what looks like a ${kind}`, path });
    for (const [files, passage, message] of UNSAFE)
      if (files.test(path) && passage.test(text)) findings.push({ check: "code", message, path });
    if (path.startsWith(".github/workflows/")) findings.push(...workflowFindings(path, text));
  }
  return findings;
}

/** Actions are pinned by commit, rights are stated, and untrusted pull requests get no secrets. */
export function workflowFindings(path: string, text: string): Finding[] {
  const found = (message: string): Finding => ({ check: "pipeline", message, path });
  const findings = [...text.matchAll(/uses:\s*([^\s#]+)/g)]
    .filter(([, action = ""]) => !action.startsWith("./") && !/@[0-9a-f]{40}$/.test(action))
    .map(([, action]) => found(`${action} is not pinned by commit`));
  if (!/^permissions:/m.test(text)) findings.push(found("states no permissions"));
  if (/pull_request_target/.test(text)) findings.push(found("uses pull_request_target"));
  return findings;
}

/** Exact versions from the registry only, each with its hash in the lock file, and no scripts that run at install. */
export async function scanDependencies(workspace: Workspace): Promise<Finding[]> {
  const findings: Finding[] = [];
  const add = (message: string, path = "package.json") => findings.push({ check: "dependencies", message, path });
  const manifest = await parse(workspace, "package.json", Manifest);
  const lock = await parse(workspace, "package-lock.json", Lock);
  if (!manifest) add("is missing or not valid");
  if (!lock) add("is missing or not valid", "package-lock.json");
  for (const [name, range] of Object.entries({ ...manifest?.dependencies, ...manifest?.devDependencies })) {
    if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(range)) add(`${name}: ${range.slice(0, 60)} is no exact version`);
    if (lock && !lock.packages[`node_modules/${name}`]) add(`${name} is not in the lock file`);
  }
  for (const script of ["preinstall", "install", "postinstall", "prepare"])
    if (manifest?.scripts[script]) add(`has a script ${script}`);
  for (const [place, entry] of Object.entries(lock?.packages ?? {})) {
    if (place === "") continue;
    if (entry.link || !entry.integrity) add(`${place} has no hash`, "package-lock.json");
    if (entry.resolved && !entry.resolved.startsWith("https://registry.npmjs.org/"))
      add(`${place} comes from elsewhere`, "package-lock.json");
  }
  return findings;
}

async function parse<T>(workspace: Workspace, path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await workspace.readText(path)));
  } catch {
    return undefined; // reported by the caller
  }
}
