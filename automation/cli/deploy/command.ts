import type { Command } from "commander";
import { readSpec } from "../../source/readSpec.ts";
import { connect } from "../connect.ts";
import { followJob } from "../follow.ts";
import type { Home } from "../home.ts";
import { type OutputFormat, print, printJson, say } from "../output.ts";
import { BRANCH_OPTION, REPO_OPTION, type RepoOptions, repoWish } from "../repo.ts";
import { type Common, parseProfile, verb } from "../verb.ts";
import { appOf, remember } from "./folderApp.ts";
import { readProject } from "./readProject.ts";
import { deploymentDocument, deploymentSummary, planLines } from "./show.ts";
import { upload } from "./upload.ts";

interface DeployOptions extends Common, RepoOptions {
  readonly app?: string;
  readonly new: boolean;
  readonly title?: string;
  readonly profile?: string;
  readonly region?: string;
  readonly wait: boolean;
}

/** `devfactory deploy` and `devfactory detect`. */
export function addDeployCommands(program: Command, home: Home): void {
  verb(program, "deploy [folder]", "run your own project: upload, build, deploy")
    .option("--app <id>", "deploy to this app (default: the one that the folder was deployed to before)")
    .option("--new", "make another app", false)
    .option("--title <title>", "what a new app is called")
    .option("--profile <profile>", "dev, standard or production")
    .option("--region <region>", "Azure region, for example eastus")
    .option(...REPO_OPTION)
    .option(...BRANCH_OPTION)
    .option("--no-wait", "do not follow the deployment")
    .action((folder: string | undefined, options: DeployOptions) => deploy(home, folder ?? ".", options));
  program
    .command("detect [folder]")
    .description("what a project is and how it would be built and run, with the lines that say so")
    .option("-o, --output <format>", "text or json", "text")
    .action((folder: string | undefined, { output }: { output: OutputFormat }) => {
      const { spec, from, services } = readSpec(readProject(folder ?? ".").files);
      if (output === "json") printJson({ from, spec, services });
      else for (const line of planLines(from, spec, services)) print(line);
    });
}

async function deploy(home: Home, given: string, options: DeployOptions): Promise<void> {
  const { files, folder, left } = readProject(given);
  const { output, target, profile, region } = options;
  const wishes = { ...(profile && { profile: parseProfile(profile) }), ...(region && { region }) };
  const api = connect(home, options);
  const app = await appOf(api, home, folder, options);
  remember(home, folder, target, app.appId); // also when its files are refused: the mended ones go to the same app
  const sent = await upload(api, app.appId, files, say);
  if (left > 0) say(`${left} files are no source and stay here (docs/deploy.md says which).`);
  say(`${files.size} files, ${sent.sent} sent; app ${app.appId}.`);
  const { deploymentId } = await api.deploy(app.appId, wishes, repoWish(options));
  if (options.wait) await followJob(api, deploymentId);
  const last = await api.deployment(deploymentId);
  if (output === "json") printJson(deploymentDocument(last));
  else for (const line of deploymentSummary(last)) print(line);
  if (options.wait && last.status !== "succeeded") process.exitCode = 1;
}
