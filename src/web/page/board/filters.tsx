import type { RefObject } from "preact";

import type { Project } from "../model/wire.ts";

interface Props {
  searchRef: RefObject<HTMLInputElement | null>;
  words: string;
  project: string;
  projects: Project[];
  onWords: (words: string) => void;
  onProject: (id: string) => void;
}

/** What the board is narrowed to. */
export function Filters({ searchRef, words, project, projects, onWords, onProject }: Props) {
  return (
    <div class="filters" role="search">
      <input
        ref={searchRef}
        type="search"
        aria-label="Search sessions"
        placeholder="Search  /"
        value={words}
        onInput={(event) => onWords(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      {projects.length > 1 || project !== "" ? (
        <select
          aria-label="Project"
          value={project}
          onChange={(event) => onProject(event.currentTarget.value)}
        >
          <option value="">All projects</option>
          {projects.map(({ id }) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
      ) : null}
    </div>
  );
}
