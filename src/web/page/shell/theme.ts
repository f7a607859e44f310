const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "ao-theme";

/** The theme that was chosen in this browser. */
export function theme(): Theme {
  const chosen = localStorage.getItem(key);
  return themes.find((name) => name === chosen) ?? "system";
}

/** Puts the chosen theme into effect. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme();
}

/** Takes the next theme; returns which. */
export function nextTheme(): Theme {
  const next = themes[(themes.indexOf(theme()) + 1) % themes.length] ?? "system";
  localStorage.setItem(key, next);
  applyTheme();
  return next;
}
