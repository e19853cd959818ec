import { useEffect, useState } from "react";
import type { Api } from "./api.ts";
import { JobPage } from "./JobPage.tsx";
import { JobsPage } from "./JobsPage.tsx";
import type { SignIn } from "./signIn.ts";

interface Props {
  readonly signIn: SignIn;
  readonly api: Api;
}

/** The frame of every page; the address after `#` says which: `#/jobs/<id>` or the start page. */
export function App({ signIn, api }: Props) {
  const jobId = useHash().match(/^#\/jobs\/([\w-]+)$/)?.[1];
  const account = signIn.account();
  if (!account) return <Welcome onSignIn={() => void signIn.login()} />;
  return (
    <>
      <header>
        <a className="brand" href="#/">
          DevFactory
        </a>
        <span className="account">{account.username}</span>
        <button type="button" className="quiet" onClick={() => void signIn.logout()}>
          Sign out
        </button>
      </header>
      <main>{jobId ? <JobPage key={jobId} api={api} jobId={jobId} /> : <JobsPage api={api} />}</main>
    </>
  );
}

function Welcome({ onSignIn }: { readonly onSignIn: () => void }) {
  return (
    <main className="welcome">
      <h1>DevFactory</h1>
      <p>Describe an app. Get it running, with its own infrastructure and a known monthly cost.</p>
      <button type="button" onClick={onSignIn}>
        Sign in
      </button>
    </main>
  );
}

function useHash(): string {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const onChange = () => setHash(window.location.hash);
    window.addEventListener("hashchange", onChange);
    return () => window.removeEventListener("hashchange", onChange);
  }, []);
  return hash;
}
