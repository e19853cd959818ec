/** What the deployment tells the page (`/config.json`). */
export interface SiteConfig {
  readonly clientId: string;
  /** Authority of the sign-in: `https://…/organizations`. */
  readonly authority: string;
  /** Address under which the browser reaches that authority; the same on Azure. */
  readonly endpoints: string;
  /** Base of the job service's API. */
  readonly api: string;
}

export async function loadConfig(): Promise<SiteConfig> {
  const response = await fetch("/config.json", { cache: "no-store" });
  if (!response.ok) throw new Error("The site has no config.json yet: deploy the platform again.");
  return (await response.json()) as SiteConfig;
}
