import type { Route } from "./settings.ts";

/**
 * The route for a path: an exact pattern before one with `*` at its end, of those the longest; upper and lower case are the same.
 *
 * @see Microsoft Learn, "How requests get matched to a route configuration"
 */
export function matchRoute(routes: readonly Route[], path: string): Route | undefined {
  const fitting = routes.flatMap((route) =>
    route.patterns.flatMap((pattern) => {
      const rank = rankOf(pattern.toLowerCase(), path.toLowerCase());
      return rank === undefined ? [] : [{ route, rank }];
    }),
  );
  return fitting.sort((a, b) => b.rank - a.rank)[0]?.route;
}

function rankOf(pattern: string, path: string): number | undefined {
  if (pattern === path) return Number.POSITIVE_INFINITY;
  if (!pattern.endsWith("*")) return undefined;
  const start = pattern.slice(0, -1);
  return path.startsWith(start) || `${path}/` === start ? start.length : undefined;
}
