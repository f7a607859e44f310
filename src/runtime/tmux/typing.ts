import { AoError } from "../../error.ts";
import { typeable } from "../paste.ts";
import type { Delivery, DeliveryOutcome } from "../port.ts";
import type { TmuxServer } from "./server.ts";

/**
 * Pastes a text once per id: the pane itself remembers the id, set in the same sequence of
 * commands as the paste, so nothing comes between. Brackets are added by tmux, only while the
 * program asks for them.
 */
export async function pasteIntoPane(
  server: TmuxServer,
  pane: string,
  { id, text }: Delivery,
): Promise<DeliveryOutcome> {
  const name = optionName("paste", id);
  const buffer = name.slice(1);
  const paste = `paste-buffer -p -r -d -b ${buffer} -t ${pane}`;
  const commands = ["load-buffer", "-b", buffer, "-", ";", ...once(pane, name, paste)];
  const outcome = await server.tell(commands, typeable(text));
  // Only a paste takes the buffer away.
  if (outcome.trim() !== "typed") await server.tell(["delete-buffer", "-b", buffer]);
  return outcomeOf(outcome);
}

/** Presses keys once per id, as the bytes themselves: some versions ignore the name of Enter. */
export async function submitInPane(
  server: TmuxServer,
  pane: string,
  id: string,
  keys: string,
): Promise<DeliveryOutcome> {
  const bytes = [...Buffer.from(keys, "latin1")].map((byte) => byte.toString(16).padStart(2, "0"));
  const press = `send-keys -t ${pane} -H ${bytes.join(" ")}`;
  return outcomeOf(await server.tell(once(pane, optionName("submit", id), press)));
}

function once(pane: string, name: string, command: string): string[] {
  const type = `${command} ; set-option -p -t ${pane} ${name} 1 ; display-message -p typed`;
  const repeat = "display-message -p repeated";
  const unlessTyped = `if-shell -F -t ${pane} '#{${name}}' '${repeat}' '${type}'`;
  return ["if-shell", "-F", "-t", pane, "#{pane_dead}", "display-message -p ended", unlessTyped];
}

function optionName(kind: string, id: string): string {
  return `@ao_${kind}_${new Bun.CryptoHasher("sha256").update(id).digest("hex").slice(0, 24)}`;
}

function outcomeOf(text: string): DeliveryOutcome {
  const outcome = text.trim();
  if (outcome === "typed" || outcome === "repeated") return outcome;
  throw new AoError("unavailable", "the agent in this pane has ended");
}
