import type { JobEvent } from "../contract.ts";

interface Told {
  readonly rule: string;
  readonly urn: string;
  readonly verdict: string;
  readonly message: string;
  readonly waiver?: { readonly owner: string; readonly expires: string; readonly reason: string };
}

/** What the rules said of the plan before anything was made: failures first, then what the operator accepted and until when. */
export function Verdict({ events }: { readonly events: readonly JobEvent[] }) {
  const found = events.findLast((event) => event.type === "policies");
  if (!found) return null;
  const failures = list(found, "open").filter(({ verdict }) => verdict === "fail");
  const waived = list(found, "waived");
  return (
    <section aria-labelledby="rules">
      <h2 id="rules">Rules</h2>
      <p>{found.message.replace(/^Policies: /, "")}</p>
      {failures.length + waived.length > 0 && (
        <ul>
          {failures.map((each) => (
            <li key={each.rule + each.urn}>
              <strong>{each.rule}</strong> {nameOf(each.urn)}: {each.message}
            </li>
          ))}
          {waived.map(({ rule, urn, waiver }) => (
            <li key={rule + urn}>
              <strong>{rule}</strong> {nameOf(urn)}: waived until {waiver?.expires} by {waiver?.owner} ({waiver?.reason}
              )
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function list({ data = {} }: JobEvent, key: string): readonly Told[] {
  return Array.isArray(data[key]) ? data[key] : [];
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
