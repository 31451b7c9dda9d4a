import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pluginFiles, pluginIdOf, pluginTemplates, type PluginTemplate } from '@agent-factory/create-plugin';

const repository = join(import.meta.dirname, '../../..');
const command = join(import.meta.dirname, '../bin/create-plugin.js');
const names = Object.keys(pluginTemplates) as PluginTemplate[]; // its own keys

/** As an author's machine has it: Node 24 and npm in front, packages beside the plugin. */
const env = {
  ...process.env,
  NODE_OPTIONS: '--conditions=@agent-factory/source',
  PATH: [dirname(process.execPath), join(repository, 'node_modules/.bin'), process.env['PATH']].join(
    delimiter,
  ),
};

function run(cwd: string, file: string, ...args: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  return new Promise((resolve, reject) =>
    child.on('error', reject).on('close', (code) => resolve({ code, said })),
  );
}

describe('npm create @agent-factory/plugin', function () {
  this.timeout(120_000);
  let folder = '';
  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'agent-factory-create-')));
    await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function create(name: string, ...args: string[]): Promise<string> {
    const { code, said } = await run(folder, process.execPath, command, name, ...args);
    assert.equal(code, 0, said);
    assert.match(said, /\+ \S+package\.json[^]*Next:\n {2}cd /);
    return join(folder, name);
  }

  /** Its types come from the sources here, where nothing is built. */
  function useSources(place: string): void {
    const file = join(place, 'tsconfig.json');
    const text = readFileSync(file, 'utf8');
    const changed = text.replace(
      '"skipLibCheck"',
      '"customConditions": ["@agent-factory/source"],\n    "skipLibCheck"',
    );
    assert.notEqual(changed, text);
    writeFileSync(file, changed);
  }

  // Each template's code runs in one of the languages here; that both hold the same code is looked at below.
  for (const [template, language] of [
    ['tool', 'typescript'],
    ['guardrail', 'typescript'],
    ['provider', 'javascript'],
    ['evaluator', 'javascript'],
    ['knowledge', 'data'],
    ['blueprint', 'data'],
  ] as const)
    it(`writes a ${template} (${language}) whose own tests pass, here and isolated, and that can be packed`, async () => {
      const place = await create(
        `a-${template}`,
        '-t',
        template,
        ...(language === 'javascript' ? ['--javascript'] : []),
      );
      if (language === 'typescript') useSources(place);
      const { code, said } = await run(place, 'npm', 'test');
      assert.equal(code, 0, said);
      assert.match(said, /✓ it can be packed\n {2}✓ it starts in the platform's process/);
      assert.match(said, /✓ \d+ passed/);
      const isIsolated = ['tool', 'guardrail', 'provider'].includes(template);
      assert.equal(/✓ it starts isolated\n/.test(said), isIsolated, said);
      for (const file of ['README.md', '.gitignore', '.github/workflows/ci.yml', 'examples.json'])
        assert.ok(existsSync(join(place, file)), file);
    });

  it('writes TypeScript that type-checks, from every template', async () => {
    for (const template of names) {
      const files = pluginFiles({ template, name: `@you/plugin-typed-${template}` });
      if (!files['tsconfig.json']) continue;
      for (const [path, text] of Object.entries(files)) {
        const file = join(folder, 'typed', template, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text);
      }
    }
    const place = join(folder, 'typed');
    writeFileSync(join(place, 'tsconfig.json'), readFileSync(join(place, 'tool/tsconfig.json'), 'utf8'));
    useSources(place);
    const tsconfig = JSON.parse(readFileSync(join(place, 'tsconfig.json'), 'utf8'));
    const compilerOptions = { ...tsconfig.compilerOptions, rootDir: '.', noEmit: true };
    writeFileSync(
      join(place, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['*/src', '*/test'] }),
    );
    assert.ok(globSync('*/src/*.ts', { cwd: place }).length >= 6);
    const { code, said } = await run(
      place,
      process.execPath,
      join(repository, 'node_modules/typescript/bin/tsc'),
      '-p',
      '.',
    );
    assert.equal(code, 0, said);
  });

  it('writes JavaScript that is the TypeScript without its types', async () => {
    for (const template of names) {
      const files = pluginFiles({ template, name: '@you/plugin-plain', language: 'javascript' });
      for (const [path, text] of Object.entries(files)) {
        assert.doesNotMatch(path, /\.ts$|tsconfig/);
        if (!path.endsWith('.js')) continue;
        assert.doesNotMatch(
          text,
          /import type|interface |\.ts'|[^\n ] {2,}\S| +$/m,
          `${template}: ${path}\n${text}`,
        );
        const file = join(folder, `parsed-${template}.mjs`);
        writeFileSync(file, text);
        const { code, said } = await run(folder, process.execPath, '--check', file);
        assert.equal(code, 0, said);
      }
    }
  });

  it('names the plugin after its package', () => {
    assert.equal(pluginIdOf('@you/plugin-weather'), 'weather');
    assert.equal(pluginIdOf('weather'), 'weather');
    const { name, agentFactory } = JSON.parse(
      pluginFiles({ template: 'tool', name: '@you/plugin-my-dice' })['package.json'] ?? '',
    );
    assert.deepEqual([name, agentFactory.id], ['@you/plugin-my-dice', 'my-dice']);
    for (const wrong of ['', 'Weather', '@you/', '@You/x', 'a/b', '../x', 'wéather', '1st', 'a'.repeat(65)])
      assert.throws(() => pluginIdOf(wrong), { code: 'AF_CREATE_NAME_INVALID' }, wrong);
  });

  it('writes nothing where a file is in the way, or it is told something else than it knows', async () => {
    const place = await create('taken', '-t', 'tool');
    writeFileSync(join(place, 'README.md'), 'mine');
    const before = readdirSync(folder).length;
    for (const [args, refusal] of [
      [['taken'], /README\.md|package\.json exists already; nothing was written[^]*AF_CREATE_FILE_EXISTS/],
      [['new', '-t', 'game'], /there is no template "game"[^]*tool\|provider/],
      [['new', '--color'], /AF_CREATE_OPTIONS_INVALID/],
      [['new', 'newer'], /more than one folder/],
      [['new', '--name', 'No Name'], /AF_CREATE_NAME_INVALID/],
    ] as const) {
      const { code, said } = await run(folder, process.execPath, command, ...args);
      assert.equal(code, 1, said);
      assert.match(said, refusal);
    }
    assert.equal(readdirSync(folder).length, before);
    assert.equal(readFileSync(join(place, 'README.md'), 'utf8'), 'mine');
    await create('taken', '-t', 'tool', '--force');
    assert.notEqual(readFileSync(join(place, 'README.md'), 'utf8'), 'mine');
  });
});
