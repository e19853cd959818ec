import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import type { Api } from "../api.ts";
import type { JobEvent, JobView } from "../contract.ts";
import { Artifacts } from "./Artifacts.tsx";
import { ChangeForm } from "./ChangeForm.tsx";
import { Estimate } from "./Estimate.tsx";
import { Timeline } from "./Timeline.tsx";
import { Verdict } from "./Verdict.tsx";

const NO_API = {} as Api; // nothing is called before a person clicks

function events(...given: (Partial<JobEvent> & Pick<JobEvent, "type">)[]): JobEvent[] {
  const at = "2026-11-21T10:00:00.000Z";
  return given.map((event, index) => ({ seq: index + 1, at, level: "info", message: "", ...event }));
}

/** What a person reads: the text of the markup. */
function textOf(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

describe("cost", () => {
  const estimate = {
    type: "estimate",
    data: {
      monthlyUsd: 18.09,
      pricesAsOf: "2026-08-09",
      resources: [
        { name: "web-app", type: "t", monthlyUsd: 2 },
        { name: "db-server", type: "t", monthlyUsd: 16.09 },
      ],
    },
  };

  it("is a table of what costs something, with the sum and the day of the prices", () => {
    expect(textOf(renderToStaticMarkup(<Estimate events={events(estimate)} />))).toBe(
      "Cost a month on Azure db-server $16.09 web-app $2.00 Together, about $18.09 Prices of 2026-08-09, before tax.",
    );
  });

  it("says what the sum leaves out", () => {
    const open = { ...estimate, data: { ...estimate.data, unpricedParts: 1 } };
    expect(textOf(renderToStaticMarkup(<Estimate events={events(open)} />))).toBe(
      "Cost a month on Azure db-server $16.09 web-app $2.00 Together, about $18.09 Not in the sum: 1 part without a price. Prices of 2026-08-09, before tax.",
    );
  });

  it("has a bar for each, as long as its share of the dearest", () => {
    const html = renderToStaticMarkup(<Estimate events={events(estimate)} />);
    expect(
      [...html.matchAll(/<meter aria-hidden="true" min="0" max="([\d.]+)" value="([\d.]+)">/g)].map(
        ([, ...bar]) => bar,
      ),
    ).toEqual([
      ["16.09", "16.09"],
      ["16.09", "2"],
    ]);
  });

  it("is not shown before the plan is priced", () => {
    expect(renderToStaticMarkup(<Estimate events={events({ type: "log" })} />)).toBe("");
  });
});

describe("rules", () => {
  const urn = "urn:pulumi:a::p::azure-native:containerregistry:Registry::images";
  const failed = { rule: "CR03", urn, verdict: "fail", message: "It must be disabled." };
  const unknown = { rule: "CA04", urn, verdict: "unknown", message: "Not known yet." };
  const waiver = { owner: "ada", expires: "2027-01-31", reason: "a public door" };
  const told = (data: object, message: string) =>
    textOf(renderToStaticMarkup(<Verdict events={events({ type: "policies", message, data: { ...data } })} />));

  it("are told by their counts, with what fails and what was accepted, by whom and until when", () => {
    const waived = [{ ...failed, rule: "CE04", verdict: "not-applicable", waiver }];
    expect(told({ open: [unknown, failed], waived }, "Policies: 1 fail, 1 not known yet, 1 waived, 9 pass")).toBe(
      "Rules 1 fail, 1 not known yet, 1 waived, 9 pass CR03 images: It must be disabled. CE04 images: waived until 2027-01-31 by ada (a public door)",
    );
  });

  it("make no list when nothing fails, and are not shown before the plan is judged", () => {
    expect(told({ open: [unknown], waived: [] }, "Policies: 0 fail, 1 not known yet, 9 pass")).toBe(
      "Rules 0 fail, 1 not known yet, 9 pass",
    );
    expect(renderToStaticMarkup(<Verdict events={events({ type: "log" })} />)).toBe("");
  });
});

describe("files", () => {
  const job = (artifacts: JobView["artifacts"]) => ({ jobId: "a-b", artifacts }) as JobView;

  it("are buttons that say what they do, with the size beside them", () => {
    const artifact = { name: "source.zip", contentType: "application/zip", bytes: 52_011, sha256: "00" };
    const html = renderToStaticMarkup(<Artifacts api={NO_API} job={job([artifact])} />);
    expect(textOf(html)).toBe("Files Download source.zip 52.0 kB");
    expect(html).toContain('<button type="button" class="link">');
  });

  it("are left out while there are none", () => {
    expect(renderToStaticMarkup(<Artifacts api={NO_API} job={job([])} />)).toBe("");
  });
});

describe("the timeline", () => {
  const step = { step: "generate" };
  const agent = { ...step, agent: "backend_agent" };
  const shown = (over: boolean, ...given: Parameters<typeof events>) =>
    renderToStaticMarkup(<Timeline events={events(...given)} over={over} />);

  it("shows an agent at work, what it says and how many files it wrote", () => {
    const html = shown(
      false,
      { ...step, type: "step_started" },
      { ...agent, type: "agent_started" },
      { ...agent, type: "message", message: "I write <main>." },
      { ...agent, type: "file", message: "backend/main.ts" },
      { ...agent, type: "file", message: "backend/api.ts" },
      { ...agent, type: "tool", message: "write_file" },
    );
    expect(textOf(html)).toBe(
      "Write the code , running Backend agent working … I write &lt;main&gt;. 2 files written backend/main.ts backend/api.ts Used write_file",
    );
  });

  it("opens what is under way or went wrong, and closes a step without agents that went well", () => {
    const note = { step: "sync", type: "log", message: "49 of 49 files" };
    const started = { step: "sync", type: "step_started" };
    const finished = (status: string) => ({ step: "sync", type: "step_finished", data: { status, durationMs: 5 } });
    expect(shown(false, started, note)).toContain('<details class="part" open="">');
    expect(shown(true, started, note, finished("failed"))).toContain('<details class="part" open="">');
    expect(shown(true, started, note, finished("succeeded"))).toContain('<details class="part">');
  });

  it("counts the resources that Azure knows, not the program's own names for groups of them", () => {
    const resource = (name: string, resourceType: string, phase: string) => ({
      step: "deploy",
      type: "resource",
      data: { urn: `urn:pulumi:a::b::t::${name}`, resourceType, operation: "create", phase },
    });
    const html = shown(
      false,
      resource("web", "devfactory:azure:ContainerApp", "started"),
      resource("default", "pulumi:providers:azure-native", "done"),
      resource("db", "azure-native:dbforpostgresql:Server", "done"),
      resource("web-app", "azure-native:app:ContainerApp", "started"),
    );
    expect(textOf(html)).toBe(
      "Deploy , running 1 of 2 resources ready ✓ create db dbforpostgresql:Server create web-app app:ContainerApp",
    );
  });

  it("marks the level of a note, and gives its time to machines too", () => {
    const html = shown(true, { type: "failed", level: "error", message: "npm ci ended with 1" });
    expect(html).toContain('<li class="error"><time dateTime="2026-11-21T10:00:00.000Z">');
  });
});

it("a change takes files only where the API takes them", () => {
  const send = async () => ({ jobId: "a-b" });
  expect(renderToStaticMarkup(<ChangeForm send={send} />)).toContain('type="file" multiple=""');
  expect(renderToStaticMarkup(<ChangeForm send={send} withFiles={false} />)).not.toContain('type="file"');
});
