import { useState } from "preact/hooks";

import { Dialog } from "./dialog.tsx";
import { Failure } from "./empty.tsx";

interface Props {
  title: string;
  text: string;
  /** What the button that does it says. */
  verb: string;
  isDangerous?: boolean;
  error: string | undefined;
  isRunning: boolean;
  onConfirm: () => Promise<boolean>;
  onClose: () => void;
}

/** Asks before something that cannot be taken back; stays open when it failed. */
export function Confirm(props: Props) {
  const { title, text, verb, isDangerous = false, error, isRunning, onConfirm, onClose } = props;
  const [isDone, setDone] = useState(false);
  if (isDone) return null;
  const confirm = async () => {
    if (!(await onConfirm())) return;
    setDone(true);
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="wrap">{text}</p>
      <Failure text={error} />
      <footer>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          autofocus={!isDangerous}
          class={isDangerous ? "danger" : "primary"}
          disabled={isRunning}
          onClick={() => void confirm()}
        >
          {isRunning ? "…" : verb}
        </button>
      </footer>
    </Dialog>
  );
}
