/** Shown to a browser that the daemon does not know. */
export function SignedOut({ reason }: { reason?: string }) {
  return (
    <main class="signed-out">
      <h1>Not signed in</h1>
      <p>{reason ?? "This browser has no valid sign-in for this daemon."}</p>
      <p>
        Type <code>ao web</code> in a terminal; it opens this page signed in.
      </p>
    </main>
  );
}
