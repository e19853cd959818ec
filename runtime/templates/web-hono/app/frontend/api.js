/** What the server refused: its status, its words, and the fields that are wrong. */
export class ApiError extends Error {
  constructor(status, title, errors) {
    super(title);
    this.status = status;
    this.errors = errors;
  }
}

async function request(path, options = {}) {
  const response = await fetch(`/api/${path}`, options).catch(() => {
    throw new ApiError(0, "The server cannot be reached. Check your connection and try again.", []);
  });
  if (response.status === 204) return undefined;
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, body.title ?? "Something went wrong.", body.errors ?? []);
  return body;
}

function send(method, path, body) {
  return request(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

export const api = {
  /** @param {Record<string, string | number>} query empty values are left out */
  list(path, query = {}) {
    const used = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
    return request(
      `${path}?${new URLSearchParams([...used.map(([key, value]) => [key, String(value)]), ["labels", "1"]])}`,
    );
  },
  get: (path, id) => request(`${path}/${id}?labels=1`),
  create: (path, values) => send("POST", path, values),
  replace: (path, id, values) => send("PUT", `${path}/${id}`, values),
  remove: (path, id) => request(`${path}/${id}`, { method: "DELETE" }),
};
