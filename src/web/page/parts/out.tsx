import type { ComponentChildren } from "preact";

import { webLink } from "../model/link.ts";

interface Props {
  url: string;
  class?: string;
  /** What it says to who does not see it, where its text alone does not. */
  label?: string;
  title?: string;
  children: ComponentChildren;
}

/** A link out of the page; an address that is none is text. */
export function Out({ url, class: name = "", label, title = "", children }: Props) {
  const href = webLink(url);
  if (href === undefined) return <span class={name}>{children}</span>;
  return (
    <a class={name} href={href} title={title} aria-label={label} target="_blank" rel="noreferrer">
      {children}
    </a>
  );
}
