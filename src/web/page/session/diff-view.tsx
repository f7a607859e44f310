import { useState } from "preact/hooks";

import { pathOf } from "../live/http.ts";
import { cache, useResource } from "../live/page.ts";
import { type DiffFile, parseDiff } from "../model/diff.ts";
import type { Diff, Session } from "../model/wire.ts";
import { Empty, Failure } from "../parts/empty.tsx";

/** A file with more lines is folded until it is opened. */
const longFile = 400;

/** What a session has changed against its base. */
export function DiffView({ session }: { session: Session }) {
  const tags = [`session:${session.id}`, `diff:${session.id}`];
  const { value, error } = useResource<Diff>(pathOf`/sessions/${session.id}/diff`, tags);
  const files = value ? parseDiff(value.diff) : [];
  return (
    <div class="diff">
      <div class="diff-head">
        <span>
          {value ? `${value.files} ${value.files === 1 ? "file" : "files"}` : ""}{" "}
          <Counts added={value?.additions ?? 0} removed={value?.deletions ?? 0} />
        </span>
        <button
          type="button"
          class="small"
          onClick={() => cache.invalidate(new Set([`diff:${session.id}`]))}
        >
          Look again
        </button>
      </div>
      <Failure text={error?.message} />
      {value && files.length === 0 ? (
        <Empty text={`Nothing differs from ${session.baseRef}.`} />
      ) : null}
      {files.map((file) => (
        <FileDiff key={file.path} file={file} />
      ))}
    </div>
  );
}

function Counts({ added, removed }: { added: number; removed: number }) {
  return (
    <span class="counts">
      <span class="tone-ready">+{added}</span> <span class="tone-red">−{removed}</span>
    </span>
  );
}

function FileDiff({ file }: { file: DiffFile }) {
  const isLong = file.added + file.removed > longFile;
  const [isOpen, setOpen] = useState(!isLong);
  return (
    <details
      class="diff-file"
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <span class="path">{file.path}</span>
        {file.notes.map((note) => (
          <span key={note} class="hint">
            {note}
          </span>
        ))}
        <Counts added={file.added} removed={file.removed} />
      </summary>
      {isOpen ? <Lines file={file} /> : null}
    </details>
  );
}

function Lines({ file }: { file: DiffFile }) {
  return (
    <div class="diff-lines" role="region" aria-label={`Changes of ${file.path}`} tabIndex={0}>
      <table>
        <tbody>
          {file.hunks.map((hunk) => (
            <>
              <tr class="hunk">
                <td colSpan={3}>{hunk.header}</td>
              </tr>
              {hunk.lines.map((line, index) => (
                <tr key={`${hunk.header}${index}`} class={line.kind}>
                  <td class="number">{line.before}</td>
                  <td class="number">{line.after}</td>
                  <td class="text">
                    <span class="sign">{signs[line.kind]}</span>
                    {line.text}
                  </td>
                </tr>
              ))}
            </>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const signs = { added: "+", removed: "−", same: " ", note: " " };
