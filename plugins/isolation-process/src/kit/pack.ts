import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { minifySync } from 'rolldown/utils';
import { guestSource } from '../guest/guest-source.ts';

/** Compilers of other languages, which vm2 would take if they were there. */
const optional = ['coffee-script', 'typescript'];

/** The scripts vm2 keeps as text: what it runs in a realm before anything else. */
const bootstrap = ['bridge.js', 'setup-sandbox.js'] as const;

const fromHere = createRequire(import.meta.url);

/** Code without comments and blanks, in ASCII: where there is any other character, V8 keeps two bytes for each. */
export function compact(name: string, code: string): string {
  const options = { compress: false, mangle: false, codegen: { removeWhitespace: true } } as const;
  const { code: short, errors } = minifySync(name, code, { ...options, sourcemap: false });
  const [error] = errors;
  if (error) throw new Error(`${name}: ${error.message}`);
  // Raw templates alone would tell the difference.
  return short.replace(/[^\0-\x7f]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * A script whose value is an object: a function for each module, by the name the others ask for it. The modules are
 * vm2's, those it stands on, and the runner. No bundler touches vm2: one that merges modules drops their `'use strict'`.
 */
export function packRunner(runner: string): string {
  const modules = new Map([
    ['runner', runner],
    ['vm2', 'module.exports = require("./vm")'],
  ]);
  const open: [name: string, path: string][] = [['./vm', fromHere.resolve('vm2/lib/vm.js')]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [name, path] = next;
    if (modules.has(name)) continue;
    const code = name === './sources' ? bootstrapSources(path) : readFileSync(path, 'utf8');
    modules.set(name, code);
    for (const [, wanted = ''] of code.matchAll(/\brequire\('([^']+)'\)/g))
      if (!isBuiltin(wanted) && !optional.includes(wanted))
        open.push([wanted, createRequire(path).resolve(wanted)]);
  }
  const parts = [...modules].map(
    ([name, code]) => `${JSON.stringify(name)}: function (exports, require, module) {${code}\n}`,
  );
  return compact('runner.js', `({${parts.join(',\n')}})`);
}

/** The texts vm2 runs in a realm, and none it has for other uses. */
function bootstrapSources(path: string): string {
  const texts = fromHere(path) as Record<string, string>; // as vm2 generates it
  const short = bootstrap.map((name) => {
    // vm2 puts it into a function, where it may return.
    const code = compact(name, `(function () {${texts[name]}\n})`);
    return [name, `${code.slice(code.indexOf('{') + 1, code.lastIndexOf('}'))};`];
  });
  return `module.exports = ${JSON.stringify(Object.fromEntries(short))}`;
}

/** The script that makes a guest, as vm2 changes code before it runs it. */
export function packGuest(): string {
  const { transformer } = fromHere('vm2/lib/transformer.js') as {
    transformer(args: null, code: string, async: false, generator: false, name: string): { code: string };
  }; // what VM.run calls
  return compact('guest.js', transformer(null, guestSource(), false, false, 'guest.js').code);
}
