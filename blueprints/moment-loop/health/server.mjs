// Tells that its container runs. It answers 200 where probes and people ask, and a worker just lives on.
import { createServer } from "node:http";

const PATHS = new Set(["/", "/health"]);

const server = createServer((request, response) => {
  const known = PATHS.has(new URL(request.url ?? "/", "http://localhost").pathname);
  response.writeHead(known ? 200 : 404, { "content-type": "text/plain" });
  response.end(known ? `${process.env.CONTAINER_APP_REPLICA_NAME ?? "ok"}\n` : "not found\n");
});
server.listen(Number(process.env.PORT ?? 8080));
process.once("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
});
