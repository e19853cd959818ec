import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { readHash } from "./App.tsx";
import { ApiProblem } from "./api.ts";
import { Composition } from "./apps/Composition.tsx";
import { Jobs, statusOfApp } from "./apps/HomePage.tsx";
import type { JobView } from "./contract.ts";
import { choicesOf, QuestionsForm } from "./jobs/QuestionsForm.tsx";
import { Steps } from "./jobs/Steps.tsx";
import { Timeline } from "./jobs/Timeline.tsx";
import { Problem } from "./parts/Problem.tsx";
import { Status } from "./parts/Status.tsx";

const JOB: JobView = {
  id: "app-job",
  jobId: "app-job",
  appId: "app",
  kind: "create",
  status: "succeeded",
  state: "succeeded",
  prompt: "<b>a</b> guest book",
  options: {},
  createdAt: "2026-11-21T10:00:00.000Z",
  durationMs: 61_000,
  attempts: 1,
  lastEvent: 3,
  steps: [{ name: "plan", status: "succeeded", startedAt: "2026-11-21T10:00:00.000Z", durationMs: 2_000 }],
  questions: [],
  notUnderstood: [],
  artifacts: [],
  costMetrics: { aiTokens: 0, computeSec: 0, storageMB: 0, usd: 0 },
  services: [],
};

it("a status is said in words; the mark is only for the eye", () => {
  expect(renderToStaticMarkup(<Status status="waiting" />)).toBe(
    '<span class="status waiting"><span class="mark waiting" aria-hidden="true">?</span> needs your answer</span>',
  );
});

it("a problem is announced with its way out", () => {
  expect(renderToStaticMarkup(<Problem problem={new ApiProblem("It broke.", "Mend it.")} />)).toBe(
    '<div class="problem" role="alert"><p><strong>It broke.</strong> Mend it.</p></div>',
  );
});

it("a person's words are text, never markup", () => {
  expect(renderToStaticMarkup(<Jobs jobs={[JOB]} />)).toContain(
    '<a href="#/jobs/app-job">&lt;b&gt;a&lt;/b&gt; guest book</a>',
  );
});

it("a step that is done has a name, a status for the ear and its duration", () => {
  expect(renderToStaticMarkup(<Steps job={JOB} />)).toContain(
    '<span>Plan the app</span><span class="hidden">, succeeded</span><small>2.0 s</small>',
  );
});

it("a step under way is the current one, and the bar says how far the job is", () => {
  const steps = [...JOB.steps, { name: "generate", status: "running", startedAt: "2026-11-21T10:00:02.000Z" }];
  const html = renderToStaticMarkup(<Steps job={{ ...JOB, status: "processing", steps }} />);
  expect(html).toContain('<progress max="9" value="1" aria-label="1 of 9 steps are done">');
  expect(html).toContain('<li class="running" aria-current="step">');
});

it("a step that never said how it ended does not turn for ever", () => {
  const events = [
    { seq: 1, at: JOB.createdAt, level: "info", type: "step_started", step: "plan", message: "plan started" },
  ] as const;
  expect(renderToStaticMarkup(<Timeline events={events} over />)).toContain('<span class="mark cancelled"');
  expect(renderToStaticMarkup(<Timeline events={events} over={false} />)).toContain('<span class="mark spins running"');
});

it("every question has its own field and its answers to pick", () => {
  const questions = ["It costs more. Answer `approve` to go on.", "Which colours?"];
  const html = renderToStaticMarkup(<QuestionsForm questions={questions} send={async () => undefined} />);
  expect(html).toContain('<label for="question-0">It costs more. Answer approve to go on.</label>');
  expect(html).toContain('<textarea id="question-1" rows="2" required="">');
  expect(questions.map(choicesOf)).toEqual([["approve"], []]);
});

it("the graph of an app says in words what its lines show", () => {
  const spec = {
    services: [{ name: "web", kind: "web", uses: [{ resource: "db", access: "readwrite" }] }],
    resources: [{ name: "db", kind: "postgres" }],
  };
  expect(renderToStaticMarkup(<Composition spec={spec} />)).toContain(
    'role="img" aria-label="web reads and writes db"',
  );
  expect(renderToStaticMarkup(<Composition spec={undefined} />)).toBe("");
});

describe("status of an app", () => {
  it.each([
    ["new", ["j"], [], "new"],
    ["new", [], [], "unmade"],
    ["live", ["j"], [], "processing"],
    ["live", ["j"], [{ jobId: "j", status: "waiting" }], "waiting"],
    ["live", [], [{ jobId: "j", status: "waiting" }], "live"],
    ["destroyed", [], [], "destroyed"],
  ] as const)("%s with jobs %j and %j is %s", (status, activeJobs, jobs, shown) => {
    expect(statusOfApp({ status, activeJobs }, jobs)).toBe(shown);
  });
});

it.each([
  ["#/jobs/a1-b2", { page: "job", id: "a1-b2" }],
  ["#/apps/a1", { page: "app", id: "a1" }],
  ["#/apps/a1/../b", { page: "home" }],
  ["", { page: "home" }],
])("the address %s is the page %j", (hash, place) => expect(readHash(hash)).toEqual(place));
