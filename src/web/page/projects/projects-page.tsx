import { useState } from "preact/hooks";

import { act } from "../live/http.ts";
import { useResource } from "../live/page.ts";
import { useAction } from "../live/use-action.ts";
import { hashOf } from "../model/route.ts";
import type { Project } from "../model/wire.ts";
import { Empty, Failure } from "../parts/empty.tsx";
import { ProjectSettings } from "./project-settings.tsx";

/** The repositories that `ao` works in, and the settings made on this machine. */
export function ProjectsPage({ id }: { id: string | undefined }) {
  const { value, error } = useResource<{ projects: Project[] }>("/projects", ["projects"]);
  const projects = value?.projects ?? [];
  const chosen = projects.find((project) => project.id === id);
  return (
    <main class="list-page">
      <div class="page-head">
        <h1>Projects</h1>
      </div>
      <Failure text={error?.message} />
      {value && projects.length === 0 ? (
        <Empty text="No project yet." type="ao project add ~/src/shop" />
      ) : null}
      <ul class="projects">
        {projects.map((project) => (
          <li key={project.id} class={project.id === id ? "is-chosen" : ""}>
            <a href={hashOf({ page: "projects", id: project.id })}>{project.id}</a>
            <span class="wrap">{project.path}</span>
            <span class="hint">{project.defaultBranch}</span>
          </li>
        ))}
      </ul>
      <AddProject />
      {chosen ? <ProjectSettings key={chosen.id} project={chosen} /> : null}
    </main>
  );
}

function AddProject() {
  const [path, setPath] = useState("");
  const add = useAction(() => act<Project>("POST", "/projects", { path: path.trim() }));
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await add.run()) setPath("");
  };
  return (
    <form class="add-project" onSubmit={(event) => void submit(event)}>
      <label>
        Add a repository of the daemon's machine
        <input
          value={path}
          placeholder="~/src/shop"
          onInput={(event) => setPath(event.currentTarget.value)}
        />
      </label>
      <button type="submit" disabled={add.isRunning || path.trim() === ""}>
        Add
      </button>
      <Failure text={add.error} />
    </form>
  );
}
