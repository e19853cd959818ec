import { rmSync } from "node:fs";
import { type Bench, median } from "./bench.ts";
import { makeProgram, PHASES, type Phase, type Round, round, startMs } from "./engineRun.ts";

/** Number of resources, and how many lives of a stack of that size are measured. */
const SIZES = [
  { count: 10, rounds: 5 },
  { count: 100, rounds: 5 },
  { count: 1000, rounds: 3 },
] as const;

interface Measurements {
  readonly rounds: ReadonlyMap<number, readonly Round[]>;
  readonly version: number;
  readonly help: number;
}

async function measure(): Promise<Measurements> {
  const folder = makeProgram();
  try {
    await round(folder, 1); // fills the compile caches
    const rounds = new Map<number, Round[]>();
    for (const { count, rounds: times } of SIZES) {
      const found: Round[] = [];
      for (let index = 0; index < times; index += 1) found.push(await round(folder, count));
      rounds.set(count, found);
    }
    const starts = async (args: readonly string[]) => {
      const times: number[] = [];
      for (let index = 0; index < 10; index += 1) times.push(await startMs(folder, args));
      return median(times);
    };
    return { rounds, version: await starts(["version"]), help: await starts(["stack", "ls"]) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

let measured: Promise<Measurements> | undefined;
const once = () => {
  measured ??= measure();
  return measured;
};

type PhaseName = (typeof PHASES)[number];

/** A phase beside something else, at every size; the one of 100 resources must hold. */
function ratio(name: string, phase: PhaseName, limit: number | undefined, beside: "alone" | "relay" = "alone"): Bench {
  const hold = limit === undefined ? "told" : `≤ ${limit}`;
  return {
    name,
    hold,
    async run() {
      const { rounds } = await once();
      const of = (count: number) => median((rounds.get(count) ?? []).map((each) => each[phase].ms / each[beside]));
      const curve = SIZES.map(({ count }) => {
        const found = rounds.get(count) ?? [];
        const ms = median(found.map((each) => each[phase].ms)).toFixed(0);
        return `${count}: ${ms}/${median(found.map((each) => each[beside])).toFixed(0)} ms = ${of(count).toFixed(2)}`;
      });
      const value = of(100);
      return {
        value: value.toFixed(2),
        held: limit === undefined || value <= limit,
        detail: `program on disk, attached provider, median ratio of ${SIZES.map(({ rounds: r }) => r).join(", ")} rounds; by number of resources ${curve.join(", ")}`,
      };
    },
  };
}

function perPhase(pick: (phase: Phase) => number, rounds: Measurements["rounds"], digits: number): string {
  return PHASES.map((phase) => {
    const values = SIZES.map(({ count }) =>
      median((rounds.get(count) ?? []).map((each) => pick(each[phase]))).toFixed(digits),
    );
    return `${phase} ${values.join(" / ")}`;
  }).join(", ");
}

const bytes: Bench = {
  name: "engine: bytes of state written for 1,000 creates / for 100",
  hold: "≤ 11 (O(n))",
  async run() {
    const { rounds } = await once();
    const of = (count: number) => median((rounds.get(count) ?? []).map((each) => each.up.bytes));
    const value = of(1000) / of(100);
    return {
      value: value.toFixed(1),
      held: value <= 11,
      detail: `kB for 10 / 100 / 1000 resources, journal, checkpoint, its copies and history together: ${perPhase(({ bytes: b }) => b / 1000, rounds, 0)}`,
    };
  },
};

const memory: Bench = {
  name: "engine: peak memory of `up` of 1,000 resources",
  hold: "≤ 400 MB",
  async run() {
    const { rounds } = await once();
    const value = median((rounds.get(1000) ?? []).map((each) => each.up.peakMb));
    return {
      value: `${value.toFixed(0)} MB`,
      held: value <= 400,
      detail: `MB for 10 / 100 / 1000 resources: ${perPhase(({ peakMb }) => peakMb, rounds, 0)}`,
    };
  },
};

const start: Bench = {
  name: "engine: `pulumi version` / `pulumi stack ls`",
  hold: "≤ 100 / 250 ms",
  async run() {
    const { version, help } = await once();
    return {
      value: `${version.toFixed(0)} / ${help.toFixed(0)} ms`,
      held: version <= 100 && help <= 250,
      detail: "a process of its own each, median of 10",
    };
  },
};

export const benches: readonly Bench[] = [
  ratio("engine `up` of 100 resources / the program alone against a recording monitor", "up", 1.5),
  ratio("second `up`, nothing changed / program alone", "same", 1.2),
  ratio("second `up`, nothing changed / a bare relay of the same calls to the provider", "same", 1.2, "relay"),
  ratio("engine `up` with one change of 100 resources / program alone", "change", undefined),
  ratio("engine `destroy` of 100 resources, no program / program alone", "destroy", undefined),
  bytes,
  memory,
  start,
];
