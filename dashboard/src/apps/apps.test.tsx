import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { App } from "../App.tsx";
import type { Api } from "../api.ts";
import type { AppView, JobView, ServiceView } from "../contract.ts";
import type { SignIn } from "../signIn.ts";
import { Addresses } from "./Addresses.tsx";
import { deployingJob } from "./AppCost.tsx";
import { Change } from "./AppPage.tsx";
import { HomePage, titleOf } from "./HomePage.tsx";
import { NewApp } from "./NewApp.tsx";
import { Repo } from "./Repo.tsx";

const NO_API = {} as Api; // nothing is called before the page is in a browser

it("every field of the form has a label", () => {
  const html = renderToStaticMarkup(<NewApp api={NO_API} />);
  const ids = [...html.matchAll(/<(?:textarea|select|input) id="([\w-]+)"/g)].map((match) => match[1]);
  expect(ids).toEqual(["prompt", "profile", "region"]);
  for (const id of ids) expect(html).toContain(`<label for="${id}">`);
});

it("the start page says that it loads until the apps are there", () => {
  const html = renderToStaticMarkup(<HomePage api={NO_API} />);
  expect(html).toContain('<div class="loading" role="status"><span class="hidden">Loading your apps …</span>');
  expect(html).not.toContain("No app yet");
});

it("an app is called by its title, or by what it was asked to be", () => {
  expect(titleOf({ title: "Guest book", prompt: "a guest book" })).toBe("Guest book");
  expect(titleOf({ prompt: "a guest book ".repeat(10) })).toBe(
    "a guest book a guest book a guest book a guest book a guest …",
  );
});

it("who is not signed in sees the way in and why the last try failed, and nothing else", () => {
  Object.assign(globalThis, { window: { location: { hash: "#/jobs/a-b" } } });
  const signIn = { account: () => null, problem: "AADSTS65004: declined" } as SignIn;
  const html = renderToStaticMarkup(<App signIn={signIn} api={NO_API} />);
  Reflect.deleteProperty(globalThis, "window");
  expect(html).toContain("The sign-in did not work.</strong> AADSTS65004: declined");
  expect(html).toContain('<button type="button">Sign in</button>');
  expect(html).not.toContain("Sign out");
});

it("what an app costs is told by the newest job that brought a version", () => {
  const job = (jobId: string, kind: JobView["kind"], status: JobView["status"]) => ({ jobId, kind, status }) as JobView;
  const jobs = [
    job("d", "destroy", "succeeded"),
    job("c", "edit", "failed"),
    job("b", "edit", "finalized"),
    job("a", "create", "succeeded"),
  ];
  expect(deployingJob(jobs)?.jobId).toBe("b");
  expect(deployingJob(jobs.slice(0, 2))).toBe(undefined);
});

it("addresses are told where there is more than one: of each service that answers, and in each region", () => {
  const told = (services: readonly ServiceView[]) =>
    renderToStaticMarkup(<Addresses services={services} />)
      .replace(/<a href="([^"]+)"[^>]*>\1<\/a>/g, "[$1]")
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " ")
      .trim();
  const web = { name: "web", kind: "web", url: "https://w" };
  const mailer = { name: "mailer", kind: "worker", url: "" };
  const regions = [
    { region: "eastus", url: "https://e" },
    { region: "westeurope", url: "https://u" },
  ];
  expect([
    told([]),
    told([web, mailer]),
    told([web, { ...web, name: "prices", url: "https://p" }]),
    told([{ ...web, regions }]),
  ]).toEqual([
    "",
    "",
    "Where it answers web: [https://w] prices: [https://p]",
    "Where it answers web: [https://w] in eastus: [https://e] in westeurope: [https://u]",
  ]);
});

it("only an app that agents wrote is changed by words; the others say how they get their next version", () => {
  const told = (app: Partial<AppView>) => renderToStaticMarkup(<Change app={app as AppView}>form</Change>);
  expect(told({})).toBe("form");
  expect(told({ source: {} as never })).toContain("deploy the folder again with <code>npx devfactory deploy</code>");
  expect(told({ promotedFrom: "a1" })).toContain('It runs versions of <a href="#/apps/a1">another app</a>');
});

it("where versions are kept is told with the newest commit, or why the last one is not there", () => {
  const repo = { provider: "github", url: "https://github.com/a/b.git", branch: "main" } as const;
  const text = (html: string) => html.replaceAll(/<[^>]+>/g, "");
  const kept = renderToStaticMarkup(<Repo repo={{ ...repo, commit: "0123456789abcdef" }} />);
  expect([text(kept), kept.includes('href="https://github.com/a/b/commit/0123456789abcdef"')]).toEqual([
    "Versions are kept in main of https://github.com/a/b.git, newest commit 0123456789ab",
    true,
  ]);
  const problem = { code: "KEY_NOT_FOUND", detail: "No key.", fix: "Store it." };
  expect(text(renderToStaticMarkup(<Repo repo={{ ...repo, problem }} />))).toBe(
    "Versions are kept in main of https://github.com/a/b.git. The last version is not there: No key. Store it.",
  );
});
