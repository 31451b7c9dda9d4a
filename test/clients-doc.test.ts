import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, startQuickstart, type Quickstart } from './support/quickstart.ts';
import { startTornStreams } from './support/torn-streams.ts';

const page = readFileSync(join(root, 'docs/clients.md'), 'utf8');

/** The one block of the page in a language. */
function blockIn(language: string): string {
  const found = [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gm'))];
  assert.equal(found.length, 1, language);
  return found[0]?.[1] ?? '';
}

const go = spawnSync('go', ['version'], { encoding: 'utf8' });

describe('docs/clients.md', function () {
  this.timeout(120_000);
  let quickstart: Quickstart;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'agent-factory-clients-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    quickstart = await startQuickstart();
  });
  after(async () => {
    await quickstart.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a program as its reader would, against the quickstart; it must go on where a stream is torn. */
  async function isAsShown(command: string, ...args: readonly string[]): Promise<void> {
    const way = await startTornStreams(quickstart.url, 2);
    try {
      const env = { ...process.env, AGENT_FACTORY_URL: way.url, AGENT_FACTORY_TOKEN: '' };
      const { stdout } = await promisify(execFile)(command, args, { cwd: folder, env });
      assert.equal(stdout, blockIn('text'));
      assert.deepEqual([way.asked.length, ...way.asked.slice(1)], [3, '1', '2']);
    } finally {
      await way.close();
    }
  }
  const inFile = (name: string, language: string): string => {
    writeFileSync(join(folder, name), blockIn(language));
    return name;
  };

  it('has a program in TypeScript that compiles and prints what it says', async () => {
    const file = inFile('program.mts', 'ts');
    const compilerOptions = {
      composite: false,
      isolatedDeclarations: false,
      tsBuildInfoFile: null,
      noEmit: true,
    };
    const config = {
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: { ...compilerOptions, rootDir: '/' },
      files: [file],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
    await isAsShown(process.execPath, '--conditions=@agent-factory/source', file);
  });

  it('has a program in JavaScript that needs no package and prints the same', async () => {
    assert.doesNotMatch(blockIn('js'), /\b(import|require)\b/);
    await isAsShown(process.execPath, inFile('program.mjs', 'js'));
  });

  const missing = go.status === 0 ? '' : ' (not run: there is no go on the PATH)';
  it(`has a program in Go that needs no module and prints the same${missing}`, async function () {
    if (missing) return this.skip();
    await isAsShown('go', 'run', inFile('program.go', 'go'));
  });
});
