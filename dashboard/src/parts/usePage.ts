import { useEffect, useRef } from "react";

/** Names the window after the page and moves the focus to its heading, once the heading has its text. */
export function usePage(title: string | undefined) {
  const heading = useRef<HTMLHeadingElement>(null);
  const arrived = useRef(false);
  useEffect(() => {
    if (title === undefined) return;
    document.title = `${title} · DevFactory`;
    if (!arrived.current) heading.current?.focus({ preventScroll: true });
    arrived.current = true;
  }, [title]);
  return heading;
}
