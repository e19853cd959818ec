import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { RecordingMonitor } from "../emulator/engine/testing/recordingMonitor.ts";
import { TestProvider } from "../emulator/engine/testing/testProvider.ts";
import { type Bench, median, timed } from "./bench.ts";

const ENGINE = resolve(import.meta.dirname, "../emulator/engine");
const ROUNDS = 3;
const SIZES = [10, 100, 300];

interface Round {
  readonly alone: number;
  readonly up: number;
  readonly same: number;
}

const PROGRAM = `import { Thing } from "../thing.ts";
const count = Number(process.env.COUNT);
for (let index = 0; index < count; index += 1) new Thing("thing-" + index, { value: index });
`;

/** A program on disk with `count` resources: alone against a monitor that only records, then `up`, then `up` again. */
async function round(folder: string, count: number): Promise<Round> {
  const provider = new TestProvider();
  const port = await provider.start();
  const monitor = new RecordingMonitor();
  const address = await monitor.start();
  const state = mkdtempSync(join(tmpdir(), "bench-state-"));
  const env = {
    ...process.env,
    COUNT: String(count),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    PULUMI_HOME: join(state, "home"),
    PULUMI_DEBUG_PROVIDERS: `test:${port}`,
    NODE_COMPILE_CACHE: join(folder, "compile-cache"), // the engine gives its programs one too
  };
  const program = join(folder, "program");
  const run = (command: string, args: readonly string[]) =>
    new Promise<void>((done, fail) => {
      const child = spawn(command, args, { cwd: program, env, stdio: ["ignore", "ignore", "inherit"] });
      child.on("close", (code) => (code === 0 ? done() : fail(new Error(`${command} ${args.join(" ")}: ${code}`))));
    });
  const runner = join(folder, "node_modules/@pulumi/pulumi/cmd/run");
  const args = ["--monitor", address, "--engine", address, "--organization", "organization", "--project", "bench"];
  const place = ["--root-directory", program, "--stack", "dev", "--pwd", program, "--parallel", "8", "index.ts"];
  const pulumi = join(ENGINE, "bin", "pulumi");
  try {
    await run(pulumi, ["stack", "init", "dev"]);
    const up = ["up", "--yes", "--skip-preview", "--stack", "dev"];
    return {
      alone: await timed(() => run(process.execPath, [runner, ...args, ...place])),
      up: await timed(() => run(pulumi, up)),
      same: await timed(() => run(pulumi, up)),
    };
  } finally {
    monitor.stop();
    provider.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

async function measure(): Promise<Map<number, Round>> {
  const folder = mkdtempSync(join(tmpdir(), "bench-engine-"));
  mkdirSync(join(folder, "program"));
  writeFileSync(join(folder, "program", "index.ts"), PROGRAM);
  cpSync(join(ENGINE, "testing", "thing.ts"), join(folder, "thing.ts"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const options = "runtime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n";
  writeFileSync(join(folder, "program", "Pulumi.yaml"), `name: bench\n${options}`);
  symlinkSync(join(ENGINE, "..", "..", "node_modules"), join(folder, "node_modules"));
  const found = new Map<number, Round>();
  for (const size of SIZES) {
    const rounds: Round[] = [];
    for (let index = 0; index < ROUNDS; index += 1) rounds.push(await round(folder, size));
    const of = (pick: (each: Round) => number) => median(rounds.map(pick));
    found.set(size, { alone: of((r) => r.alone), up: of((r) => r.up), same: of((r) => r.same) });
  }
  rmSync(folder, { recursive: true, force: true });
  return found;
}

let measured: Promise<Map<number, Round>> | undefined;

function ratio(name: string, hold: string, limit: number, pick: (round: Round) => number): Bench {
  return {
    name,
    hold,
    async run() {
      measured ??= measure();
      const rounds = await measured;
      const of = (size: number) => {
        const round = rounds.get(size);
        return round ? pick(round) / round.alone : Number.NaN;
      };
      const curve = [...rounds].map(
        ([size, round]) => `${size}: ${pick(round).toFixed(0)}/${round.alone.toFixed(0)} ms`,
      );
      const value = of(100);
      return {
        value: `${value.toFixed(2)}`,
        held: value <= limit,
        detail: `program on disk, attached provider, median of ${ROUNDS}; by number of resources ${curve.join(", ")}`,
      };
    },
  };
}

export const benches: readonly Bench[] = [
  ratio("engine `up` of 100 resources / the program alone against a recording monitor", "≤ 1.5", 1.5, (r) => r.up),
  ratio("second `up`, nothing changed / program alone", "≤ 1.2", 1.2, (r) => r.same),
];
