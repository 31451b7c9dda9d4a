// The first code of a runner: it loads the rest, with what V8 made of it before.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import vm from 'node:vm';

/** vm2 tells frames of its host by the slash. */
const runnerName = '/runner.js';

/** The scripts whose compiled form is kept, by the names they run under, and its file. */
const kept: Readonly<Record<string, string>> = {
  [runnerName]: 'runner.cache',
  'guest.js': 'guest.cache',
  '/vm2/lib/bridge.js': 'bridge.cache',
  '/vm2/lib/setup-sandbox.js': 'setup-sandbox.cache',
};

type Require = (name: string) => unknown;
type Module = (exports: object, require: Require, module: { exports: unknown }) => void;

/** Runs the runner that lies beside this file; told to `press`, writes at its end what V8 has compiled. */
export function run(require: Require): void {
  const folder = dirname(process.argv[1] ?? '');
  const press = process.argv[3] === 'press';
  const scripts = new Map<string, vm.Script>();

  class KeptScript extends vm.Script {
    constructor(code: string, options: vm.ScriptOptions & { filename: string }) {
      super(code, { ...options, ...(!press && cacheOf(options.filename)) });
      if (press && options.filename in kept) scripts.set(options.filename, this);
    }
  }

  function cacheOf(name: string): { cachedData?: Buffer } {
    const file = kept[name];
    if (file === undefined) return {};
    try {
      return { cachedData: readFileSync(join(folder, file)) };
    } catch {
      return {}; // V8 compiles it
    }
  }

  const read = (name: string): string => readFileSync(join(folder, name), 'latin1'); // all of it is ASCII
  const script = new KeptScript(read('runner.js'), { filename: runnerName });
  const modules = script.runInThisContext() as Record<string, Module>; // as the kit wrote it
  const loaded = new Map<string, { exports: unknown }>([['vm', { exports: { ...vm, Script: KeptScript } }]]);
  const load: Require = (name) => {
    const found = loaded.get(name);
    if (found) return found.exports;
    const module = { exports: {} };
    const make = modules[name];
    if (!make) return require(name);
    loaded.set(name, module);
    make(module.exports, load, module);
    return module.exports;
  };
  const runner = load('runner') as { run(guest: vm.Script): void }; // ours
  runner.run(new KeptScript(read('guest.js'), { filename: 'guest.js' }));
  if (press) process.on('exit', write);

  function write(): void {
    const caches = [...scripts].map(([name, one]) => [kept[name], one.createCachedData().toString('base64')]);
    writeFileSync(1, JSON.stringify(Object.fromEntries(caches)));
  }
}
