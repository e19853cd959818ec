import { get as httpGet } from "node:http";
import { get as httpsGet } from "node:https";
import { rootCertificates } from "node:tls";

/**
 * Fetches a deployment's archive: from the local Blob service by a signed link, or from anywhere on the web.
 *
 * @throws when it does not answer 200 or is longer than `maxBytes`
 */
export function download(url: string, ca: string, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith("https:") ? httpsGet : httpGet;
    const call = get(url, { ca: [...rootCertificates, ca], timeout: 60_000 }, (answer) => {
      if (answer.statusCode !== 200) {
        answer.resume();
        return reject(new Error(`the archive's address answered ${answer.statusCode}`));
      }
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) call.destroy(new Error(`the archive is longer than ${maxBytes} bytes`));
      });
      answer.once("end", () => resolve(Buffer.concat(chunks)));
      answer.once("error", reject);
    });
    call.once("timeout", () => call.destroy(new Error("the archive's address did not answer within 60 s")));
    call.once("error", reject);
  });
}
