import { expect, it } from "vitest";
import { Access, grantReport } from "../core/access.ts";
import type { LinkGrant } from "../core/link.ts";
import { mergeGrants } from "../core/link.ts";
import { allDatabaseSteps } from "../core/postgresAccess.ts";
import { rawResources, record, resolved, testContext } from "../testing/index.ts";
import { PostgresServer } from "./postgresServer.ts";

const PRINCIPAL = "44444444-4444-4444-8444-444444444444";
const administrators = {
  deployer: { objectId: "deployer-oid", groupName: "deployer", kind: "ServicePrincipal" },
} as const;

/** A consumer with the name `o'web"1` under roles. */
async function linked(links: (server: PostgresServer) => readonly LinkGrant[]) {
  return await record(async () => {
    const context = testContext("dev");
    const server = new PostgresServer("db", { context, databases: ["shop"], rights: "roles", administrators });
    const principal = { label: "web", principalId: PRINCIPAL, name: `o'web"1` };
    const access = mergeGrants(links(server)).map((grant) => new Access("web", { context, principal, grant }));
    return {
      steps: await resolved(allDatabaseSteps([{ access }])),
      report: await resolved(grantReport([{ access }])),
    };
  });
}

it("a link makes no administrator: its rights are statements, and the report says which", async () => {
  const made = await linked((server) => [server.database("shop").link("readwrite")]);
  const names = Object.entries(rawResources(made)).flatMap(([name, [type]]) =>
    type === "dbforpostgresql:AdministratorsMicrosoftEntra" ? [name] : [],
  );
  expect(names).toEqual(["db-administrator-deployer"]);
  expect(rawResources(made)["db-administrator-deployer"]?.[1].principalType).toBe("ServicePrincipal");
  const host = expect.stringMatching(/^psql-clinic-dev-[a-z2-7]{6}\.postgres\.database\.azure\.com$/);
  const server = { engine: "postgres", host, port: 5432 };
  expect(made.result.steps).toEqual([
    {
      ...server,
      database: "postgres",
      statements: [
        "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'o''web\"1') THEN " +
          `PERFORM pgaadauth_create_principal_with_oid('o''web"1', '${PRINCIPAL}', 'service', false, false); END IF; END $do$;`,
      ],
    },
    {
      ...server,
      database: "shop",
      statements: [
        "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_owner') THEN CREATE ROLE \"shop_owner\" NOLOGIN; END IF; END $do$;",
        "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_reader') THEN CREATE ROLE \"shop_reader\" NOLOGIN; END IF; END $do$;",
        'GRANT "shop_owner" TO CURRENT_USER;',
        'REVOKE ALL ON DATABASE "shop" FROM PUBLIC;',
        'GRANT CONNECT ON DATABASE "shop" TO "shop_reader";',
        'GRANT CONNECT, TEMPORARY, CREATE ON DATABASE "shop" TO "shop_owner";',
        'GRANT USAGE ON SCHEMA public TO "shop_reader";',
        'GRANT USAGE, CREATE ON SCHEMA public TO "shop_owner";',
        'ALTER DEFAULT PRIVILEGES FOR ROLE "shop_owner" IN SCHEMA public GRANT SELECT ON TABLES TO "shop_reader";',
        'GRANT "shop_owner" TO "o\'web""1";',
        'ALTER ROLE "o\'web""1" IN DATABASE "shop" SET role TO "shop_owner";',
      ],
    },
  ]);
  expect(made.result.report).toEqual([
    {
      consumer: "web",
      principalId: PRINCIPAL,
      role: "owner of shop",
      scope: expect.stringMatching(/\/flexibleServers\/psql-clinic-dev-[a-z2-7]{6}$/),
    },
  ]);
});

it("read is a reader, and the stronger of two links of one consumer counts", async () => {
  const last = (made: Awaited<ReturnType<typeof linked>>) => made.result.steps.at(-1)?.statements.at(-1);
  const reader = await linked((server) => [server.database("shop").link("read")]);
  expect([last(reader), reader.result.report[0]?.role]).toEqual([
    'GRANT "shop_reader" TO "o\'web""1";',
    "reader of shop",
  ]);
  const both = await linked((server) => [
    server.database("shop").link("read"),
    server.database("shop").link("migrate"),
  ]);
  expect(last(both)).toBe('ALTER ROLE "o\'web""1" IN DATABASE "shop" SET role TO "shop_owner";');
});

it("roles without anybody who could run the statements are refused", async () => {
  const made = record(
    () => new PostgresServer("db", { context: testContext("dev"), databases: ["shop"], rights: "roles" }),
  );
  await expect(made).rejects.toMatchObject({
    code: "OPTION_UNSUPPORTED",
    details: { component: "PostgresServer db", option: "rights", given: "none" },
  });
});
