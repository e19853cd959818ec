import type { MonthlyCost } from "./contract.ts";

/** A length of time for people: `15 ms`, `0.4 s`, `12.3 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** An amount per month, as the estimate gives it. */
export function usd(amount: number): string {
  return `$${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** `2 parts without a price` */
export function withoutPrice(parts: number): string {
  return `${counted(parts, "part")} without a price`;
}

/** What an app costs, and what the sum leaves out: `about $10.21 a month on Azure, 2 parts without a price`. */
export function monthlyCost({ monthlyUsd, unpricedParts = 0 }: MonthlyCost): string {
  const sum = `about ${usd(monthlyUsd)} a month on Azure`;
  return unpricedParts > 0 ? `${sum}, ${withoutPrice(unpricedParts)}` : sum;
}

/** `714 B`, `52.0 kB`, `1.3 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

/** How long ago, in the largest unit that fits: `just now`, `5 min ago`, `3 h ago`, `2 days ago`. */
export function ago(at: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(at)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  const days = Math.floor(minutes / (24 * 60));
  return `${days} ${days === 1 ? "day" : "days"} ago`;
}

/** Time of day where the reader is, with seconds. */
export function clock(at: string): string {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

/** `backend_agent` as a person says it: `Backend agent`. */
export function agentName(id: string): string {
  return capital(id.replaceAll("_", " ").replace(/^qa\b/, "QA"));
}

const STEPS: Readonly<Record<string, string>> = {
  plan: "Plan the app",
  generate: "Write the code",
  check: "Test the code",
  validate: "Validate the plan",
  container: "Prepare the containers",
  sync: "Store the source",
  build: "Build the image",
  deploy: "Deploy",
  destroy: "Destroy",
  repo: "Keep the version",
  cleanup: "Clean up",
};

/** A step's name for people; a step not known here keeps its own name. */
export function stepName(step: string): string {
  const [, repair] = /^repair-(\d+)$/.exec(step) ?? [];
  if (repair) return `Repair and test again (${repair})`;
  return STEPS[step] ?? capital(step);
}

/** The beginning of a long text, cut between words: what fits into a heading. */
export function headline(text: string, length = 90): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  if (line.length <= length) return line;
  const cut = line.slice(0, length + 1).replace(/\s+\S*$/, "");
  return `${cut.slice(0, length)} …`;
}

/** `1 file`, `12 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
