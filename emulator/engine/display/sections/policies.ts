import { parseUrn } from "../../deploy/urn.ts";
import type { PolicyEvent, PolicyRemediationEvent } from "../../events/types.ts";
import type { Paint } from "../paint.ts";

/** What the policies of an operation said. */
export interface PolicyOutcome {
  /** Packs that ran: name to version. */
  readonly packs: Readonly<Record<string, string>>;
  readonly violations: readonly PolicyEvent[];
  readonly remediations: readonly PolicyRemediationEvent[];
}

/** Each policy pack with its violations and how many resources it changed; nothing when none ran. */
export function policiesSection({ packs, violations, remediations }: PolicyOutcome, paint: Paint): string {
  const ran = Object.entries(packs).map(([name, version]) => packThatRan(name, version));
  const names = new Set([...ran.map(({ key }) => key), ...violations.map(keyOf), ...remediations.map(keyOf)]);
  if (names.size === 0) return "";
  const lines = [...names].sort().flatMap((key) => {
    const broken = violations.filter((event) => keyOf(event) === key).sort(bySeverity);
    const changed = remediations.filter((event) => keyOf(event) === key);
    const mark = broken.length === 0 ? "✅" : broken.some(isMandatory) ? "❌" : "⚠️";
    const folders = ran.flatMap((pack) => (pack.key === key && pack.folder ? [pack.folder] : []));
    const head = `    ${mark} ${paint(key, "info")}${folders.length > 0 ? ` (local: ${folders.join("; ")})` : ""}`;
    return [head, ...remediationLines(changed, paint), ...broken.flatMap((event) => violationLines(event, paint))];
  });
  return `${paint("Policies:", "headline")}\n${lines.join("\n")}\n`;
}

/** True for a violation that stops the operation. */
export function isMandatory({ enforcementLevel }: PolicyEvent): boolean {
  return enforcementLevel === "mandatory";
}

/** A pack as the summary names it: one on disk is `name|local|folder` there, in its events it is only `name`. */
function packThatRan(summaryName: string, version: string): { readonly key: string; readonly folder?: string } {
  const [name = "", folder] = summaryName.split("|local|");
  return { key: packKey(name, version), ...(folder === undefined ? {} : { folder }) };
}

function packKey(name: string, version: string): string {
  return `${name}@v${version.replace(/^v/, "")}`;
}

function keyOf(event: PolicyEvent | PolicyRemediationEvent): string {
  return packKey(event.policyPackName, event.policyPackVersion);
}

/** By level, policy, resource, as the real CLI sorts. */
function bySeverity(left: PolicyEvent, right: PolicyEvent): number {
  const key = (event: PolicyEvent) => `${event.enforcementLevel} ${event.policyName} ${event.resourceUrn ?? ""}`;
  return key(left) < key(right) ? -1 : 1;
}

function remediationLines(events: readonly PolicyRemediationEvent[], paint: Paint): readonly string[] {
  return [...new Set(events.map(({ policyName }) => policyName))].sort().map((name) => {
    const count = events.filter(({ policyName }) => policyName === name).length;
    return `        - ${paint(`[remediate]  ${name}`, "info")}  (${count} ${count === 1 ? "resource" : "resources"})`;
  });
}

function violationLines(event: PolicyEvent, paint: Paint): readonly string[] {
  const { type, name } = parseUrn(event.resourceUrn ?? "");
  const about = event.resourceUrn ? `  (${type}: ${name})` : "";
  const title = paint(`[${event.enforcementLevel}]  ${event.policyName}`, isMandatory(event) ? "error" : "warning");
  const message = event.message.trimEnd().split("\n");
  return [`        - ${title}${about}`, ...message.map((line) => `          ${line}`.trimEnd())];
}
