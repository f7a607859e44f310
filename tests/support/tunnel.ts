import type { Socket, TCPSocketListener } from "bun";

interface End {
  /** The other end of the way; nothing while it is being made. */
  other?: Socket<End>;
  /** What came before there was another end. */
  early: Buffer[];
}

/**
 * A port of its own that leads to whatever port a daemon has now, as `ssh -L` does. So a page has
 * one address while daemons come and go.
 */
export class Tunnel implements Disposable {
  /** Where it leads; nobody is there while it is undefined. */
  target: number | undefined;
  readonly #listener: TCPSocketListener<End>;

  constructor() {
    this.#listener = Bun.listen<End>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = { early: [] };
          if (this.target === undefined) socket.end();
          else void this.#join(socket, this.target);
        },
        data: ({ data }, bytes) => forward(data, bytes),
        close: ({ data }) => void data.other?.end(),
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#listener.port}`;
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }

  async #join(near: Socket<End>, port: number): Promise<void> {
    try {
      await Bun.connect<End>({
        hostname: "127.0.0.1",
        port,
        socket: {
          open: (far) => {
            far.data = { other: near, early: [] };
            near.data.other = far;
            for (const bytes of near.data.early) far.write(bytes);
          },
          data: ({ data }, bytes) => forward(data, bytes),
          close: () => void near.end(),
        },
      });
    } catch {
      // Nobody listens there: a tunnel closes what it cannot lead on.
      near.end();
    }
  }
}

/** Loopback takes what a page of a test moves at once; no queue is kept for more. */
function forward({ other, early }: End, bytes: Buffer): void {
  if (other) other.write(bytes);
  else early.push(Buffer.from(bytes));
}
