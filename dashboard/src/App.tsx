import { useEffect, useState } from "react";
import type { Api } from "./api.ts";
import { AppPage } from "./apps/AppPage.tsx";
import { HomePage } from "./apps/HomePage.tsx";
import { JobPage } from "./jobs/JobPage.tsx";
import { Problem } from "./parts/Problem.tsx";
import type { SignIn } from "./signIn.ts";

interface Props {
  readonly signIn: SignIn;
  readonly api: Api;
}

/** The frame of every page; the address after `#` says which. */
export function App({ signIn, api }: Props) {
  const hash = useHash();
  const account = signIn.account();
  if (!account) return <Welcome onSignIn={() => void signIn.login()} problem={signIn.problem} />;
  return (
    <>
      <button type="button" className="skip" onClick={() => document.getElementById("content")?.focus()}>
        Skip to the content
      </button>
      <header>
        <a className="brand" href="#/">
          DevFactory
        </a>
        <span className="account">{account.username}</span>
        <button type="button" className="quiet" onClick={() => void signIn.logout()}>
          Sign out
        </button>
      </header>
      <main id="content" tabIndex={-1}>
        <Page hash={hash} api={api} />
      </main>
    </>
  );
}

function Page({ hash, api }: { readonly hash: string; readonly api: Api }) {
  const place = readHash(hash);
  if (place.page === "job") return <JobPage key={place.id} api={api} jobId={place.id} />;
  if (place.page === "app") return <AppPage key={place.id} api={api} appId={place.id} />;
  return <HomePage api={api} />;
}

type Place = { readonly page: "home" } | { readonly page: "job" | "app"; readonly id: string };

/** `#/jobs/<id>`, `#/apps/<id>`; anything else is the start page. */
export function readHash(hash: string): Place {
  const [, kind, id] = /^#\/(jobs|apps)\/([\w-]+)$/.exec(hash) ?? [];
  if (!id) return { page: "home" };
  return { page: kind === "jobs" ? "job" : "app", id };
}

function Welcome({ onSignIn, problem }: { readonly onSignIn: () => void; readonly problem: string | undefined }) {
  return (
    <main className="welcome">
      <h1>DevFactory</h1>
      <p>Describe an app. Get it running, with its own infrastructure and a known monthly cost.</p>
      {problem && <Problem problem={{ message: "The sign-in did not work.", fix: problem }} />}
      <button type="button" onClick={onSignIn}>
        Sign in
      </button>
    </main>
  );
}

function useHash(): string {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const onChange = () => {
      setHash(window.location.hash);
      window.scrollTo(0, 0);
    };
    window.addEventListener("hashchange", onChange);
    return () => window.removeEventListener("hashchange", onChange);
  }, []);
  return hash;
}
