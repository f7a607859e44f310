import { useEffect, useState } from "preact/hooks";

import { hashOf, parseRoute, type Route } from "../model/route.ts";

/** What the page's address asks for. */
export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const update = () => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", update);
    return () => removeEventListener("hashchange", update);
  }, []);
  return route;
}

/** Shows another page. */
export function go(route: Route): void {
  location.hash = hashOf(route);
}

/** Shows another page in place of this one, so that "back" does not lead here. */
export function replace(route: Route): void {
  history.replaceState(null, "", hashOf(route));
  dispatchEvent(new HashChangeEvent("hashchange"));
}
