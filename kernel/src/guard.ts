import { errors } from './errors.ts';
import { work } from './scope.ts';

/** One function of a global object, replaced while a kernel lives. */
interface Patch {
  readonly target: object;
  readonly name: string;
  readonly original: unknown;
}

let holders = 0;
let patches: Patch[] = [];

/**
 * Watches what plugins leave in the process outside `ctx`: `process.exit` from a plugin throws AF_PLUGIN_EXIT,
 * and global timers and `process` listeners made in a plugin's own code are noted in its scope. A guard rail for
 * trusted code, no wall: `node:timers` and native code go past it. Returns its remover.
 */
export function installGuard(): () => void {
  holders += 1;
  if (holders === 1) patches = [...patchExit(), ...patchTimers(), ...patchListeners()];
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    holders -= 1;
    if (holders > 0) return;
    for (const { target, name, original } of patches) Reflect.set(target, name, original);
    patches = [];
  };
}

function patch<Original extends (...args: never[]) => unknown>(
  target: object,
  name: string,
  wrap: (original: Original) => Original,
): Patch {
  const original = Reflect.get(target, name) as Original; // the callers name functions that exist
  const replacement = wrap(original);
  // setTimeout carries its promisified form as a property; keep such things.
  Object.defineProperties(replacement, Object.getOwnPropertyDescriptors(original));
  Reflect.set(target, name, replacement);
  return { target, name, original };
}

function patchExit(): Patch[] {
  return ['exit', 'abort'].map((name) =>
    patch<(code?: number) => never>(process, name, (original) => (code) => {
      const scope = work.getStore()?.scope;
      if (!scope) return original.call(process, code);
      scope.errors += 1;
      throw errors.AF_PLUGIN_EXIT({ plugin: scope.plugin, phase: scope.phase });
    }),
  );
}

function patchTimers(): Patch[] {
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

function patchListeners(): Patch[] {
  type Add = (event: string, listener: (...args: unknown[]) => void) => NodeJS.Process;
  return ['on', 'addListener', 'prependListener', 'once'].map((name) =>
    patch<Add>(process, name, (original) => (event, listener) => {
      if (typeof event === 'string') work.getStore()?.scope?.noteListener(event, listener);
      return original.call(process, event, listener);
    }),
  );
}
