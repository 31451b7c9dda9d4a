import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

/** A program that may be Python, and the folders its libraries are in. */
export interface Interpreter {
  readonly file: string;
  readonly readable: readonly string[];
}

/** Programs of this name or path, best first. Nothing is run. */
export function findInterpreters(name: string): readonly Interpreter[] {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/bin', '/usr/bin', '/bin'];
  const paths = isAbsolute(name) ? [name] : folders.filter(isAbsolute).map((folder) => join(folder, name));
  const found = paths.filter((path) => existsSync(path) && !isScript(path));
  // By what they lead to, each once: /bin may be /usr/bin. A virtual environment is known by its own path.
  const distinct = new Map(found.toReversed().map((path) => [join(realpathSync(dirname(path)), name), path]));
  return [...distinct.values()]
    .toReversed()
    .map((file) => ({ file, readable: [...new Set([file, realpathSync(file)].flatMap(homesOf))] }));
}

/** Scripts choose among interpreters (pyenv) and start programs for it: nothing to be started in a sandbox. */
function isScript(path: string): boolean {
  const head = Buffer.alloc(2);
  try {
    const file = openSync(path, 'r');
    try {
      readSync(file, head);
    } finally {
      closeSync(file);
    }
  } catch {
    return true;
  }
  return head.toString('latin1') === '#!';
}

/** The folder an interpreter belongs to, and for a virtual environment the one it was made from. */
function homesOf(file: string): readonly string[] {
  const prefix = dirname(dirname(file));
  const settings = join(prefix, 'pyvenv.cfg');
  if (existsSync(settings)) {
    const [, home] = /^home\s*=\s*(.+)$/m.exec(readFileSync(settings, 'utf8')) ?? [];
    return home === undefined ? [prefix] : [prefix, dirname(home.trim())];
  }
  if (prefix === '/' || prefix === '/usr') return []; // always there
  const library = join(prefix, 'lib');
  const isPython = existsSync(library) && readdirSync(library).some((entry) => entry.startsWith('python3'));
  return isPython ? [prefix] : [];
}
