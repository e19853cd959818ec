/** A document for each kind of the app spec, whole: `docs/app-spec.md` shows them, a test parses and records them. */
export const SPEC_EXAMPLES: Readonly<Record<"services" | "resources", Readonly<Record<string, string>>>> = {
  services: {
    static: document(`
services:
  - { name: site, kind: static, source: site, uses: [{ resource: api, access: call }] }
  - { name: api, kind: api }`),
    web: document(`
services:
  - name: web
    kind: web
    port: 3000
    health: /health
    size: { cpu: 0.5 }
    scale: { min: 1, max: 5 }`),
    api: document(`
services:
  - { name: api, kind: api, public: false }
  - { name: web, kind: web, uses: [{ resource: api, access: call }] }`),
    worker: document(`
services:
  - { name: mailer, kind: worker, scale: { min: 0, max: 10 }, uses: [{ resource: mails, access: receive }] }
resources:
  - { name: mails, kind: queue }`),
    job: document(`
services:
  - { name: report, kind: job, source: report, env: { LANGUAGE: en }, uses: [{ resource: files, access: readwrite }] }
resources:
  - { name: files, kind: blob, containers: [reports] }`),
    function: document(`
services:
  - { name: hook, kind: function, source: hook, memoryMb: 512, uses: [{ resource: mails, access: send }] }
resources:
  - { name: mails, kind: queue }`),
  },
  resources: {
    postgres: document(`
services:
  - { name: web, kind: web, uses: [{ resource: db, access: readwrite }] }
resources:
  - { name: db, kind: postgres, storageGb: 64, sku: Standard_D2s_v3, highAvailability: true }`),
    cosmos: document(`
services:
  - { name: web, kind: web, uses: [{ resource: data, access: readwrite }] }
resources:
  - name: data
    kind: cosmos
    containers:
      - { name: orders, partitionKey: /customerId }
      - { name: customers }`),
    blob: document(`
services:
  - { name: web, kind: web, uses: [{ resource: files, access: read }] }
resources:
  - { name: files, kind: blob, containers: [photos, invoices], sku: Standard_ZRS }`),
    queue: document(`
services:
  - { name: web, kind: web, uses: [{ resource: orders, access: send }] }
  - { name: packer, kind: worker, uses: [{ resource: orders, access: receive }] }
resources:
  - { name: orders, kind: queue, sessions: true }`),
    secrets: document(`
services:
  - { name: web, kind: web, uses: [{ resource: keys, access: read }] }
resources:
  - { name: keys, kind: secrets }`),
    sql: document(`
services:
  - { name: web, kind: web, uses: [{ resource: stock, access: read }] }
resources:
  - { name: stock, kind: sql, freeOffer: true, pauseMinutes: 60 }`),
    relay: document(`
services:
  - { name: web, kind: web, uses: [{ resource: onprem, access: send }] }
resources:
  - { name: onprem, kind: relay, connections: [berlin, munich] }`),
    config: document(`
services:
  - { name: web, kind: web, uses: [{ resource: settings, access: read }] }
resources:
  - { name: settings, kind: config, sku: developer }`),
    gateway: document(`
services:
  - { name: chat, kind: api }
resources:
  - name: door
    kind: gateway
    publisher: { name: Contoso, email: apis@contoso.example }
    apis: [{ name: chat, path: chat, service: chat, audience: "api://shop" }]`),
    registry: document(`
services:
  - { name: web, kind: web, uses: [{ resource: images, access: read }] }
resources:
  - { name: images, kind: registry, sku: Standard }`),
  },
};

/** Sizes by name, and the one that is in force. */
export const PRESET_EXAMPLE = document(`
preset: minimum
presets:
  minimum:
    services: { web: { size: { cpu: 0.25 }, scale: { min: 0, max: 1 } } }
    resources: { db: { sku: Standard_B1ms } }
  growth:
    services: { web: { size: { cpu: 1 }, scale: { min: 2, max: 20 } } }
    resources: { db: { sku: Standard_D4s_v3, storageGb: 256, highAvailability: true } }
services:
  - { name: web, kind: web, uses: [{ resource: db, access: readwrite }] }
resources:
  - { name: db, kind: postgres }`);

function document(rest: string): string {
  return `version: 1\nname: shop\ntitle: Shop${rest}\n`;
}
