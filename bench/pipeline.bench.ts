import { connect } from "../automation/cli/connect.ts";
import { CHECKOUT, Platform } from "../test/e2e/platform.ts";
import { type Bench, percentile } from "./bench.ts";
import { type Deployed, deployAgainAndAgain } from "./deploymentLoad.ts";

/** `PIPELINE_DEPLOYMENTS`: a thousand take more than an hour on two cores. */
const DEPLOYMENTS = Number(process.env.PIPELINE_DEPLOYMENTS ?? 1_000);
const APPS = 10;
const USERS = ["member@contoso.example", "member@fabrikam.example"];
const REGION = "eastus";

interface Told {
  readonly apps: readonly Deployed[];
  readonly seconds: number;
  /** Median of each tenth of the run, in seconds: the curve as the history grows. */
  readonly curve: readonly number[];
}

/** Ten apps of two tenants at once, each deployed again and again through the front door. */
async function deployAll(): Promise<Told> {
  await using platform = new Platform();
  await platform.start(/Ready after/);
  const home = { checkout: CHECKOUT, dataDir: platform.dataDir };
  const began = performance.now();
  let ended = 0;
  const tell = () => {
    ended += 1;
    if (ended % 50 === 0)
      console.log(`  ${ended} of ${DEPLOYMENTS} in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  };
  const apps = await Promise.all(
    Array.from({ length: APPS }, (_, index) => {
      const api = connect(home, { target: "local", user: USERS[index % USERS.length] ?? "" });
      return deployAgainAndAgain(api, `app ${index}`, REGION, Math.ceil(DEPLOYMENTS / APPS), tell);
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const turns = apps[0]?.tookMs.length ?? 0;
  const tenth = (part: number) =>
    apps.flatMap(({ tookMs }) => tookMs.slice(Math.floor((turns * part) / 10), Math.floor((turns * (part + 1)) / 10)));
  const curve = Array.from({ length: 10 }, (_, part) => percentile(tenth(part), 0.5) / 1000);
  return { apps, seconds, curve };
}

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);

export const benches: readonly Bench[] = [
  {
    name: "deployments through `POST /deploy`: lost / doubled / failed, p50 / p99",
    hold: "0 / 0 / 0",
    async run() {
      const { apps, seconds, curve } = await deployAll();
      const took = apps.flatMap(({ tookMs }) => tookMs);
      const failed = apps.flatMap((app) => app.failed);
      const [lost, doubled] = [sum(apps.map((app) => app.lost)), sum(apps.map((app) => app.doubled))];
      const stale = apps.filter(({ isCurrent }) => !isCurrent).length;
      const [p50, p99] = [percentile(took, 0.5) / 1000, percentile(took, 0.99) / 1000];
      return {
        value: `${lost} / ${doubled} / ${failed.length}, ${p50.toFixed(1)} / ${p99.toFixed(1)} s`,
        held: lost + doubled + failed.length + stale === 0,
        detail: `${took.length} deployments of ${APPS} apps of ${USERS.length} tenants, ${APPS} at once, each with a changed program that is built, started and asked for its health; ${(took.length / seconds).toFixed(2)} in a second; ${stale} apps answer with something older than their last; median of each tenth: ${curve.map((each) => each.toFixed(1)).join(", ")} s${failed.length > 0 ? `; failed: ${failed.slice(0, 5).join(", ")}` : ""}`,
      };
    },
  },
];
