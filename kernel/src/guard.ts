import { syncBuiltinESMExports } from 'node:module';
import { errors } from './errors.ts';
import { work } from './scope.ts';

let holders = 0;
let restores: (() => void)[] = [];

/**
 * Watches what plugins leave in the process outside `ctx`: `process.exit` from a plugin throws AF_PLUGIN_EXIT,
 * and global timers and `process` listeners made in a plugin's own code are noted in its scope. A guard rail for
 * trusted code, no wall: `node:timers` and native code go past it. Returns its remover.
 */
export function installGuard(): () => void {
  if (holders++ === 0)
    restores = [patchExit(), patchTimers(), patchListeners(), syncBuiltinESMExports].flat();
  // Else who imports them by name, from node:process, gets what was there before.
  syncBuiltinESMExports();
  let held = true;
  return () => {
    const isLast = held && --holders === 0;
    held = false;
    if (isLast) for (const restore of restores.splice(0)) restore();
  };
}

/** Replaces one function of a global object. Returns what puts it back, unless somebody has replaced ours. */
function patch<Original extends (...args: never[]) => unknown>(
  target: object,
  name: string,
  wrap: (original: Original) => Original,
): () => void {
  const original = Reflect.get(target, name) as Original; // the callers name functions that exist
  const before = Object.getOwnPropertyDescriptor(target, name);
  const replacement = wrap(original);
  // setTimeout carries its promisified form as a property; keep such things.
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  Reflect.set(target, name, replacement);
  return () => {
    if (Reflect.get(target, name) !== replacement) return;
    if (before) Object.defineProperty(target, name, before);
    else Reflect.deleteProperty(target, name); // it was inherited
  };
}

function patchExit(): (() => void)[] {
  return ['exit', 'abort'].map((name) =>
    patch<(code?: number) => never>(process, name, (original) => (code) => {
      const current = work.getStore();
      if (!current) return original.call(process, code);
      const { scope } = current;
      if (scope) scope.errors += 1;
      throw errors.AF_PLUGIN_EXIT({
        plugin: scope?.plugin ?? 'A plugin',
        phase: scope?.phase ?? 'a piece of work',
      });
    }),
  );
}

function patchTimers(): (() => void)[] {
  return ['setTimeout', 'setInterval'].map((name) =>
    patch<(...args: Parameters<typeof setTimeout>) => NodeJS.Timeout>(
      globalThis,
      name,
      (original) =>
        (...args) => {
          const timer = original(...args);
          work.getStore()?.scope?.noteTimer(timer);
          return timer;
        },
    ),
  );
}

function patchListeners(): (() => void)[] {
  type Add = (event: string, listener: (...args: unknown[]) => void) => NodeJS.Process;
  // `once` and its like call these.
  return ['on', 'addListener', 'prependListener'].map((name) =>
    patch<Add>(process, name, (original) => (event, listener) => {
      original.call(process, event, listener);
      if (typeof event === 'string') work.getStore()?.scope?.noteListener(event, listener);
      return process;
    }),
  );
}
