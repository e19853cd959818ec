import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { golden, openShell, type Shell } from "../../../emulator/engine/testing/shell.ts";

let shell: Shell;
const STATE = ".pulumi/stacks/shop/dev.json";
const NAME = "urn:pulumi:dev::shop::random:index/randomString:RandomString::name";
const PASSWORD = "urn:pulumi:dev::shop::random:index/randomPassword:RandomPassword::pw";

beforeEach(() => {
  shell = openShell();
  shell.write("Pulumi.dev.yaml", golden("Pulumi.dev.yaml"));
  shell.write(STATE, golden("checkpoint.json"));
});
afterEach(() => shell[Symbol.dispose]());

const state = () => JSON.parse(shell.read(STATE));
const resource = (urn: string) =>
  state().checkpoint.latest.resources.find((each: { readonly urn: string }) => each.urn === urn);

describe("stack", () => {
  it("unselect", () => {
    const env = { PULUMI_STACK: undefined };
    shell.run("stack select dev");
    expect(shell.run("stack unselect", { env })).toEqual({ code: 0, stdout: "Stack was unselected\n", stderr: "" });
    expect(shell.run("stack output", { env })).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("error: no stack selected; please use `pulumi stack select`"),
    });
    expect(shell.run("stack unselect", { env }).stdout).toBe("");
  });

  it("change-secrets-provider: all is sealed anew, under the new phrase only", () => {
    const before = { state: shell.read(STATE), config: shell.read("Pulumi.dev.yaml") };
    const secrets = shell.run("stack output --show-secrets --json").stdout;
    expect(shell.run("stack change-secrets-provider passphrase", { input: "new phrase\n" })).toEqual({
      code: 0,
      stdout: "Migrating old configuration and state to new secrets provider\n",
      stderr: "",
    });
    const env = { PULUMI_CONFIG_PASSPHRASE: "new phrase" };
    expect(shell.run("stack output --show-secrets --json", { env }).stdout).toBe(secrets);
    expect(shell.run("config get password", { env }).stdout).toBe("plain text\n");
    expect(shell.run("config get password").stderr).toContain("error: incorrect passphrase");
    expect(shell.read(`${STATE}.bak`)).toBe(before.state);
    const old = /v1:[A-Za-z0-9+/]{16}:[^"\s]+/g;
    const kept = (before.state + before.config)
      .match(old)
      ?.filter((text) => (shell.read(STATE) + shell.read("Pulumi.dev.yaml")).includes(text));
    expect(kept).toEqual([]);
    expect(shell.read("Pulumi.dev.yaml")).toContain("environment:\n  - base\n");
  });

  it("change-secrets-provider refuses what is not here, and changes nothing without a phrase", () => {
    expect(shell.run("stack change-secrets-provider awskms://k")).toMatchObject({ code: 2 });
    const { code, stderr } = shell.run("stack change-secrets-provider passphrase");
    expect([code, stderr]).toEqual([
      1,
      "error: the new passphrase is missing: give it as the first line of the standard input\n",
    ]);
    expect([shell.read(STATE), shell.read("Pulumi.dev.yaml")]).toEqual([
      golden("checkpoint.json"),
      golden("Pulumi.dev.yaml"),
    ]);
  });

  it("graph", () => {
    expect(shell.run("stack graph out.dot --short-node-name").stdout).toBe(
      "Wrote stack dependency graph to `out.dot`\n",
    );
    expect(shell.read("out.dot")).toBe(`strict digraph {
    Resource0 [label="shop-dev"];
    Resource1 [label="default_4_16_3"];
    Resource2 [label="name"];
    Resource0 -> Resource2 [color = "#AA6639", label = ""];
    Resource3 [label="pw"];
    Resource2 -> Resource3 [color = "#246C60", label = "keepers"];
    Resource0 -> Resource3 [color = "#AA6639", label = ""];
}
`);
  });

  it("init --copy-config-from seals the secrets anew", () => {
    expect(shell.run("stack init other --copy-config-from dev").code).toBe(0);
    expect(shell.run("config get password --stack other").stdout).toBe("plain text\n");
    expect(shell.read("Pulumi.other.yaml")).not.toContain("Ivm4QGp9vblW");
  });

  it("import takes an export of another stack's salt, secrets and all", () => {
    shell.run("stack init other");
    const file = shell.write("export.json", golden("export.json").replaceAll("urn:pulumi:dev::", "urn:pulumi:other::"));
    expect(shell.run(`stack import --stack other --file ${file}`).code).toBe(0);
    const other = JSON.parse(shell.read(".pulumi/stacks/shop/other.json")).checkpoint.latest;
    expect(other.secrets_providers.state.salt).not.toContain("fozI5u6B030");
    const outputs = shell.run("stack output --json --show-secrets --stack other").stdout;
    expect(JSON.parse(outputs)).toEqual({ login: { user: "ann", list: [1, "x"] }, name: "k3j9" });
  });
});

describe("state", () => {
  it("protect, unprotect, taint, untaint; the features of the file follow", () => {
    expect(shell.run(`state protect ${PASSWORD} --yes`).stdout).toBe("Resource protected\n");
    expect(resource(PASSWORD).protect).toBe(true);
    expect(shell.run("state unprotect --all").stdout).toBe("All resources successfully unprotected\n");
    expect([resource(NAME).protect, resource(PASSWORD).protect]).toEqual([undefined, undefined]);
    expect(shell.run(`state untaint ${PASSWORD}`).stdout).toBe("Resource untainted\n");
    expect(state().features).toEqual(["hooks", "refreshBeforeUpdate"]);
    expect(shell.run(`state taint ${NAME}`).stdout).toBe("Resource tainted\n");
    expect([resource(NAME).taint, state().features]).toEqual([true, ["hooks", "refreshBeforeUpdate", "taint"]]);
    expect(resource(PASSWORD).fieldOfALaterVersion).toEqual({ kept: [1, 2] });
    expect(shell.run("state protect urn:absent")).toMatchObject({
      code: 1,
      stderr: 'error: No such resource "urn:absent" exists in the current state\n',
    });
  });
});

describe("config cp", () => {
  it("copies one key, or all, and seals secrets for the other stack", () => {
    shell.run("stack init other");
    expect(shell.run("config cp password --dest other").stdout).toBe("copied configuration of 'dev' to 'other'\n");
    expect(JSON.parse(shell.run("config --json --show-secrets --stack other").stdout)).toEqual({
      "shop:password": { value: "plain text", secret: true },
    });
    shell.run("config cp --dest other");
    expect(shell.run("config get size --stack other").stdout).toBe("3\n");
    expect(shell.run("config cp --dest dev")).toMatchObject({
      code: 1,
      stderr: "error: current stack and destination stack are the same\n",
    });
    expect(shell.run("config cp absent --dest other").code).toBe(1);
  });
});

describe("about", () => {
  it("tells what a report needs, as JSON and as text", () => {
    const about = JSON.parse(shell.run("about --json").stdout);
    expect(about).toMatchObject({
      plugins: [],
      backend: { url: `file://${shell.folder}` },
      currentStack: { name: "dev", fullyQualifiedName: "organization/shop/dev" },
      cliAbout: { version: "3.270.0" },
      runtime: { language: "nodejs", version: process.version },
      errors: [],
    });
    expect(about.currentStack.pendingOps).toEqual([
      { type: "creating", urn: "urn:pulumi:dev::shop::random:index/randomString:RandomString::half" },
    ]);
    const text = shell.run("about");
    expect(text.stdout).toContain(`Current Stack: organization/shop/dev\npulumi:pulumi:Stack `);
    shell.write(STATE, "{");
    expect(shell.run("about")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(
        "warning: Failed to get information about the current stack: failed to load checkpoint",
      ),
    });
  });
});

describe("words that are not understood", () => {
  it.each([
    ["stak ls", 'error: unknown command "stak" for "pulumi". Did you mean "stack"?\n'],
    ["stack lst", 'error: unknown command "lst" for "pulumi stack". Did you mean "stack ls"?\n'],
    [
      "config frobnicate",
      'error: unknown command "frobnicate" for "pulumi config": `pulumi config --help` lists what there is\n',
    ],
    ["plugin instal", 'error: unknown command "instal" for "pulumi plugin". Did you mean "plugin install"?\n'],
    ["preview --tarket x", "error: unknown flag: --tarket. Did you mean --target?\n"],
    ["stack ls --jsson", "error: unknown flag: --jsson. Did you mean --json?\n"],
    ["up -Z", "error: unknown shorthand flag: 'Z' in -Z\n"],
    [
      "new typescript --yes",
      "error: `pulumi new` is not part of this engine: write Pulumi.yaml with `name` and `runtime: nodejs` and a program, then run `pulumi stack init NAME`.\n",
    ],
    [
      "state move --source a urn",
      "error: `pulumi state move` is not part of this engine: export both stacks, move the resources by hand, and import them again; or use the real CLI.\n",
    ],
  ])("%s", (command, message) => expect(shell.run(command)).toEqual({ code: 2, stdout: "", stderr: message }));

  it("backends of one's own have no organizations and no environments", () => {
    expect(shell.run("org get-default").stdout).toBe("No Default Organization Specified\n");
    expect(shell.run("org set-default acme").stderr).toMatch(
      /^error: unable to set a default organization for backend type: \S+\n$/,
    );
    expect(shell.run("config env add base").stderr).toMatch(/^error: backend \S+ does not support environments\n$/);
  });
});

describe("help", () => {
  it("has a line for each flag; the Automation API looks for two of them", () => {
    const { stdout } = shell.run("preview --help");
    for (const flag of ["--remote", "--verbose", "--diff", "--target", "--policy-pack"]) {
      expect(stdout).toMatch(new RegExp(`^ +(-[a-zA-Z], )? *${flag}( TEXT| N)?  +[A-Z]`, "m"));
    }
    expect(shell.run("help stack").stdout).toContain("  stack init ");
    expect(shell.run("state").stdout).toContain("  state repair ");
    expect(shell.run("version").stdout).toBe("v3.270.0\n");
  });

  it("completes words in bash", () => {
    const script = shell.run("gen-completion bash").stdout;
    const ask = 'COMP_WORDS=(pulumi stack ch); COMP_CWORD=2; _pulumi; echo "$COMPREPLY"';
    const { stdout } = spawnSync("bash", ["-c", `${script}\n${ask}`], { encoding: "utf8" });
    expect(stdout).toBe("change-secrets-provider\n");
    expect(shell.run("gen-completion fish").stdout).toContain("complete -c pulumi");
    expect(shell.run("gen-completion tcsh").code).toBe(2);
  });
});

it("commands on files do not load Azure's libraries", () => {
  const seen = 'process.stderr.write("loads " + specifier + "\\n")';
  const hook = `import { registerHooks } from "node:module"; registerHooks({ resolve(specifier, context, next) { if (/^@azure|yaml$/.test(specifier)) ${seen}; return next(specifier, context); } });`;
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
  const loaded = (command: string) => new Set(shell.run(command, { env }).stderr.match(/(?<=^loads ).*/gm));
  for (const command of ["stack output --json", "stack select dev", "stack ls", "config"])
    expect([...loaded(command)].filter((name) => !name.startsWith("."))).toEqual(["yaml"]); // the hook does see
});
