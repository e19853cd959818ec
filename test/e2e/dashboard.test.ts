import { existsSync } from "node:fs";
import type * as api from "@devfactory/automation/api/schemas.ts";
import type * as client from "@devfactory/automation/client/apiClient.ts";
import type * as dashboard from "@devfactory/dashboard/src/contract.ts";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from "vitest";
import { Platform } from "./platform.ts";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const USER = "member@contoso.example";

interface EmulatorFile {
  readonly frontDoor: string;
  readonly tenants: readonly { readonly users: readonly { readonly username: string; readonly password: string }[] }[];
}

/** One person's visit: the tests are its chapters, in order. */
describe.skipIf(!CHROMIUM)(CHROMIUM ? "the dashboard" : "the dashboard (skipped: no Chromium is installed)", () => {
  const platform = new Platform();
  const errors: string[] = [];
  let browser: Browser;
  let page: Page;
  let password = "";
  let address = "";

  beforeAll(async () => {
    const started = platform.start(/Ready/);
    browser = await chromium.launch({ executablePath: String(CHROMIUM), args: ["--no-sandbox", "--disable-quic"] });
    page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => errors.push(error.message));
    // A refusal of the content security policy is only told on the console.
    page.on("console", (message) => message.text().includes("Content Security Policy") && errors.push(message.text()));
    await started;
    const { frontDoor, tenants } = platform.readJson<EmulatorFile>("emulator.json");
    password = tenants.flatMap((tenant) => tenant.users).find((user) => user.username === USER)?.password ?? "";
    await page.goto(frontDoor);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await platform[Symbol.asyncDispose]();
  }, 60_000);

  const signIn = async (given: string) => {
    await page.getByLabel("User name").fill(USER);
    await page.getByLabel("Password").fill(given);
    await page.getByRole("button", { name: "Sign in" }).click();
  };

  it("a wrong password is refused", async () => {
    await page.getByRole("button", { name: "Sign in" }).click();
    await signIn("not the password");
    expect(await page.getByRole("alert").textContent()).toContain("AADSTS50126");
  });

  it("the right one leads back to the page, with no app yet", async () => {
    await signIn(password);
    await page.getByText("No app yet. Describe your first one above.").waitFor();
    expect(await page.locator("header").textContent()).toContain(USER);
  });

  it("a prompt becomes a job whose steps and agents show while it runs", async () => {
    await page.getByLabel("What should the app do?").fill("A list of books with a title and an author");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByText("in progress").waitFor();
    await page.locator("[aria-current=step]", { hasText: "Plan the app" }).waitFor();
    await page.locator(".agent", { hasText: "Planner agent" }).getByText("The plan has Book.").waitFor();
    await page.locator("[aria-current=step]", { hasText: "Write the code" }).waitFor();
    address = page.url();
  }, 30_000);

  it("another job beside it is cancelled and stops", async () => {
    await page.getByRole("link", { name: "All apps" }).click();
    await page.getByText("being made").waitFor();
    await page.getByLabel("What should the app do?").fill("Shops sell goods with a name and a price");
    await page.getByRole("button", { name: "Make it" }).click();
    await page.locator(".agent", { hasText: "Planner agent" }).waitFor(); // what still waits for a worker ends with other words
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator(".card", { hasText: "Stopped. What exists stays" }).waitFor();
  }, 40_000);

  it("after signing out nothing shows; the address of the job leads to it after the next sign-in", async () => {
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await page.goto(address);
    await page.getByRole("button", { name: "Sign in" }).click();
    await signIn(password); // Entra's session ended too
    await page.locator(".agent", { hasText: "Planner agent" }).getByText("The plan has Book.").waitFor();
    expect(page.url()).toBe(address);
  });

  it("at its end the app opens, with its monthly cost beside it", async () => {
    const open = page.getByRole("link", { name: "Open the app" });
    await open.waitFor({ timeout: 120_000 });
    expect(await page.locator(".steps li").allTextContents()).toHaveLength(9);
    expect(await page.locator("tfoot").textContent()).toMatch(/^Together, about\$\d+\.\d\d$/);
    const [app] = await Promise.all([page.context().waitForEvent("page"), open.click()]);
    await app.getByRole("link", { name: "Books" }).first().waitFor();
    await app.close();
  }, 150_000);

  it("a file of the job is downloaded", async () => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download source.zip" }).click(),
    ]);
    expect([download.suggestedFilename(), await download.failure()]).toEqual(["source.zip", null]);
  });

  it("the list shows the app with address and cost; the browser refused nothing and threw nothing", async () => {
    await page.getByRole("link", { name: "All apps" }).click();
    const card = page.locator(".apps li", { hasText: "live" });
    expect(await card.textContent()).toMatch(/\$\d+\.\d\d a month.*version 1.*localhost:\d+/);
    expect(errors).toEqual([]);
  });
});

it("the dashboard's own types are those of the API", () => {
  expectTypeOf<api.JobView>().toExtend<dashboard.JobView>();
  expectTypeOf<api.AppView>().toExtend<dashboard.AppView>();
  expectTypeOf<api.EventView>().toExtend<dashboard.JobEvent>();
  expectTypeOf<client.FeedbackView>().toExtend<dashboard.FeedbackView>();
  expectTypeOf<dashboard.CreateJob>().toExtend<api.CreateJob>();
  expectTypeOf<keyof dashboard.JobView>().toEqualTypeOf<keyof api.JobView>();
  expectTypeOf<keyof dashboard.AppView>().toEqualTypeOf<keyof api.AppView>();
  expectTypeOf<keyof dashboard.JobEvent>().toEqualTypeOf<keyof api.EventView>();
  expectTypeOf<dashboard.JobStatus>().toEqualTypeOf<api.JobView["status"]>();
});
