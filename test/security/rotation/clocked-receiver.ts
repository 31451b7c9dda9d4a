import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { SimulatedTime } from './simulated-time.ts';

/** A request as it came. */
export interface Told {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The run it tells of. */
  readonly runId: string;
  /** What time it really was. */
  readonly at: number;
}

/** Who is told of runs, and goes by a clock of their own and by what Standard Webhooks has them check. */
export class ClockedReceiver {
  readonly name: string;
  /** Milliseconds that its clock is ahead. */
  readonly off: { readonly ms: number };
  /** What came in earnest, whatever was answered. */
  readonly came: Told[] = [];
  /** What was taken in, by id. */
  readonly taken = new Map<string, Told[]>();
  /** What came in earnest and did not verify, as sentences. */
  readonly faults: string[] = [];
  /** As its operator has it. */
  secret = '';
  isDown = false;
  /** It answers once this is over. */
  pause: Promise<void> = Promise.resolve();
  readonly #time: SimulatedTime;
  readonly #server: Server;

  constructor(time: SimulatedTime, name: string, offMs: number) {
    this.#time = time;
    this.name = name;
    this.off = { ms: offMs };
    this.#server = createServer((request, response) => {
      this.#take(request).then(
        (status) => response.writeHead(status).end(),
        () => response.destroy(),
      );
    });
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo; // it listens on a port
    return `http://127.0.0.1:${port}`;
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  /** Whether a request is believed now. */
  believes({ body, headers }: Pick<Told, 'body' | 'headers'>, secret: string = this.secret): boolean {
    try {
      this.#time.as(this.off, () => new Webhook(secret).verify(body, headers));
      return true;
    } catch {
      return false;
    }
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request: IncomingMessage): Promise<number> {
    const body = await text(request);
    const headers = request.headers as Record<string, string>; // each comes once
    const id = headers['webhook-id'] ?? '';
    const { data } = JSON.parse(body) as { readonly data: { readonly runId: string } }; // of runs alone
    const told = { id, headers, body, runId: data.runId, at: this.#time.now() };
    this.came.push(told);
    if (this.isDown) return 503;
    if (!this.believes(told)) {
      this.faults.push(`${this.name} does not believe ${id}`);
      return 401;
    }
    this.taken.set(id, [...(this.taken.get(id) ?? []), told]);
    await this.pause;
    return 204;
  }
}
