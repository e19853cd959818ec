import type { AppSpec } from "@devfactory/stacks/spec/index.ts";
import { storeKind } from "../backend/backend.ts";
import { type Files, templateFiles } from "../files.ts";
import { readme } from "./readme.ts";
import { toYaml } from "./yaml.ts";

/** What builds, describes and deploys the app: image, infrastructure, pipelines, README. */
export function infraFiles(spec: AppSpec): Files {
  const files = templateFiles("web-hono/infra");
  const named = Object.entries(files).map(([path, text]) => [
    targetPath(path),
    text.replaceAll("{{name}}", () => spec.name),
  ]);
  return {
    ...Object.fromEntries(named),
    "devfactory.yaml": specFile(spec),
    "README.md": readme(spec, storeKind(spec)),
  };
}

/** The spec as the document that people edit. */
export function specFile(spec: AppSpec): string {
  return `# What this app is made of. \`devfactory deploy\` and infra/ read this file.${toYaml(spec)}\n`;
}

/**
 * The spec with what the model needs of the infrastructure: a Cosmos container for each entity, and the rights of the service.
 * What is there already stays as it is.
 */
export function completeSpec(spec: AppSpec): AppSpec {
  const plurals = spec.model?.entities.map((entity) => entity.plural) ?? [];
  const resources = spec.resources.map((resource) => {
    if (resource.kind !== "cosmos") return resource;
    const known = resource.containers.map((container) => container.name);
    const added = plurals.filter((name) => !known.includes(name)).map((name) => ({ name, partitionKey: "/id" }));
    return { ...resource, containers: [...resource.containers, ...added] };
  });
  const databases = resources.filter((resource) => resource.kind === "postgres" || resource.kind === "cosmos");
  const services = spec.services.map((service) => {
    if (service.kind !== "web") return service;
    const missing = databases.filter((database) => !service.uses.some((use) => use.resource === database.name));
    const uses = missing.map(({ name }) => ({ resource: name, access: "readwrite" as const }));
    return { ...service, uses: [...service.uses, ...uses] };
  });
  return { ...spec, resources, services };
}

/** Template names that would act on this repository have a prefix. */
function targetPath(path: string): string {
  return path.replace(/(^|\/)dot-/g, "$1.");
}
