/** How long a page is hidden before it lets its stream go. */
const hiddenMs = 10_000;

const lockName = "ao-stream-of-a-hidden-page";

/**
 * Tells when a page that nobody sees should let its stream go, and when to take it up again. A
 * browser opens six connections to one server at most, for all its pages together: of the hidden
 * ones, one keeps its stream, so that its title still tells how many sessions wait.
 */
export function watchVisibility(on: { pause: () => void; resume: () => void }): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let release = () => {};
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => void keepOrPause(), hiddenMs);
    else {
      release();
      on.resume();
    }
  });

  async function keepOrPause(): Promise<void> {
    await navigator.locks.request(lockName, { ifAvailable: true }, (lock) => {
      // It may be looked at again by the time that the answer comes.
      if (!document.hidden) return undefined;
      if (lock) return new Promise<void>((resolve) => (release = resolve));
      on.pause();
      return undefined;
    });
  }
}
