import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { hash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { errors } from './errors.ts';

const answerMs = 120_000;

/** What a running platform can be asked from the same machine. */
export type ControlRequest =
  | { readonly do: 'ping' }
  | { readonly do: 'reload' }
  | { readonly do: 'inspect' }
  | { readonly do: 'explain'; readonly name: string };

/** Answers one request; what it throws goes to the asker as code, message and fix. */
export type ControlHandler = (request: ControlRequest) => Promise<unknown>;

interface Answer {
  readonly ok?: unknown;
  readonly error?: { readonly code?: string; readonly message: string; readonly fix?: string };
}

/**
 * Where the platform with this state folder listens for its operator: a socket only its own user may open.
 * Socket paths are short (108 bytes on Linux), so a deep folder is named by its hash.
 */
export function controlPath(dataDir: string): string {
  const name = `agent-factory-${hash('sha256', dataDir).slice(0, 16)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  const beside = join(dataDir, 'control.sock');
  return Buffer.byteLength(beside) < 100 ? beside : join(tmpdir(), `${name}.sock`);
}

/** Listens for the operator. Call only after {@link askPlatform} found nobody there. */
export async function openControlSocket(dataDir: string, handle: ControlHandler): Promise<Server> {
  const path = controlPath(dataDir);
  mkdirSync(dataDir, { recursive: true });
  if (process.platform !== 'win32') rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > 65_536) socket.destroy();
    });
    socket.on('end', () => {
      void reply(text, handle).then((answer) => socket.end(JSON.stringify(answer)));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return server;
}

async function reply(text: string, handle: ControlHandler): Promise<Answer> {
  try {
    return { ok: (await handle(JSON.parse(text) as ControlRequest)) ?? null };
  } catch (error) {
    if (isAgentFactoryError(error)) return { error: { code: error.code, message: error.message, fix: error.fix } };
    return { error: { message: error instanceof Error ? error.message : String(error) } };
  }
}

/**
 * Asks the running platform. Throws AF_CLI_NOT_RUNNING when there is none, and what the platform threw when it
 * refused.
 */
export async function askPlatform<T>(dataDir: string, request: ControlRequest): Promise<T> {
  const text = await exchange(dataDir, JSON.stringify(request));
  const answer = JSON.parse(text) as Answer;
  if (!answer.error) return answer.ok as T; // each request has one kind of answer
  throw Object.assign(new Error(answer.error.message), answer.error);
}

function exchange(dataDir: string, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(controlPath(dataDir));
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(answerMs, () => socket.destroy(new Error('it took too long')));
    socket.on('connect', () => socket.end(question));
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const gone = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      reject(
        gone ? errors.AF_CLI_NOT_RUNNING({ dataDir }) : errors.AF_CLI_CONTROL_FAILED({ reason: error.message }),
      );
    });
    socket.on('end', () => {
      if (text) resolve(text);
      else reject(errors.AF_CLI_CONTROL_FAILED({ reason: 'it closed the connection' }));
    });
  });
}
