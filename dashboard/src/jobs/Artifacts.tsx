import { useState } from "react";
import { type Api, type ApiProblem, toProblem } from "../api.ts";
import type { JobView } from "../contract.ts";
import { Problem } from "../parts/Problem.tsx";
import { bytes } from "../words.ts";

/** Archives and logs to download. The API wants a token, so a plain link would not do. */
export function Artifacts({ api, job }: { readonly api: Api; readonly job: JobView }) {
  const [problem, setProblem] = useState<ApiProblem>();
  if (job.artifacts.length === 0) return null;
  const save = async (name: string) => {
    setProblem(undefined);
    try {
      const address = URL.createObjectURL(await api.artifact(job.jobId, name));
      const link = document.createElement("a");
      link.href = address;
      link.download = name;
      link.click();
      URL.revokeObjectURL(address);
    } catch (error) {
      setProblem(toProblem(error));
    }
  };
  return (
    <section aria-labelledby="files">
      <h2 id="files">Files</h2>
      <ul className="files">
        {job.artifacts.map((artifact) => (
          <li key={artifact.name}>
            <button type="button" className="link" onClick={() => void save(artifact.name)}>
              <span className="hidden">Download </span>
              {artifact.name}
            </button>
            <small>{bytes(artifact.bytes)}</small>
          </li>
        ))}
      </ul>
      {problem && <Problem problem={problem} />}
    </section>
  );
}
