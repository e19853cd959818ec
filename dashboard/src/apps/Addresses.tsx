import type { ServiceView } from "../contract.ts";

/** Where each service answers, in several regions also in each of them; nothing for an app with one address, which has its button. */
export function Addresses({ services }: { readonly services: readonly ServiceView[] }) {
  const answering = services.filter(({ url }) => url !== "");
  const places = answering.flatMap(({ regions = [] }) => regions);
  if (answering.length + places.length < 2) return null;
  return (
    <section aria-labelledby="addresses">
      <h2 id="addresses">Where it answers</h2>
      <ul className="addresses">
        {answering.map(({ name, url, regions = [] }) => (
          <li key={name}>
            {name}: <Address url={url} />
            {regions.length > 0 && (
              <ul>
                {regions.map((each) => (
                  <li key={each.region}>
                    in {each.region}: <Address url={each.url} />
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Address({ url }: { readonly url: string }) {
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {url}
    </a>
  );
}
