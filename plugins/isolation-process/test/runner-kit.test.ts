import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { compact } from '../src/kit/pack.ts';
import { press } from '../src/kit/press.ts';
import { launchOf, type RunnerPlan } from '../src/launch/command.ts';
import { makeRunnerKit, type RunnerKit } from '../src/runner-kit.ts';
import { settings } from './support/settings.ts';

const require = createRequire(import.meta.url);
const { Parser } = createRequire(require.resolve('vm2'))('acorn');

function planOf(kit: RunnerKit, script: string): RunnerPlan {
  const { heapMiB, memoryMiB, uid, bwrap } = settings;
  const command = { kind: 'node', script, args: ['65536'], heapMiB } as const;
  return { level: 'L1', command, readable: [kit.folder], memoryMiB, uid, bwrap };
}

/** What code says: its syntax, but for places, the marks around texts, and names written once for twice. */
function syntaxOf(code: string): unknown {
  const tree = Parser.parse(code, { ecmaVersion: 2022, allowReturnOutsideFunction: true });
  return JSON.parse(JSON.stringify(tree), function (key, value) {
    if (['start', 'end', 'raw'].includes(key)) return undefined;
    if (key === 'shorthand' && this.key.name !== '__proto__') return undefined;
    if (value?.type === 'TemplateLiteral' && value.expressions.length === 0)
      return { type: 'Literal', value: value.quasis[0].value.cooked };
    return value;
  });
}

describe('the files runners read', function () {
  this.timeout(60_000);

  it('are removed at the next start when the platform was killed, and not while it is alive', async () => {
    const mine = await makeRunnerKit();
    const { pid: dead } = spawnSync(process.execPath, ['--version']);
    const stale = mine.folder.replace(/-\d+-[^-]+$/, `-${dead}-killed`);
    mkdirSync(stale);
    const next = await makeRunnerKit();
    assert.equal(existsSync(stale), false);
    assert.equal(existsSync(mine.runner), true);
    for (const kit of [mine, next]) kit.remove();
    assert.deepEqual([mine.folder, next.folder].filter(existsSync), []);
  });

  it('are compiled once, and V8 takes what was compiled in a process with their flags', async () => {
    const kit = await makeRunnerKit();
    try {
      await press(kit.folder, planOf(kit, kit.runner));
      const caches = readdirSync(kit.folder).filter((name) => name.endsWith('.cache'));
      assert.equal(caches.length, 4);
      const script = join(kit.folder, 'look.cjs');
      const code = `const { readFileSync } = require('node:fs'); const vm = require('node:vm');
const read = (name) => readFileSync(__dirname + '/' + name);
const one = (name) => new vm.Script(read(name + '.js', 'latin1').toString('latin1'), { cachedData: read(name + '.cache') });
console.log(['runner', 'guest'].map((name) => one(name).cachedDataRejected).join());`;
      writeFileSync(script, code);
      const { file, args } = launchOf(planOf(kit, script));
      const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', env: {} });
      assert.equal(stdout.trim(), 'false,false', stderr);
    } finally {
      kit.remove();
    }
  });

  for (const name of ['bridge', 'compiler', 'script', 'setup-sandbox', 'transformer', 'vm'])
    it(`say what vm2 says: ${name}`, () => {
      const code = readFileSync(require.resolve(`vm2/lib/${name}.js`), 'utf8');
      // Where it stands, it may return.
      const inside = `(function () {${code}\n})`;
      const short = compact(name, inside);
      assert.ok(short.length < code.length);
      assert.deepEqual(syntaxOf(short), syntaxOf(inside));
    });
});
