import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A server of one's own, to be killed and started again. */
export interface TestServer {
  /** With credentials, where it has any. */
  readonly url: string;
  readonly port: number;
  /** Process id of the server; another one after each start. */
  readonly pid: number;
  /** Sends a signal (`SIGKILL`, `SIGSTOP`, …); with one that ends it, resolves when it has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again after a kill, with the same port and data; resolves when it answers. */
  start(): Promise<void>;
  /** Ends it and removes what it kept. */
  stop(): Promise<void>;
}

/** How a kind of server is run. */
export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly spawn: SpawnOptions;
  /** Milliseconds until it has to answer. Default 30,000. */
  readonly patienceMs?: number;
  /** Resolves when the server answers, rejects while it does not. */
  ready(): Promise<void>;
}

/** A folder of its own under the system's temporary folder. */
export function serverFolder(kind: string): string {
  return mkdtempSync(join(tmpdir(), `agent-factory-${kind}-`));
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  server.close();
  return port;
}

const endsIt: ReadonlySet<string> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGQUIT']);

/**
 * Runs a server in `folder` until `stop`, or until the process `keeper` (default: this one) is gone: a guard outside
 * sees to that.
 */
export async function runServer(
  folder: string,
  url: string,
  port: number,
  command: ServerCommand,
  keeper: number = process.pid,
): Promise<TestServer> {
  const pidFile = join(folder, 'server.pid');
  const log = join(folder, 'server.log');
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const output = openSync(log, 'a');
    const started = spawn(command.file, command.args, {
      ...command.spawn,
      detached: true, // an interrupt at the keyboard is for the tests, which then stop their servers
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    child = started;
    let failure: Error | undefined;
    started.once('error', (error) => (failure = error));
    started.once('exit', (code) => (failure ??= new Error(`it ended with code ${code}`)));
    started.unref();
    writeFileSync(pidFile, String(started.pid ?? 0));
    const { patienceMs = 30_000 } = command;
    for (const end = Date.now() + patienceMs; ; await sleep(15)) {
      if (failure || Date.now() > end) {
        const reason = failure?.message ?? `it did not answer within ${patienceMs / 1000} s`;
        throw new Error(
          `${command.file} did not start: ${reason}\n${readFileSync(log, 'utf8').slice(-2000)}`,
        );
      }
      try {
        await command.ready();
        return;
      } catch {
        // Not yet.
      }
    }
  };

  const guard = spawn(
    process.execPath,
    [fileURLToPath(new URL('guard.mjs', import.meta.url)), String(keeper), pidFile, folder],
    { detached: true, stdio: 'ignore' },
  );
  guard.unref();
  await start();

  return {
    url,
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    async kill(signal) {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      child.ref(); // what is waited for keeps this process alive
      const ended = once(child, 'exit');
      child.kill(signal);
      if (endsIt.has(signal)) await ended;
    },
    start,
    async stop() {
      if (child && child.exitCode === null && child.signalCode === null) {
        child.ref();
        const ended = once(child, 'exit');
        child.kill('SIGCONT');
        child.kill('SIGQUIT');
        await Promise.race([ended, sleep(5000, undefined, { ref: false })]);
        child.kill('SIGKILL');
      }
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
