import type { ExitRecord, LaunchSpec } from "../runtime/port.ts";
import type { Store } from "../store/store.ts";

/** What a holder and tmux's hook call when an agent has ended. */
export const exitCallbacks = {
  /**
   * Writes the end into the store. The store is opened only now, and closed at once: a holder
   * that kept it open would pin the write-ahead log for as long as its agent lives.
   */
  onEnd: async (record: ExitRecord, spec: LaunchSpec): Promise<void> => {
    const [{ openStore }, { recordExit }] = await Promise.all([
      import("../store/store.ts"),
      import("./hold.ts"),
    ]);
    const store = openStore(spec.dataDir);
    try {
      recordExit(store, spec, record);
      await tellOfIt(store);
    } finally {
      store.close();
    }
  },
};

/** The end is news for the person: a helper tells of it where no process leads. */
async function tellOfIt(store: Store): Promise<void> {
  const { isHelperWanted } = await import("./notify/due.ts");
  if (!(await isHelperWanted(store))) return;
  const [{ startDetached }, { ownCommand }, { ownEnvironment }] = await Promise.all([
    import("../process/detach.ts"),
    import("../process/self.ts"),
    import("../runtime/environment.ts"),
  ]);
  const argv = [...ownCommand(), "__run-once", "--by-agent", "--data-dir", store.dataDir];
  startDetached(argv, { env: ownEnvironment() });
}
