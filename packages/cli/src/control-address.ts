import { hash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { PlatformRole } from '@agent-factory/sdk';

/** Where one process of a platform listens for its operator. */
export interface ControlAddress {
  /** `all`, or role and process id, such as `worker-4711`. */
  readonly name: string;
  readonly path: string;
}

interface ControlPlace {
  /** Folder of the sockets; empty on Windows, whose pipes lie in no folder. */
  readonly folder: string;
  readonly stem: string;
  readonly extension: string;
}

/** Longest path of a socket: 108 bytes with the final zero on Linux, 104 on macOS. */
const mostBytes = 100;

/** Socket paths are short, so a deep folder is named by its hash in a folder of the user's. */
function placeOf(dataDir: string): ControlPlace {
  const hashed = `agent-factory-${hash('sha256', dataDir).slice(0, 16)}`;
  if (process.platform === 'win32') return { folder: '', stem: hashed, extension: '' };
  const longest = join(dataDir, 'control-worker-4194304.sock');
  if (Buffer.byteLength(longest) < mostBytes) return { folder: dataDir, stem: 'control', extension: '.sock' };
  return { folder: join(tmpdir(), `agent-factory-${userInfo().uid}`), stem: hashed, extension: '.sock' };
}

function addressOf({ folder, stem, extension }: ControlPlace, name: string): ControlAddress {
  const file = `${stem}${name === 'all' ? '' : `-${name}`}${extension}`;
  return { name, path: folder === '' ? `\\\\.\\pipe\\${file}` : join(folder, file) };
}

/** Where this process listens. */
export function ownAddress(dataDir: string, role: PlatformRole): ControlAddress {
  return addressOf(placeOf(dataDir), role === 'all' ? 'all' : `${role}-${process.pid}`);
}

/** Folder that the sockets lie in; `undefined` on Windows. */
export function controlFolder(dataDir: string): string | undefined {
  return placeOf(dataDir).folder || undefined;
}

/** Where processes of the platform listen, or did before they were killed; by name. */
export function knownAddresses(dataDir: string): readonly ControlAddress[] {
  const place = placeOf(dataDir);
  const { folder, stem, extension } = place;
  let files: readonly string[];
  try {
    files = readdirSync(folder || '\\\\.\\pipe\\');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // what readdir throws has a code
    throw error;
  }
  const names = files.flatMap((file) => {
    if (!file.startsWith(stem) || !file.endsWith(extension)) return [];
    const rest = file.slice(stem.length, file.length - extension.length);
    if (rest === '') return ['all'];
    return /^-(?:api|worker)-\d+$/.test(rest) ? [rest.slice(1)] : [];
  });
  return names.sort().map((name) => addressOf(place, name));
}
