import { type FormEvent, useEffect, useState } from "react";
import type { Api, ApiProblem, JobEvent, JobView } from "./api.ts";
import { Problem, toProblem } from "./JobsPage.tsx";
import { Status } from "./Status.tsx";

const OVER = ["succeeded", "failed", "cancelled", "finalized"];

/** One job, live: its steps, what the agents say, and at the end the app. */
export function JobPage({ api, jobId }: { readonly api: Api; readonly jobId: string }) {
  const [job, setJob] = useState<JobView>();
  const [events, setEvents] = useState<readonly JobEvent[]>([]);
  const [problem, setProblem] = useState<ApiProblem>();
  useEffect(() => {
    const stop = new AbortController();
    const load = () => api.job(jobId).then(setJob, (error: unknown) => setProblem(toProblem(error)));
    const onEvent = (event: JobEvent) => {
      setEvents((before) => (before.some((one) => one.seq === event.seq) ? before : [...before, event]));
      void load();
    };
    void load();
    api.follow(jobId, onEvent, stop.signal).then(load, (error: unknown) => {
      if (!stop.signal.aborted) setProblem(toProblem(error));
    });
    return () => stop.abort();
  }, [api, jobId]);
  if (problem) return <Problem problem={problem} />;
  if (!job) return <p className="empty">Loading …</p>;
  return (
    <>
      <h1>{job.prompt}</h1>
      <p>
        <Status status={job.status} />
        {job.estimate && ` about ${job.estimate.monthlyUsd.toFixed(2)} USD a month on Azure`}
      </p>
      {job.url && (
        <p>
          <a className="open" href={job.url}>
            Open the app
          </a>{" "}
          <a href={job.openapi}>OpenAPI</a>
        </p>
      )}
      {job.error && (
        <p role="alert">
          {job.error.detail} {job.error.fix}
        </p>
      )}
      {job.notUnderstood?.map((text) => (
        <p key={text} className="note">
          Not understood: {text}
        </p>
      ))}
      <ol className="steps">
        {job.steps.map((step) => (
          <li key={step.name}>
            {step.name} <Status status={step.status} />
            {step.durationMs !== undefined && <small>{(step.durationMs / 1000).toFixed(1)} s</small>}
          </li>
        ))}
      </ol>
      {(job.questions ?? []).length > 0 && job.status === "waiting" && (
        <ul className="questions">
          {job.questions?.map((question) => (
            <li key={question}>{question}</li>
          ))}
        </ul>
      )}
      <Feedback api={api} job={job} />
      <Actions api={api} job={job} />
      <h2>Events</h2>
      <ol className="events">
        {events.map((event) => (
          <li key={event.seq} className={event.level}>
            <time>{event.at.slice(11, 19)}</time> {event.agent ?? event.step} {event.message}
          </li>
        ))}
      </ol>
    </>
  );
}

function Feedback({ api, job }: { readonly api: Api; readonly job: JobView }) {
  const [content, setContent] = useState("");
  const [problem, setProblem] = useState<ApiProblem>();
  if (job.status !== "waiting" && job.status !== "succeeded") return null;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await api.feedback(job.jobId, content);
      window.location.hash = "#/";
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor="feedback">{job.status === "waiting" ? "Your answer" : "What should change?"}</label>
      <textarea id="feedback" rows={3} value={content} onChange={(event) => setContent(event.target.value)} required />
      {problem && <Problem problem={problem} />}
      <button type="submit">Send</button>
    </form>
  );
}

function Actions({ api, job }: { readonly api: Api; readonly job: JobView }) {
  if (!OVER.includes(job.status)) {
    return (
      <button type="button" className="quiet" onClick={() => void api.cancel(job.jobId)}>
        Cancel
      </button>
    );
  }
  if (job.status !== "succeeded") return null;
  const destroy = () => {
    if (window.confirm("Destroy the app with all its data?")) void api.destroy(job.appId);
  };
  return (
    <button type="button" className="quiet danger" onClick={destroy}>
      Destroy the app
    </button>
  );
}
