import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { golden, openShell, type Shell } from "../../../emulator/engine/testing/shell.ts";

/** What the shell says about files that are not as they should be: one message with the cause and the way out. */
let shell: Shell;
const STATE = ".pulumi/stacks/shop/dev.json";
const JOURNAL = ".pulumi/stacks/shop/dev.journal";
const checkpoint = JSON.parse(golden("checkpoint.json"));

beforeEach(() => {
  shell = openShell();
  shell.write("Pulumi.dev.yaml", golden("Pulumi.dev.yaml"));
  shell.write(STATE, golden("checkpoint.json"));
});
afterEach(() => shell[Symbol.dispose]());

/** The state with other resources. */
function withResources(change: (resources: Record<string, unknown>[]) => unknown[]): string {
  const copy = structuredClone(checkpoint);
  copy.checkpoint.latest.resources = change(copy.checkpoint.latest.resources);
  return JSON.stringify(copy);
}

describe("a damaged checkpoint", () => {
  it.each([
    ["empty", "", "it is empty"],
    ["cut off", golden("checkpoint.json").slice(0, 900), "Expected"],
    ["no JSON", "<html>", "Unexpected token '<', \"<html>\" is not valid JSON"],
    ["a list", "[]", "an object is expected"],
  ])("%s: names the file, the backup and the ways back", (_, text, cause) => {
    const path = shell.write(STATE, text);
    for (const command of ["stack output", "state unprotect --all"]) {
      const { code, stdout, stderr } = shell.run(command);
      expect([command, code, stdout]).toEqual([command, 1, ""]);
      expect(stderr).toContain(`error: failed to load checkpoint: ${path} is not valid`);
      expect(stderr).toContain(cause);
      expect(stderr).toContain(
        `put one in its place (cp ${path}.bak ${path}), or run \`pulumi stack import --file EXPORT\``,
      );
    }
    expect(shell.read(STATE)).toBe(text);
  });

  it("does not keep other commands from their work", () => {
    shell.write(STATE, "{");
    expect(shell.run("stack select dev").code).toBe(0);
    expect(shell.run("config get size").stdout).toBe("3\n");
    expect(JSON.parse(shell.run("stack ls --json").stdout)).toEqual([
      { name: "dev", current: true, updateInProgress: false },
    ]);
    expect(shell.run("cancel --yes").code).toBe(0);
  });

  it("is replaced by an import, and the good backup stays what it was", () => {
    shell.write(`${STATE}.bak`, golden("checkpoint.json"));
    shell.write(STATE, "{");
    const file = shell.write("export.json", golden("export.json"));
    expect(shell.run(`stack import --file ${file}`)).toEqual({ code: 0, stdout: "Import complete.\n", stderr: "" });
    expect(shell.read(`${STATE}.bak`)).toBe(golden("checkpoint.json"));
    expect(JSON.parse(shell.run("stack export").stdout)).toEqual(JSON.parse(golden("export.json")));
  });

  it.each([
    [{ version: 5, checkpoint: {} }, "failed to load checkpoint: unsupported checkpoint version 5 in "],
    [
      { version: 2, checkpoint: {} },
      "has version 2, which this engine does not migrate. Bring it to version 3 with the Pulumi CLI",
    ],
    [{ stack: "x", latest: {} }, "has version 0, which this engine does not migrate"],
    [{ ...checkpoint, features: ["dreams"] }, "needs support for the following features: dreams"],
    [{ version: 3, checkpoint: { latest: {} } }, "holds no deployment: its manifest is missing"],
    [
      { version: 3, checkpoint: { latest: { manifest: {}, resources: [{ custom: true }] } } },
      "resource 0 is missing required 'urn' field",
    ],
  ])("%j", (file, message) => {
    shell.write(STATE, JSON.stringify(file));
    const { code, stderr } = shell.run("stack output");
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe("a state that contradicts itself", () => {
  const reversed = withResources((resources) => resources.toReversed());

  it("is refused, used all the same when asked to, and repaired", () => {
    const path = shell.write(STATE, reversed);
    const refused = shell.run("stack output name");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "error: snapshot integrity failure; refusing to use it: resource urn:pulumi:dev::shop::random:index/randomPassword:RandomPassword::pw refers to unknown provider ",
    );
    expect(refused.stderr).toContain(`The state is in ${path}. \`pulumi state repair\` sorts it`);
    expect(shell.run("stack output name --disable-integrity-checking").stdout).toBe("k3j9\n");
    expect(shell.run("state unprotect --all").code).toBe(1);
    expect(shell.read(STATE)).toBe(reversed);
    expect(shell.run("state repair --yes").stdout).toMatch(/ {2}moved urn.*\nState repaired successfully\n$/s);
    expect(shell.run("stack output name")).toEqual({ code: 0, stdout: "k3j9\n", stderr: "" });
    expect(shell.run("state repair --yes").stdout).toBe("The snapshot is already valid; skipping repair\n");
  });

  it("stays as it is when it cannot be repaired", () => {
    const twice = withResources((resources) => [...resources, resources[2]].filter((state) => state !== undefined));
    shell.write(STATE, twice);
    const { code, stderr } = shell.run("state repair --yes");
    expect(code).toBe(1);
    expect(stderr).toContain(
      "Failed to repair the snapshot automatically: duplicate resource urn:pulumi:dev::shop::random:index/randomString:RandomString::name (not marked for deletion)",
    );
    expect(shell.read(STATE)).toBe(twice);
  });

  it("is not imported, unless forced", () => {
    const { checkpoint: content, ...rest } = JSON.parse(reversed);
    const file = shell.write(
      "bad.json",
      JSON.stringify({ ...rest, checkpoint: undefined, deployment: content.latest }),
    );
    const refused = shell.run(`stack import --file ${file}`);
    expect([refused.code, refused.stderr.split("\n").at(-2)]).toEqual([
      1,
      "error: importing this file could be dangerous; rerun command with --force to proceed anyway",
    ]);
    expect(shell.read(STATE)).toBe(golden("checkpoint.json"));
    const forced = shell.run(`stack import --force --file ${file}`);
    expect(forced.code).toBe(0);
    expect(forced.stderr).toContain(
      "warning: removing pending operation 'creating' on 'urn:pulumi:dev::shop::random:index/randomString:RandomString::half' from snapshot",
    );
  });
});

describe("a journal", () => {
  const base = JSON.stringify({
    kind: "base",
    time: checkpoint.checkpoint.latest.manifest.time,
    secrets: checkpoint.checkpoint.latest.secrets_providers,
  });
  const drop = JSON.stringify({ kind: "change", old: { index: 3, resource: null } });

  it("of a killed operation is written down by an export, and by no command that only looks", () => {
    shell.write(JOURNAL, `${base}\n${drop}\n{"kind":"chan`);
    expect(shell.run("stack output name").stdout).toBe("k3j9\n");
    expect(shell.read(JOURNAL)).toContain(drop);
    const exported = JSON.parse(shell.run("stack export").stdout);
    expect(exported.deployment.resources).toEqual(checkpoint.checkpoint.latest.resources.slice(0, 3));
    expect(() => shell.read(JOURNAL)).toThrow("ENOENT");
    expect(JSON.parse(shell.read(STATE)).checkpoint.latest).toEqual(exported.deployment);
  });

  it("of an operation that still runs is read, and left alone", () => {
    shell.write(JOURNAL, `${base}\n${drop}\n`);
    const lock = { pid: process.pid, username: "ann", hostname: "elsewhere", timestamp: new Date().toISOString() };
    shell.write(".pulumi/locks/organization/shop/dev/a.json", JSON.stringify(lock));
    expect(JSON.parse(shell.run("stack export").stdout).deployment.resources).toHaveLength(3);
    expect(shell.read(STATE)).toBe(golden("checkpoint.json"));
    expect(shell.run("state unprotect --all").stderr).toContain("the stack is currently locked by 1 lock(s).");
    expect(shell.run("cancel --yes").code).toBe(0);
    expect(shell.read(JOURNAL)).toContain(drop); // somebody may still write it
    expect(shell.run("state unprotect --all").code).toBe(0);
    expect(JSON.parse(shell.read(STATE)).checkpoint.latest.resources).toHaveLength(3);
  });

  it("whose writer is gone is written down by cancel", () => {
    shell.write(JOURNAL, `${base}\n${drop}\n`);
    expect(shell.run("cancel --yes")).toEqual({
      code: 0,
      stdout: "The currently running update for 'dev' has been canceled!\n",
      stderr: "",
    });
    expect(() => shell.read(JOURNAL)).toThrow("ENOENT");
    expect(JSON.parse(shell.read(STATE)).checkpoint.latest.resources).toHaveLength(3);
  });

  it.each([
    ["a line in the middle", `${base}\nnonsense\n${drop}\n`, 2],
    ["no beginning", `${drop}\n${drop}\n`, 1],
  ])("with %s damaged is not guessed at", (_, text, line) => {
    const path = shell.write(JOURNAL, text);
    for (const command of ["stack output", "state unprotect --all"]) {
      const { code, stderr } = shell.run(command);
      expect(code).toBe(1);
      expect(stderr).toContain(`the journal ${path} is damaged at line ${line}. It says what an operation did`);
    }
    expect([shell.read(JOURNAL), shell.read(STATE)]).toEqual([text, golden("checkpoint.json")]);
    expect(shell.run("cancel --yes").stderr).toContain("warning: the journal");
  });
});

describe("other files", () => {
  it("history, credentials, selection, tags", () => {
    const entry = shell.write(".pulumi/history/shop/dev/dev-1772360431000000000.history.json", "{");
    expect(shell.run("stack history").stderr).toContain(`error: reading history file ${entry}: it is not valid JSON`);
    const tags = shell.write(".pulumi/stacks/shop/dev.pulumi-tags", "[");
    expect(shell.run("stack tag ls").stderr).toContain(`error: ${tags} is not valid JSON`);
    const credentials = shell.write("home/credentials.json", "nonsense");
    const asked = shell.run("whoami", { env: { PULUMI_BACKEND_URL: "" } });
    expect(asked).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`error: ${credentials} is not valid JSON`),
    });
  });

  it.each([
    ["", "project is missing a 'name' attribute"],
    ["name: shop", "project is missing a 'runtime' attribute"],
    ["name: shop\nruntime: {options: {}}", "project is missing a 'runtime' attribute"],
    ["name: 5\nruntime: nodejs", "name must be text, not a number"],
    [
      "name: a b\nruntime: nodejs",
      "project name 'a b' is not allowed: names may only contain alphanumerics, hyphens, underscores, and periods (1 to 100)",
    ],
    ["name: shop\nruntime: perl", "unknown runtime 'perl'; known are nodejs, bun, python, go, dotnet, java, yaml"],
    ["name: shop\nruntime: [nodejs]", "runtime must be text or keys and values, not a list"],
    ["name: shop\nruntime: nodejs\nbackend: here", "backend must be keys and values, not text"],
  ])("Pulumi.yaml with %j", (text, message) => {
    const path = shell.write("Pulumi.yaml", text);
    const { code, stderr } = shell.run("stack ls");
    expect([code, stderr]).toEqual([1, `error: could not validate '${path}': ${message}\n`]);
  });

  it.each([
    ["Pulumi.yaml", "name: shop\nruntime: nodejs\n  main: x\n", "line 2, column 10: "],
    ["Pulumi.yaml", "- shop\n", "keys and values are expected at its top"],
    ["Pulumi.dev.yaml", "config:\n  shop:size: [1, 2\n", "line 3, column 1: "],
    ["Pulumi.dev.yaml", "config: 3\n", "config must hold keys and values, not a number"],
    ["Pulumi.dev.yaml", "encryptionsalt: 3\n", "encryptionsalt must be a text, not a number"],
  ])("%s with %j names the place", (name, text, place) => {
    const path = shell.write(name, text);
    const { code, stderr } = shell.run("config set size 4");
    expect(code).toBe(1);
    expect(stderr).toContain(`error: could not read ${path}: ${place}`);
    expect(shell.read(name)).toBe(text);
  });
});

describe("secrets", () => {
  it.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ["wrong", { PULUMI_CONFIG_PASSPHRASE: "password123" }, "error: incorrect passphrase"],
    [
      "missing",
      { PULUMI_CONFIG_PASSPHRASE: undefined },
      "unable to find either `PULUMI_CONFIG_PASSPHRASE` or `PULUMI_CONFIG_PASSPHRASE_FILE`",
    ],
    [
      "file missing",
      { PULUMI_CONFIG_PASSPHRASE: undefined, PULUMI_CONFIG_PASSPHRASE_FILE: "/absent" },
      "unable to read PULUMI_CONFIG_PASSPHRASE_FILE: Error: ENOENT",
    ],
  ])("passphrase %s", (_, env, message) => {
    for (const command of ["stack output --show-secrets", "config set --secret k v"]) {
      const { code, stdout, stderr } = shell.run(command, { env });
      expect([command, code, stdout]).toEqual([command, 1, ""]);
      expect(stderr).toContain(message);
    }
    expect(JSON.parse(shell.run("stack output --json", { env }).stdout)).toEqual({ login: "[secret]", name: "k3j9" });
  });

  it("sealed by a provider that is not here", () => {
    const path = shell.write(
      "Pulumi.dev.yaml",
      "secretsprovider: azurekeyvault://v.vault.azure.net/keys/k\nencryptedkey: abc\n",
    );
    const { code, stderr } = shell.run("config set --secret k v");
    expect([code, stderr]).toEqual([
      1,
      `error: the secrets provider azurekeyvault://v.vault.azure.net/keys/k (named by ${path}) is not available in this engine: only passphrase is. ` +
        "Run `pulumi stack change-secrets-provider passphrase` with the Pulumi CLI first.\n",
    ]);
    expect(shell.run("stack init other --secrets-provider awskms://x")).toMatchObject({ code: 2 });
  });

  it("damaged", () => {
    shell.write("Pulumi.dev.yaml", golden("Pulumi.dev.yaml").replace("Ivm4QGp9vbl", "Ivm4QGp9vbm"));
    expect(shell.run("config get password").stderr).toContain("error: failed to decrypt: a secret was damaged");
  });
});

it("a state folder that cannot be", () => {
  shell.write("file", "");
  const env = { PULUMI_BACKEND_URL: `file://${shell.folder}/file/below` };
  expect(shell.run("stack init other", { env })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      `error: could not write ${shell.folder}/file/below/.pulumi/meta.yaml: a file stands where a folder must be`,
    ),
  });
  expect(shell.run("login s3://bucket").stderr).toContain("only file:// and azblob:// backends are");
  expect(shell.run("login azblob://state", { env: { AZURE_STORAGE_ACCOUNT: undefined } })).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(
      "error: unable to open bucket azblob://state: the storage account is missing: set AZURE_STORAGE_ACCOUNT",
    ),
  });
});
