import assert from 'node:assert/strict';
import { join } from 'node:path';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { callTool } from './support/call-tool.ts';
import { toolCode, writePlugin, type WrittenPlugin } from './support/write-plugin.ts';

interface Failure extends Error {
  readonly code?: string;
  readonly fix?: string;
  readonly cause?: Failure;
}

const own = join(import.meta.dirname, '..');
const open: TestKernel[] = [];

async function boot(code: string, written: WrittenPlugin = {}): Promise<TestKernel> {
  const use = writePlugin('asker', code, written);
  const kernel = await bootTestKernel({
    plugins: [
      { use: own, config: { strongest: 'L1', spare: 0 } },
      { use, isolation: 'L1' },
    ],
  });
  open.push(kernel);
  return kernel;
}

/** Why a plugin was not started: told in its name, with the fix of its cause. */
async function refusal(code: string, written?: WrittenPlugin): Promise<Failure> {
  const error = await boot(code, written).then(
    () => assert.fail('it was started'),
    (failure: Failure) => failure,
  );
  assert.equal(error.code, 'AF_ACTIVATE_FAILED', error.message);
  assert.match(error.message, /^asker@1\.0\.0 failed in (import|setup): /);
  const { cause = assert.fail('it has no cause') } = error;
  assert.equal(error.fix, cause.fix);
  return cause;
}

const tool = toolCode('asker', '() => 1');
const textOf = (bytes: number): string =>
  toolCode('asker', '({ at }) => [text.length, text[at]]').replace(
    'export',
    `const text = globalThis.text ?? '${'x'.repeat(bytes)}';\nexport`,
  );

describe('the code of a plugin that is to run isolated', function () {
  this.timeout(120_000);
  afterEach(async () => {
    for (const kernel of open.splice(0)) await kernel.close();
  });

  describe('is refused, with what to do', () => {
    const elsewhere = join(writePlugin('elsewhere', tool), 'index.js');
    const cases: Readonly<
      Record<string, [code: string, told: RegExp, fix: RegExp, written?: WrittenPlugin]>
    > = {
      'where it imports a module of Node': [
        `import { readFileSync } from 'node:fs';\n${toolCode('asker', '() => readFileSync')}`,
        /it imports node:fs \(index\.js\)$/,
        /^Use what ctx and the web platform offer/,
      ],
      'where a file that it imports does so': [
        `import { read } from './lib/read.js';\n${toolCode('asker', '() => read')}`,
        /it imports child_process \(lib\/read\.js\)$/,
        /^Use what ctx and the web platform offer/,
        { files: { 'lib/read.js': "export { spawn as read } from 'child_process';" } },
      ],
      'where it imports what is not there': [
        `import { x } from 'not-there-at-all';\n${toolCode('asker', '() => x')}`,
        /it imports not-there-at-all, which is not there$/,
        /^Put it into its dependencies\.$/,
      ],
      'where it imports a file outside of its folder': [
        `import x from ${JSON.stringify(elsewhere)};\n${toolCode('asker', '() => x')}`,
        /it imports \S+, which lies outside of its folder$/,
        /^Keep what it needs in its folder\.$/,
      ],
      'where it imports from an address': [
        `import x from 'https://example.org/x.js';\n${toolCode('asker', '() => x')}`,
        /it imports https:\/\/example\.org\/x\.js$/,
        /^Import packages and own files alone\.$/,
      ],
      'where it cannot be read': ['export default {', /Expected `}`/, /^Mend the code at the place named\.$/],
      'where it would decide over others': [
        tool,
        /it offers "scorer", which decides over others; isolated plugins offer tool, /,
        /^Take it out, or let the operator trust the plugin\.$/,
        { manifest: { contributes: { tool: '1.0.0', scorer: '1.0.0' } } },
      ],
      'where it offers what has the name of a member of every object': [
        tool,
        /it offers "toString", which decides over others/,
        /^Take it out, or let the operator trust the plugin\.$/,
        { manifest: { contributes: { tool: '1.0.0', toString: '1.0.0' } as never } }, // not the function
      ],
      'where it defines hooks': [
        tool,
        /it defines hooks$/,
        /^Take it out, or let the operator trust the plugin\.$/,
        { manifest: { hooks: { defines: ['asker.asked'] } } },
      ],
    };
    for (const [name, [code, told, fix, written]] of Object.entries(cases))
      it(name, async () => {
        const refused = await refusal(code, written);
        assert.equal(refused.code, 'AF_ISOLATION_CODE_REFUSED', refused.message);
        assert.match(refused.message.trim(), /^The code of asker@1\.0\.0 cannot run isolated: /);
        assert.match(refused.message, told);
        assert.match(refused.fix ?? '', fix);
      });

    it('where it has more than 8 MiB, and not where it has a little less', async () => {
      const limit = 8 * 1_048_576;
      const refused = await refusal(textOf(limit));
      assert.equal(refused.code, 'AF_ISOLATION_CODE_REFUSED');
      assert.equal(
        refused.message,
        'The code of asker@1.0.0 cannot run isolated: it has more than 8388608 bytes',
      );
      assert.equal(refused.fix, 'Leave out what it does not need.');
      const bytes = limit - 2000;
      const kernel = await boot(textOf(bytes));
      assert.deepEqual(await callTool(kernel, 'asker', { at: bytes - 1 }), [bytes, 'x']);
    });

    it('where only all of its files together have more', async () => {
      const files = Object.fromEntries(
        [0, 1, 2].map((at) => [
          `part-${at}.js`,
          `export const part${at} = globalThis.part${at} ?? '${'x'.repeat(3 * 1_048_576)}';`,
        ]),
      );
      const imports = Object.keys(files).map((name, at) => `import { part${at} } from './${name}';`);
      const code = `${imports.join('\n')}\n${toolCode('asker', '() => [part0, part1, part2]')}`;
      const refused = await refusal(code, { files });
      assert.equal(refused.code, 'AF_ISOLATION_CODE_REFUSED');
      assert.match(refused.message, /it has more than 8388608 bytes$/);
    });
  });
});

describe('what a plugin asks for that is not lent', function () {
  this.timeout(120_000);
  afterEach(async () => {
    for (const kernel of open.splice(0)) await kernel.close();
  });

  it('is refused before its code is run, where it cannot work without', async () => {
    const requires = { 'process-sandbox': '^1.0.0' };
    const refused = await refusal('throw new Error("it was run");', { manifest: { requires } });
    assert.equal(refused.code, 'AF_ISOLATION_NOT_LENT');
    assert.equal(
      refused.message,
      'asker@1.0.0 requires "process-sandbox", which is not lent to isolated plugins.',
    );
    assert.match(
      refused.fix ?? '',
      /let the operator trust the plugin; docs\/isolation\.md lists what is lent/,
    );
  });

  for (const id of ['process-sandbox', 'isolation', 'constructor', 'toString'])
    it(`is refused where it takes it all the same: ${id}`, async () => {
      const manifest = { optional: { 'process-sandbox': '^1.0.0' } };
      const refused = await refusal(toolCode('asker', '() => 1', `ctx.use({ id: '${id}' });`), { manifest });
      assert.equal(refused.code, 'AF_ISOLATION_NOT_LENT', refused.message);
      assert.match(refused.message, new RegExp(`^"${id}" is not lent to this plugin\\.$`));
      assert.match(refused.fix ?? '', /docs\/isolation\.md lists what can be lent/);
    });

  it('is not there where it can do without', async () => {
    const ids = ['process-sandbox', 'isolation', 'constructor', 'toString'];
    const setup = `const found = ${JSON.stringify(ids)}.map((id) => [ctx.tryUse({ id }) === undefined, ctx.all({ id }).length]);`;
    const manifest = { optional: { 'process-sandbox': '^1.0.0' }, collects: { scorer: '^1.0.0' } };
    const kernel = await boot(toolCode('asker', '() => found', setup), { manifest });
    assert.deepEqual(
      await callTool(kernel, 'asker'),
      ids.map(() => [true, 0]),
    );
  });
});
