import { useMemo } from "react";
import type { JobEvent } from "../contract.ts";
import { usd, withoutPrice } from "../words.ts";
import { estimateLines } from "./timeline.ts";

/** What the parts of the app will cost a month on Azure, as soon as the plan is priced: a bar and an amount for each. */
export function Estimate({ events }: { readonly events: readonly JobEvent[] }) {
  const lines = useMemo(() => estimateLines(events), [events]);
  const found = events.findLast((event) => event.type === "estimate")?.data;
  if (!found || typeof found.monthlyUsd !== "number") return null;
  const most = lines[0]?.monthlyUsd ?? 0;
  return (
    <section aria-labelledby="cost">
      <h2 id="cost">Cost a month on Azure</h2>
      <table>
        <tbody>
          {lines.map((line) => (
            <tr key={line.name}>
              <th scope="row">{line.name}</th>
              <td className="bar">
                {/* the amount stands beside it */}
                <meter aria-hidden="true" min={0} max={most} value={line.monthlyUsd ?? 0} />
              </td>
              <td>{usd(line.monthlyUsd ?? 0)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={2}>
              Together, about
            </th>
            <td>{usd(found.monthlyUsd)}</td>
          </tr>
        </tfoot>
      </table>
      {typeof found.unpricedParts === "number" && <p>Not in the sum: {withoutPrice(found.unpricedParts)}.</p>}
      {typeof found.pricesAsOf === "string" && <small>Prices of {found.pricesAsOf}, before tax.</small>}
    </section>
  );
}
