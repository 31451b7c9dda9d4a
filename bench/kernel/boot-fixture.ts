import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where plugins note that they are up; global, because each case loads them its own way. */
export const up: unknown[] = ((globalThis as { benchUp?: unknown[] }).benchUp ??= []);

// One file serves every kernel: a default export for ours, `apply` for the others.
const code = (name: string): string => `const up = () => void globalThis.benchUp.push('${name}');
export const name = '${name}';
export async function apply() { up(); }
export default { setup: up };
`;

/** Writes `count` plugins, a folder each, and a configuration file that names them all. */
export function writePlugins(folder: string, count: number): void {
  for (let at = 0; at < count; at++) {
    const name = nameOf(at);
    const home = join(folder, name);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'index.js'), code(name));
    const manifest = {
      name,
      version: '1.0.0',
      type: 'module',
      main: 'index.js',
      agentFactory: { id: name, kernel: '*' },
    };
    writeFileSync(join(home, 'package.json'), JSON.stringify(manifest, undefined, 2));
  }
  const plugins = Array.from({ length: count }, (_, at) => `./${nameOf(at)}`);
  const config = { plugins, log: { level: 'silent' } };
  writeFileSync(join(folder, 'agent-factory.config.json'), JSON.stringify(config, undefined, 2));
}

/** The URLs of the plugins' code. */
export function pluginUrls(folder: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => pathToFileURL(join(folder, nameOf(at), 'index.js')).href);
}

function nameOf(at: number): string {
  return `bench-${at}`;
}
