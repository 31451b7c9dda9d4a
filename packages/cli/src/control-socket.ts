import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { userInfo } from 'node:os';
import { isAgentFactoryError, type PlatformRole } from '@agent-factory/sdk';
import { answerMs, askOne, type ControlAnswer, type ControlRequest } from './ask-platform.ts';
import { controlFolder, knownAddresses, ownAddress, type ControlAddress } from './control-address.ts';
import { errors } from './errors.ts';

const maxRequest = 65_536;

/** Answers one request; what it throws goes to the asker as code, message and fix. */
export type ControlHandler = (request: ControlRequest) => Promise<unknown>;

/**
 * Listens for the operator at a socket that only its own user may open. It also keeps out whoever must not share the
 * state folder, AF_CLI_ALREADY_RUNNING: a process of the role `all` is alone, those of `api` and `worker` may be many.
 * A socket that a killed process left is taken over or away.
 */
export async function openControlSocket(
  dataDir: string,
  role: PlatformRole,
  handle: ControlHandler,
): Promise<Server> {
  const own = ownAddress(dataDir, role);
  const { path } = own;
  const server = createControlServer(handle);
  try {
    mkdirSync(dataDir, { recursive: true });
    prepareFolder(dataDir);
    if (!(await listen(server, path))) {
      await refuseIfRunning(own, dataDir);
      // Nobody answers at it; from here to `listen` nothing else of this process runs.
      rmSync(path, { force: true });
      if (!(await listen(server, path)))
        throw errors.AF_CLI_ALREADY_RUNNING({ dataDir, pid: 'just started' });
    }
    if (process.platform !== 'win32') chmodSync(path, 0o600);
    // Both of two that start at once listen before they look, so that never both go on.
    for (const other of knownAddresses(dataDir)) {
      if (other.path === path) continue;
      if (role === 'all' || other.name === 'all') await refuseIfRunning(other, dataDir);
    }
    return server;
  } catch (error) {
    server.close();
    if (isAgentFactoryError(error)) throw error;
    throw errors.AF_CLI_CONTROL_UNUSABLE({ path, reason: (error as Error).message }, { cause: error });
  }
}

/** Throws when a process listens there; takes away what a killed one left. */
async function refuseIfRunning(address: ControlAddress, dataDir: string): Promise<void> {
  const found = await askOne<{ pid: number }>(address, { do: 'ping' });
  if (found && 'error' in found) throw found.error;
  if (found) throw errors.AF_CLI_ALREADY_RUNNING({ dataDir, pid: found.answer.pid });
  if (process.platform !== 'win32') rmSync(address.path, { force: true });
}

/** In the shared folder for temporary files another user may have made ours before us. */
function prepareFolder(dataDir: string): void {
  const folder = controlFolder(dataDir);
  if (folder === undefined || folder === dataDir) return;
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

async function reply(text: string, handle: ControlHandler): Promise<ControlAnswer> {
  try {
    return { ok: (await handle(JSON.parse(text) as ControlRequest)) ?? null };
  } catch (error) {
    if (isAgentFactoryError(error))
      return { error: { code: error.code, message: error.message, fix: error.fix } };
    return { error: { message: error instanceof Error ? error.message : String(error) } };
  }
}
