// The program of every app, from a folder whose stack settings a test may write.
export { domains, grants, services, sqlSteps, url } from "@devfactory/stacks/app/index.ts";
