// Stands in for the services until their own code is here: it tells that the container runs.
import { createServer } from "node:http";

const server = createServer((request, response) => {
  const known = request.url === "/" || request.url === "/health";
  response.writeHead(known ? 200 : 404, { "content-type": "text/plain" });
  response.end(known ? "ok\n" : "not found\n");
});
server.listen(Number(process.env.PORT ?? 8080));
process.once("SIGTERM", () => server.close());
