import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Manifest } from '@agent-factory/sdk';

/** What is written, beside the code in `index.js`. */
export interface WrittenPlugin {
  /** Added to a manifest that says its id, that it may contribute tools, and nothing else. */
  readonly manifest?: Partial<Manifest>;
  /** Other files by their paths. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Writes a plugin into a folder of its own, which is deleted when the tests are over; the folder. */
export function writePlugin(
  id: string,
  code: string,
  { manifest = {}, files = {} }: WrittenPlugin = {},
): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'af-isolation-')));
  made.push(folder);
  const agentFactory = {
    id,
    kernel: '*',
    activationMs: 60_000,
    contributes: { tool: '1.0.0' },
    ...manifest,
  };
  const json = { name: id, version: '1.0.0', type: 'module', main: 'index.js', agentFactory };
  const texts = { ...files, 'package.json': JSON.stringify(json), 'index.js': code };
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** The code of a plugin with one tool named as it is, whose `run` is this text, after this text in its setup. */
export function toolCode(name: string, run: string, setup = ''): string {
  return `export default {
  async setup(ctx) {
    ${setup}
    ctx.contribute({ id: 'tool' }, {
      name: '${name}', description: 'Part of a test.', input: { type: 'object' }, effect: 'write', run: ${run},
    });
  },
};
`;
}

const made: string[] = [];

process.on('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});
