/** What of a plan a piece of evidence is for. */
export type Choice = "framework" | "manager" | "install" | "build" | "start" | "outputDir" | "port" | "kind" | "health";

/** Why something was chosen. Without a file it is the rule for everybody. */
export interface Evidence {
  readonly choice: Choice;
  /** Path in the project. */
  readonly file?: string;
  /** One-based. */
  readonly line?: number;
  readonly reason: string;
}

export const FRAMEWORKS = [
  "next",
  "nuxt",
  "sveltekit",
  "astro",
  "remix",
  "react-router",
  "vite",
  "create-react-app",
  "nest",
  "fastify",
  "hono",
  "koa",
  "express",
  "node",
  "fastapi",
  "flask",
  "django",
  "static",
  "dockerfile",
] as const;
export type Framework = (typeof FRAMEWORKS)[number];

export type ManagerName = "npm" | "yarn" | "pnpm" | "bun" | "pip" | "uv" | "poetry" | "none";

export interface Manager {
  readonly name: ManagerName;
  /** A version or a major version, where the project or its lock file says one. */
  readonly version?: string;
  /** Lock file, relative to the context; without one versions may differ from build to build. */
  readonly lock?: string;
}

/** How a project is built and run. Pure data: {@link generateDockerfile} makes an image of it. */
export interface ProjectPlan {
  readonly framework: Framework;
  readonly language: "node" | "python" | "static" | "dockerfile";
  /** `static`: files behind a web server; `web`: a server of pages; `api`: a server of data. */
  readonly kind: "static" | "web" | "api";
  readonly manager: Manager;
  /** Folder of the project that the image is built in: of a workspace its root, else the app's own. `.` is everything. */
  readonly context: string;
  /** The app's folder, relative to the context; `.` when they are the same. */
  readonly folder: string;
  /** Shell command, run in the context. */
  readonly install?: string;
  /** Files that decide what is installed, relative to the context; absent: the whole project. */
  readonly installReads?: readonly string[];
  /** Shell command, run in the app's folder. */
  readonly build?: string;
  /** Command of the running container, in the app's folder. */
  readonly start?: readonly string[];
  /** Of `static`: what the web server shows, relative to the app's folder. */
  readonly outputDir?: string;
  /** Of `static`: paths without a file show `index.html`. */
  readonly singlePage?: boolean;
  /** Of a server: all that runs, relative to the app's folder; absent: the whole folder. */
  readonly runtime?: readonly string[];
  /** The start command needs packages of development: they stay. */
  readonly keepDevelopment?: boolean;
  readonly port: number;
  /** Path that answers 200. */
  readonly health: string;
  readonly evidence: readonly Evidence[];
}
