import { askUser } from "./askUser.ts";
import { describeKinds } from "./describeKinds.ts";
import { editFile } from "./editFile.ts";
import { generateBackend, generateFrontend, generateInfrastructure } from "./generate.ts";
import { listFiles } from "./listFiles.ts";
import { readFile } from "./readFile.ts";
import { runChecks } from "./runChecks.ts";
import type { Tool } from "./tool.ts";
import { writeFile } from "./writeFile.ts";
import { writeSpec } from "./writeSpec.ts";

/** Every tool there is; `agents.json` says who holds which. */
export const TOOLS: readonly Tool[] = [
  readFile,
  listFiles,
  describeKinds,
  writeFile,
  editFile,
  writeSpec,
  askUser,
  generateBackend,
  generateFrontend,
  generateInfrastructure,
  runChecks,
];
