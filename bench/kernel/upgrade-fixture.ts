import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A way in which a version of the plugin is broken, and the error that must name it. */
export interface Breakage {
  readonly name: string;
  readonly code: string;
}

const whole = `
    const timer = setInterval(() => {}, 60_000);
    globalThis.benchEffects.open++;
    ctx.own(() => { clearInterval(timer); globalThis.benchEffects.open--; });`;
const provide = `
    ctx.provide(echo, { ask: (text) => new Promise((resolve) => setTimeout(resolve, 5, text + version)) });`;

const breakages: readonly (Breakage & { readonly outside?: string; readonly setup: string })[] = [
  {
    name: 'throws on import',
    code: 'AF_LOAD_FAILED',
    outside: `throw new Error('broken on import');`,
    setup: whole,
  },
  {
    name: 'throws in setup',
    code: 'AF_ACTIVATE_FAILED',
    setup: `${whole}${provide} throw new Error('broken');`,
  },
  {
    name: 'rejects in setup',
    code: 'AF_ACTIVATE_FAILED',
    setup: `${whole}${provide} await Promise.reject(null);`,
  },
  { name: 'provides nothing', code: 'AF_ACTIVATE_NOT_PROVIDED', setup: whole },
  {
    name: 'is unwell',
    code: 'AF_ACTIVATE_FAILED',
    setup: `${whole}${provide} ctx.health(() => { throw new Error('unwell'); });`,
  },
  {
    name: 'hangs in setup',
    code: 'AF_ACTIVATE_TIMEOUT',
    setup: `${whole}${provide} await new Promise(() => {});`,
  },
];

/** How version `at` of the plugin is broken: one in five is, in turn in each way. */
export function breakageOf(at: number): Breakage | undefined {
  return at % 5 === 4 ? breakages[Math.floor(at / 5) % breakages.length] : undefined;
}

/** The folder of version `at`. */
export function versionFolder(folder: string, at: number): string {
  return join(folder, `echo-${at}`);
}

/** Writes version `at` of a plugin of about 40 KB in the reclaimable format; it holds 10,000 numbers. */
export function writeVersion(folder: string, at: number): void {
  const home = versionFolder(folder, at);
  const broken = breakages.find((one) => one === breakageOf(at));
  const bulk = Array.from(
    { length: 300 },
    (_, n) =>
      `function f${n}(x) { const table = { a: ${n}, b: 'value ${n}', c: [${n}, x] }; return table.c[0] + x; }`,
  ).join('\n');
  const code = `'use strict';
${broken?.outside ?? ''}
const version = '1.0.${at}';
const echo = { id: 'echo', version: '1.0.0', kind: 'one', description: 'Answers.' };
const numbers = new Array(10_000).fill(0).map((_, n) => n + f1(n));
${bulk}
module.exports = {
  async setup(ctx) {
    if (numbers.length !== 10_000) throw new Error('no numbers');
    ${broken?.setup ?? `${whole}${provide}`}
  },
};
`;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'index.cjs'), code);
  const agentFactory = {
    id: 'echo',
    kernel: '*',
    format: 'commonjs',
    provides: { echo: '1.0.0' },
    activationMs: 100,
  };
  const manifest = { name: 'echo', version: `1.0.${at}`, main: 'index.cjs', agentFactory };
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest));
}
