import { useState } from "react";
import type { Api } from "../api.ts";
import { type AppView, isOver, type JobView } from "../contract.ts";
import { Loading } from "../parts/Loading.tsx";
import { Problem } from "../parts/Problem.tsx";
import { Status } from "../parts/Status.tsx";
import { usePage } from "../parts/usePage.ts";
import { usePolled } from "../parts/usePolled.ts";
import { ago, duration, headline, usd } from "../words.ts";
import { NewApp } from "./NewApp.tsx";

/** The start page: make an app, the apps of the organisation, one's own jobs. */
export function HomePage({ api }: { readonly api: Api }) {
  const heading = usePage("Your apps");
  const { data, problem, reload } = usePolled(
    async () => {
      const [apps, jobs] = await Promise.all([api.apps(), api.jobs()]);
      return { apps, jobs };
    },
    ({ jobs }) => jobs.some((job) => !isOver(job.status)),
  );
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        Make an app
      </h1>
      <NewApp api={api} />
      {problem && <Problem problem={problem} onRetry={reload} />}
      {!data && !problem && <Loading what="your apps" />}
      {data && <Apps apps={data.apps} jobs={data.jobs} />}
      {data && data.jobs.length > 0 && <Jobs jobs={data.jobs} titles={titlesOf(data.apps)} />}
    </>
  );
}

function titlesOf(apps: readonly AppView[]): ReadonlyMap<string, string> {
  return new Map(apps.flatMap(({ appId, title }) => (title === undefined ? [] : [[appId, title] as const])));
}

/** Apps that are there or being made; destroyed ones on demand. */
function Apps({ apps, jobs }: { readonly apps: readonly AppView[]; readonly jobs: readonly JobView[] }) {
  const [all, setAll] = useState(false);
  const gone = apps.filter((app) => app.status === "destroyed").length;
  const shown = apps.filter((app) => all || app.status !== "destroyed");
  const monthlyUsd = apps.reduce((sum, app) => sum + (app.status === "live" ? (app.estimate?.monthlyUsd ?? 0) : 0), 0);
  return (
    <section aria-labelledby="apps">
      <div className="title">
        <h2 id="apps">Your apps</h2>
        {monthlyUsd > 0 && <span>together about {usd(monthlyUsd)} a month</span>}
        {gone > 0 && (
          <label>
            <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} /> show {gone}{" "}
            destroyed
          </label>
        )}
      </div>
      {shown.length === 0 && <p className="empty">No app yet. Describe your first one above.</p>}
      <ul className="apps">
        {shown.map((app) => (
          <li key={app.appId} className="card">
            <AppCard app={app} jobs={jobs} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function AppCard({ app, jobs }: { readonly app: AppView; readonly jobs: readonly JobView[] }) {
  return (
    <>
      <h3>
        <a href={`#/apps/${app.appId}`}>{titleOf(app)}</a>
      </h3>
      <p className="facts">
        <Status status={statusOfApp(app, jobs)} />
        {app.estimate && <span>{usd(app.estimate.monthlyUsd)} a month</span>}
        {app.iteration > 0 && <span>version {app.iteration}</span>}
        <span>{ago(app.updatedAt, Date.now())}</span>
      </p>
      {app.url && app.status === "live" && (
        <p>
          <a href={app.url} target="_blank" rel="noreferrer">
            {app.url.replace(/^https?:\/\//, "")}
            <span className="hidden"> opens {titleOf(app)}</span>
          </a>
        </p>
      )}
    </>
  );
}

/** An app that a job works on is under way, or waits with that job; one that no job ever finished was not made. */
export function statusOfApp(
  app: Pick<AppView, "status" | "activeJobs">,
  jobs: readonly Pick<JobView, "jobId" | "status">[],
): string {
  if (jobs.some((job) => job.status === "waiting" && app.activeJobs.includes(job.jobId))) return "waiting";
  if (app.activeJobs.length > 0) return app.status === "new" ? "new" : "processing";
  return app.status === "new" ? "unmade" : app.status;
}

/** What an app is called: its title, or what it was asked to be while it has none. */
export function titleOf({ title, prompt }: Pick<AppView, "title" | "prompt">): string {
  return title ?? headline(prompt, 60);
}

interface JobsProps {
  readonly jobs: readonly JobView[];
  readonly title?: string;
  /** Titles of apps by id, where the list has jobs of several apps. */
  readonly titles?: ReadonlyMap<string, string>;
}

/** Jobs as a list, newest first. */
export function Jobs({ jobs, title = "Your jobs", titles }: JobsProps) {
  return (
    <section aria-labelledby="jobs">
      <h2 id="jobs">{title}</h2>
      <ul className="jobs">
        {jobs.map((job) => (
          <li key={job.jobId}>
            <span>
              <a href={`#/jobs/${job.jobId}`}>{headline(job.prompt)}</a>
              {titles?.has(job.appId) && <small> {titles.get(job.appId)}</small>}
            </span>
            <Status status={job.status} />
            <small>{job.durationMs === undefined ? ago(job.createdAt, Date.now()) : duration(job.durationMs)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}
