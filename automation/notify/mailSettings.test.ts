import { expect, it } from "vitest";
import { MailSettings } from "./mailSettings.ts";

const REST = { from: "devfactory@contoso.com", domains: { t1: ["Contoso.com"] } };

it.each([
  ["smtp://smtp.azurecomm.net", { host: "smtp.azurecomm.net", port: 587, isTls: false }],
  ["smtp://Mail.Contoso.com:2525/", { host: "mail.contoso.com", port: 2525, isTls: false }],
  [
    "smtps://ada%40contoso.com@mail.contoso.com",
    { host: "mail.contoso.com", port: 465, isTls: true, user: "ada@contoso.com" },
  ],
  ["smtp://[::1]:25", { host: "::1", port: 25, isTls: false }],
])("%s", (smtp, server) => {
  expect(MailSettings.parse({ ...REST, smtp })).toEqual({ ...REST, domains: { t1: ["contoso.com"] }, smtp: server });
});

it.each([
  "mail.contoso.com",
  "http://mail.contoso.com",
  "smtp://",
  "smtp://ada:canary@mail.contoso.com",
  "smtp://mail.contoso.com/inbox",
  "smtp://mail.contoso.com?tls=no",
  "smtp://%@mail.contoso.com",
  "smtp://mail%0d.contoso.com",
])("%s is refused, and not shown", (smtp) => {
  const { error } = MailSettings.safeParse({ ...REST, smtp });
  expect(error?.issues).toEqual([
    {
      code: "custom",
      path: ["smtp"],
      message: "must be smtp://<user>@<host>:<port> or smtps://…, without a password: it is a secret of the vault",
    },
  ]);
});

it.each(["", "*", "*.contoso.com", "contoso", "ops@contoso.com", "contoso.com\n"])("%j is no domain", (domain) => {
  const { error } = MailSettings.safeParse({ smtp: "smtp://mail.contoso.com", ...REST, domains: { t1: [domain] } });
  expect(error?.issues.map(({ path }) => path)).toEqual([["domains", "t1", 0]]);
});
