import { type FormEvent, useEffect, useState } from "react";
import { type Api, ApiProblem, type JobView } from "./api.ts";
import { Status } from "./Status.tsx";

const EXAMPLES = [
  "An app for a veterinary clinic: owners have pets, pets have appointments with a vet, date and reason; show upcoming appointments",
  "A library where members borrow books; books have a title, an author and a number of pages",
];

export function JobsPage({ api }: { readonly api: Api }) {
  const [jobs, setJobs] = useState<readonly JobView[]>();
  const [problem, setProblem] = useState<ApiProblem>();
  useEffect(() => {
    const load = () => api.jobs().then(setJobs, (error: unknown) => setProblem(toProblem(error)));
    void load();
    const timer = setInterval(load, 3000);
    return () => clearInterval(timer);
  }, [api]);
  return (
    <>
      <NewApp api={api} />
      <h2>Jobs</h2>
      {problem && <Problem problem={problem} />}
      {jobs?.length === 0 && <p className="empty">Nothing yet: describe your first app above.</p>}
      <ul className="jobs">
        {jobs?.map((job) => (
          <li key={job.jobId}>
            <a href={`#/jobs/${job.jobId}`}>{job.prompt}</a>
            <Status status={job.status} />
          </li>
        ))}
      </ul>
    </>
  );
}

function NewApp({ api }: { readonly api: Api }) {
  const [prompt, setPrompt] = useState("");
  const [problem, setProblem] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const job = await api.create(prompt);
      window.location.hash = `#/jobs/${job.jobId}`;
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <label htmlFor="prompt">What should the app do?</label>
      <textarea id="prompt" rows={4} value={prompt} onChange={(event) => setPrompt(event.target.value)} required />
      <p className="examples">
        {EXAMPLES.map((example) => (
          <button key={example} type="button" className="quiet" onClick={() => setPrompt(example)}>
            {example.slice(0, 48)} …
          </button>
        ))}
      </p>
      {problem && <Problem problem={problem} />}
      <button type="submit" disabled={busy}>
        {busy ? "Sending …" : "Make it"}
      </button>
    </form>
  );
}

export function Problem({ problem }: { readonly problem: ApiProblem }) {
  return (
    <p role="alert">
      {problem.message} {problem.fix}
    </p>
  );
}

export function toProblem(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem(error instanceof Error ? error.message : String(error));
}
