import type { ExitRecord, LaunchSpec } from "../runtime/port.ts";

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
    } finally {
      store.close();
    }
  },
};
