import { useState } from "preact/hooks";

import { everywhere, onBoard, onSession, type Shortcut } from "../model/keys.ts";
import { Dialog } from "../parts/dialog.tsx";
import { nextTheme, theme } from "./theme.ts";

/** All shortcuts, by where they hold; and the colours, for whoever has no keyboard. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState(theme());
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <div class="key-sheet">
        <Keys title="Everywhere" shortcuts={everywhere} />
        <Keys title="On the board" shortcuts={onBoard} />
        <Keys title="In a session" shortcuts={onSession} />
      </div>
      <footer>
        <button type="button" onClick={() => setName(nextTheme())}>
          Colours: {name}
        </button>
      </footer>
    </Dialog>
  );
}

function Keys({ title, shortcuts }: { title: string; shortcuts: readonly Shortcut[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {shortcuts.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
