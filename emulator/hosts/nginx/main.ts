import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { serve } from "./serve.ts";
import { readServer } from "./settings.ts";

// Runs inside images whose base is nginx: a static server on node that reads what the image put into /etc/nginx/conf.d.
const FOLDER = "/etc/nginx/conf.d";
const file = readdirSync(FOLDER).find((name) => name.endsWith(".conf"));
const settings = readServer(file ? readFileSync(`${FOLDER}/${file}`, "utf8") : "");
const server = createServer((request, response) => serve(settings, request, response));
server.listen(Number(process.env.PORT ?? settings.port));
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
