// @ts-check
// A worker on Pyodide: Python as WebAssembly, in a process of Node that holds it. Python finds its channel at file
// descriptor 3 and files in memory, as main.py expects them; nothing of JavaScript is handed to it.
import fs, { constants, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, runInContext } from 'node:vm';

const [most = '', memoryMiB = '', scratchBytes = '', fileBytes = '', ...folders] = process.argv.slice(2);
const here = import.meta.dirname;
const leave = process.exit.bind(process);
const scratch = '/scratch';
const channel = 3;
/** What Node and Pyodide take beside the memory of Python, in MiB. */
const besidePython = 128;
const [tooLarge, noSpace] = [22, 51]; // EFBIG and ENOSPC, as WASI numbers them

/** @typedef {{ mode: number, usedBytes?: number, contents: Record<string, FileNode> }} FileNode */
/** @typedef {{ node: FileNode, seekable: boolean }} Stream */

const { FS, _module } = await load().catch(fail);
try {
  for (const folder of [here, ...folders]) copy(folder);
  openChannel();
  FS.mkdirTree(scratch);
  FS.chdir(scratch);
  limitMemory();
  limitFiles();
  closeJavaScript();
} catch (error) {
  fail(error);
}
leave(run(join(here, 'pyodide_main.py'), [most]));

async function load() {
  // Node's permission model takes this function away, of which Pyodide wants nothing but the flags of open().
  Object.assign(process, { binding: () => ({ fs: constants }) });
  // It is refused too, and Pyodide asks for it with what is printed.
  Object.assign(fs, { fsyncSync() {} });
  const { loadPyodide } = await import(pathToFileURL(join(here, 'pyodide.mjs')).href);
  const { info } = JSON.parse(readFileSync(join(here, 'pyodide-lock.json'), 'utf8'));
  // No package is ever loaded: none is known.
  return loadPyodide({
    indexURL: here,
    lockFileContents: { info, packages: {} },
    jsglobals: Object.create(null),
  });
}

/** Ends with one line that says why: Node would print all of Pyodide before it. @param {Error & { errno?: number }} error */
function fail({ message, errno }) {
  writeSync(2, `${message || `error ${errno} of its files`}\n`);
  return leave(1);
}

/** Copies a folder into the files of Python, at the same path, read-only. @param {string} folder */
function copy(folder) {
  FS.mkdirTree(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const isOurs = folder === here && !path.endsWith('.py');
    if (isOurs || !entry.isFile()) continue;
    FS.mkdirTree(dirname(path));
    FS.writeFile(path, readFileSync(path), { canOwn: true });
    FS.chmod(path, 0o444);
  }
}

/** The channel as a device of Python: bytes pass, objects do not. */
function openChannel() {
  const device = FS.makedev(64, 0);
  FS.registerDevice(device, {
    /** @param {Stream} stream */
    open(stream) {
      stream.seekable = false;
    },
    /** @type {(stream: unknown, buffer: Int8Array, offset: number, length: number) => number} */
    read: (_, buffer, offset, length) => readSync(channel, buffer, offset, length, null),
    /** @type {(stream: unknown, buffer: Int8Array, offset: number, length: number) => number} */
    write: (_, buffer, offset, length) => writeSync(channel, buffer, offset, length),
  });
  FS.mkdev('/dev/channel', device);
  const { fd } = FS.open('/dev/channel', constants.O_RDWR);
  if (fd !== channel) throw new Error(`Pyodide opened ${fd}, not ${channel}`);
}

/** Python is told that there is no more, before the process is ended for it. */
function limitMemory() {
  const pages = (Math.max(64, Number(memoryMiB) - besidePython) * 1_048_576) / 65_536;
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (more) {
    if (this.buffer.byteLength / 65_536 + more > pages) throw new RangeError('no more memory');
    return grow.call(this, more);
  };
}

/** Files are memory of this process: each, and all together, may have so many bytes. */
function limitFiles() {
  const { MEMFS } = FS.filesystems;
  const operations = MEMFS.ops_table.file.stream;
  const { write } = operations;
  const { expandFileStorage, resizeFileStorage } = MEMFS;
  const atStart = bytesOf(FS.root);
  let bytes = 0;
  /** @type {(node: FileNode, size: number) => void} */
  const makeRoom = (node, size) => {
    const more = size - (node.usedBytes ?? 0);
    if (more <= 0) return;
    if (size > Number(fileBytes)) throw new FS.ErrnoError(tooLarge);
    // What was removed is counted until there seems to be no room.
    if (bytes + more > Number(scratchBytes)) bytes = bytesOf(FS.root) - atStart;
    if (bytes + more > Number(scratchBytes)) throw new FS.ErrnoError(noSpace);
    bytes += more;
  };
  /** @type {(stream: Stream, buffer: Int8Array, offset: number, length: number, position: number, own: boolean) => number} */
  operations.write = (stream, buffer, offset, length, position, own) => {
    makeRoom(stream.node, position + length);
    return write(stream, buffer, offset, length, position, own);
  };
  /** @type {(node: FileNode, size: number) => void} */
  MEMFS.expandFileStorage = (node, size) => {
    makeRoom(node, size);
    expandFileStorage(node, size);
  };
  /** @type {(node: FileNode, size: number) => void} */
  MEMFS.resizeFileStorage = (node, size) => {
    makeRoom(node, size);
    resizeFileStorage(node, size);
  };
}

/** @type {(node: FileNode) => number} */
function bytesOf(node) {
  if (!FS.isDir(node.mode)) return node.usedBytes ?? 0;
  return Object.values(node.contents).reduce((sum, each) => sum + bytesOf(each), 0);
}

/** No more JavaScript comes in: no module is loaded, no text becomes code, and what reaches out of here is gone. */
function closeJavaScript() {
  const language = runInContext('Object.getOwnPropertyNames(globalThis)', createContext());
  const kept = new Set([
    ...language,
    'setTimeout',
    'clearTimeout',
    'performance',
    'TextDecoder',
    'TextEncoder',
  ]);
  kept.delete('eval');
  for (const name of Object.getOwnPropertyNames(globalThis))
    if (!kept.has(name)) Reflect.deleteProperty(globalThis, name);
  function refuse() {
    throw new Error('no text becomes code here');
  }
  refuse.prototype = Function.prototype;
  for (const one of [() => {}, async () => {}, function* () {}, async function* () {}])
    Object.defineProperty(Object.getPrototypeOf(one), 'constructor', { value: refuse });
  /** @param {unknown[]} words */
  const say = (...words) => void writeSync(2, `${words.join(' ')}\n`);
  // Pyodide tells its end to `process`, and what is wrong to `console`.
  const rest = { Function: refuse, process: { exitCode: 0 }, console: { log: say, warn: say, error: say } };
  for (const [name, value] of Object.entries(rest)) Object.defineProperty(globalThis, name, { value });
  registerHooks({
    resolve() {
      throw new Error('no module is loaded here');
    },
  });
}

/** Runs a Python file, without a frame of Pyodide below it. Gives the code to end with. @type {(file: string, args: string[]) => number} */
function run(file, args) {
  const text = `import sys
sys.argv = ${JSON.stringify([file, ...args])}
exec(compile(open(sys.argv[0]).read(), sys.argv[0], "exec"), {"__name__": "__main__", "__file__": sys.argv[0]})`;
  try {
    return _module._PyRun_SimpleString(_module.stringToNewUTF8(text));
  } catch (error) {
    const { status, message } = /** @type {{ status?: number, message?: string }} */ (error);
    if (typeof status === 'number') return status;
    writeSync(2, `${message}\n`);
    return 1;
  }
}
