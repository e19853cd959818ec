import { html } from "hono/html";

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;background:#f3f2f1;margin:0;display:grid;place-items:center;min-height:100vh}
main{background:#fff;padding:2rem;width:min(24rem,90vw);box-shadow:0 2px 6px #0003}h1{font-size:1.4rem;margin:0 0 1rem}
label{display:block;margin:.75rem 0 .25rem}input{width:100%;box-sizing:border-box;padding:.5rem;font:inherit;border:1px solid #605e5c}
button{margin-top:1.25rem;padding:.5rem 1.5rem;font:inherit;background:#0067b8;color:#fff;border:0;cursor:pointer}
.error{color:#a4262c;margin:0}small{color:#605e5c}`;

interface SignInPage {
  readonly application: string;
  readonly username: string;
  readonly error?: string | undefined;
  /** Asks for the code that a device shows. */
  readonly userCode?: string | undefined;
}

/** The sign-in page; it posts back to its own address. */
export function signInPage({ application, username, error, userCode }: SignInPage) {
  return shell(
    "Sign in",
    html`<form method="post">
      <p><small>to continue to</small><br /><strong>${application}</strong></p>
      ${error === undefined ? "" : html`<p class="error" role="alert">${error}</p>`}
      ${
        userCode === undefined
          ? ""
          : html`<label for="code">Code</label><input id="code" name="user_code" value="${userCode}" required autocomplete="off" />`
      }
      <label for="username">User name</label>
      <input id="username" name="username" value="${username}" required autocomplete="username" />
      <label for="password">Password</label>
      <input id="password" name="password" type="password" required autocomplete="current-password" />
      <button type="submit">Sign in</button>
      <p><small>Local stand-in for Microsoft Entra ID. The users are in the emulator's own file.</small></p>
    </form>`,
  );
}

/** A page that only says something. */
export function messagePage(title: string, text: string) {
  return shell(title, html`<p>${text}</p>`);
}

/** Posts an answer to a client that asked for `form_post`. */
export function formPostPage(address: string, fields: Readonly<Record<string, string>>) {
  const inputs = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return shell(
    "Working",
    html`<form method="post" action="${address}">${inputs}<button type="submit">Continue</button></form>
      <script>document.forms[0].submit()</script>`,
  );
}

function shell(title: string, content: unknown) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>${STYLE}</style>
      </head>
      <body><main><h1>${title}</h1>${content}</main></body>
    </html>`;
}
