import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { hash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { errors } from './errors.ts';

const answerMs = 120_000;
const pingMs = 5_000;
const maxRequest = 65_536;

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
 * Socket paths are short (108 bytes on Linux), so a deep folder is named by its hash in a folder of the user's.
 */
function controlPath(dataDir: string): string {
  const name = `agent-factory-${hash('sha256', dataDir).slice(0, 16)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  const beside = join(dataDir, 'control.sock');
  if (Buffer.byteLength(beside) < 100) return beside;
  return join(tmpdir(), `agent-factory-${userInfo().uid}`, `${name}.sock`);
}

/**
 * Listens for the operator, which also keeps a second platform from the same state folder:
 * AF_CLI_ALREADY_RUNNING. A socket that a killed platform left is taken over.
 */
export async function openControlSocket(dataDir: string, handle: ControlHandler): Promise<Server> {
  const path = controlPath(dataDir);
  const server = createControlServer(handle);
  try {
    mkdirSync(dataDir, { recursive: true });
    if (process.platform !== 'win32') prepareFolder(dirname(path), dataDir);
    if (!(await listen(server, path))) {
      const pid = await ownerOf(dataDir);
      if (pid !== undefined) throw errors.AF_CLI_ALREADY_RUNNING({ dataDir, pid });
      // Nobody answers at it; from here to `listen` nothing else of this process runs.
      rmSync(path, { force: true });
      if (!(await listen(server, path)))
        throw errors.AF_CLI_ALREADY_RUNNING({ dataDir, pid: 'just started' });
    }
    if (process.platform !== 'win32') chmodSync(path, 0o600);
    return server;
  } catch (error) {
    if (isAgentFactoryError(error)) throw error;
    throw errors.AF_CLI_CONTROL_UNUSABLE({ path, reason: (error as Error).message }, { cause: error });
  }
}

/** In the shared folder for temporary files another user may have made ours before us. */
function prepareFolder(folder: string, dataDir: string): void {
  if (folder === dataDir) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid)
    throw new Error(`${folder} belongs to somebody else`);
}

function createControlServer(handle: ControlHandler): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(answerMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > maxRequest) socket.destroy();
    });
    socket.on('end', () => {
      void reply(text, handle).then((answer) => socket.end(JSON.stringify(answer)));
    });
  });
}

/** False when something is at that path already. */
function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    server.once('error', fail);
    server.listen(path, () => {
      server.removeListener('error', fail);
      resolve(true);
    });
  });
}

/** The process that listens, if one does. */
async function ownerOf(dataDir: string): Promise<number | undefined> {
  try {
    return (await askPlatform<{ pid: number }>(dataDir, { do: 'ping' })).pid;
  } catch (error) {
    if (isAgentFactoryError(error, 'AF_CLI_NOT_RUNNING')) return undefined;
    throw error;
  }
}

async function reply(text: string, handle: ControlHandler): Promise<Answer> {
  try {
    return { ok: (await handle(JSON.parse(text) as ControlRequest)) ?? null };
  } catch (error) {
    if (isAgentFactoryError(error))
      return { error: { code: error.code, message: error.message, fix: error.fix } };
    return { error: { message: error instanceof Error ? error.message : String(error) } };
  }
}

/**
 * Asks the running platform. Throws AF_CLI_NOT_RUNNING when there is none, and what the platform threw when it
 * refused.
 */
export async function askPlatform<T>(dataDir: string, request: ControlRequest): Promise<T> {
  const text = await exchange(dataDir, JSON.stringify(request), request.do === 'ping' ? pingMs : answerMs);
  const answer = JSON.parse(text) as Answer;
  if (!answer.error) return answer.ok as T; // each request has one kind of answer
  throw Object.assign(new Error(answer.error.message), answer.error);
}

function exchange(dataDir: string, question: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(controlPath(dataDir));
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`it said nothing for ${timeoutMs} ms`)));
    socket.on('connect', () => socket.end(question));
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const gone = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      reject(
        gone
          ? errors.AF_CLI_NOT_RUNNING({ dataDir })
          : errors.AF_CLI_CONTROL_FAILED({ reason: error.message }),
      );
    });
    socket.on('close', () => {
      if (text) resolve(text);
      else reject(errors.AF_CLI_CONTROL_FAILED({ reason: 'it closed the connection' }));
    });
  });
}
