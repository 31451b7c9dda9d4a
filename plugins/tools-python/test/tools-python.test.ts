import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { JsonObject, PluginContext } from '@agent-factory/sdk';
import { ArtifactStore, Tool } from '@agent-factory/sdk/contracts';
import { bootTestKernel, testPlugin, toolSuite, type TestKernel } from '@agent-factory/sdk/testing';
import { errorTable } from '../src/errors.ts';
import { bootPython, callContext, skipUnoffered, toolOf, type At } from './support/boot-python.ts';

const levels = ['L2', 'L3', 'trusted'] as const;
const storage = ['@agent-factory/plugin-storage-sqlite', '@agent-factory/plugin-artifacts-fs'];

describe('tools-python', function () {
  this.timeout(60_000);
  let validator: PluginContext['validator'];
  const probe = testPlugin('probe', [], (ctx) => void (validator = ctx.validator.bind(ctx)));
  before(async () => (await bootTestKernel({ plugins: [probe] })).close());

  const examples = {
    stats_describe: [{ numbers: [1, 2, 6] }, { numbers: [1.25], digits: 1, kind: 'median' }],
    stats_squares: [{ upto: 4 }, { upto: 0, window: { start: 1, size: 2 } }],
    stats_later: [{ text: 'hé😀' }],
    stats_ticks: [{ count: 2 }],
    stats_report: [{ rows: [{ a: 1, b: 'x' }] }],
  };

  for (const level of levels) {
    describe(`at ${level}`, () => {
      let kernel: TestKernel;
      before(async function () {
        await skipUnoffered(this, level);
        kernel = await bootPython([{ folder: 'tools', effect: 'read' }], { level });
      });
      after(() => kernel?.close());
      // Workers are ended by cases that cancel; the kernel lasts, for it takes long to start.
      const open = async () => ({
        tools: kernel.all(Tool).map(({ value }) => value),
        close: async () => {},
      });
      for (const { name, run } of toolSuite(open, { examples, compile: (schema) => validator(schema) }))
        it(name, run);
    });
  }

  describe('a tool', () => {
    let kernel: TestKernel;
    const at: At = { level: 'trusted', more: storage, config: { maxItems: 5 } };
    before(async function () {
      await skipUnoffered(this, at.level);
      kernel = await bootPython([{ folder: 'tools', effect: 'read' }], at);
    });
    after(() => kernel?.close());

    it('has the schema its signature says, and the words of its docstring', () => {
      const { description, input } = toolOf(kernel, 'stats_describe');
      assert.equal(description, 'Gives the middle and the spread of some numbers.');
      assert.deepEqual(input, {
        type: 'object',
        properties: {
          numbers: { type: 'array', items: { type: 'number' }, description: 'The numbers to look at.' },
          digits: { type: 'integer', default: 2, description: 'How many digits to keep.' },
          kind: { enum: ['mean', 'median'], default: 'mean', description: 'Which middle.' },
        },
        required: ['numbers'],
        additionalProperties: false,
      });
    });

    it('answers what its function gives, and what it prints goes to the log', async () => {
      const lines: Record<string, unknown>[] = [];
      const answer = await toolOf(kernel, 'stats_describe').run(
        { numbers: [1, 2, 6] },
        callContext({}, lines),
      );
      assert.deepEqual(answer, { middle: 3, least: 1, most: 6 });
      assert.deepEqual(lines, [
        { message: 'A Python tool printed.', stream: 'stdout', output: 'looking at 3\n' },
      ]);
    });

    it('fails with the error of its function, and where it was', async () => {
      await assert.rejects(toolOf(kernel, 'stats_describe').run({ numbers: [] }, callContext()), {
        code: 'AF_TOOLS_PYTHON_FAILED',
        message: /StatisticsError: mean requires at least one data point \(line \d+\)$/,
      });
    });

    it('gives the values of a generator as a list, as many as it may', async () => {
      assert.deepEqual(
        await toolOf(kernel, 'stats_squares').run({ upto: 5 }, callContext()),
        [0, 1, 4, 9, 16],
      );
      await assert.rejects(toolOf(kernel, 'stats_squares').run({ upto: 6 }, callContext()), {
        code: 'AF_TOOLS_PYTHON_FAILED',
        message: /It yields more than 5 values\.$/,
      });
    });

    it('keeps the files it writes as artifacts of its run', async () => {
      const answer = await toolOf(kernel, 'stats_report').run({ rows: [{ a: 1, b: 'x' }] }, callContext());
      const { result, files } = answer as {
        result: number;
        files: { name: string; artifact: { id: string } }[];
      };
      assert.equal(result, 1);
      const [file] = files;
      assert.equal(file?.name, 'report.csv');
      const artifacts = kernel.use(ArtifactStore).tenant('default');
      const kept = await artifacts.head(file?.artifact.id ?? '');
      assert.equal(kept?.mediaType, 'text/csv');
      let text = '';
      for await (const piece of artifacts.read(kept?.id ?? '')) text += Buffer.from(piece).toString();
      assert.equal(text, '1,x\n');
      assert.equal((await artifacts.list({ runId: 'run-1' })).length, 1);
    });
  });

  describe('figures', () => {
    it('become pictures, and arrays become lists', async function () {
      await skipUnoffered(this, 'L2');
      const { status } = spawnSync('/usr/bin/python3', ['-I', '-c', 'import numpy, matplotlib']);
      if (status !== 0) {
        console.log('      skipped: /usr/bin/python3 has neither numpy nor matplotlib here.');
        this.skip(); // said above
      }
      const entry = {
        file: 'plots/plots.py',
        effect: 'pure',
        packages: ['numpy >= 1.20, < 3', 'matplotlib'],
      };
      const config = { python: '/usr/bin/python3' };
      const kernel = await bootPython([entry], { level: 'L2', more: storage, config });
      try {
        const answer = await toolOf(kernel, 'plots_wave').run({}, callContext());
        const { result, files } = answer as { result: number[]; files: { artifact: JsonObject }[] };
        assert.equal(result.length, 3);
        assert.equal(result[0], 0);
        assert.equal(files.length, 1);
        assert.equal(files[0]?.artifact['mediaType'], 'image/png');
      } finally {
        await kernel.close();
      }
    });
  });

  describe('a configuration', () => {
    const refused = async (tool: JsonObject, expected: object, config: JsonObject = {}): Promise<void> => {
      await assert.rejects(bootPython([tool], { level: 'trusted', config }), expected);
    };
    before(async function () {
      await skipUnoffered(this, 'trusted');
    });

    it('names one function, with an id, words and a schema of its own', async () => {
      const input = {
        type: 'object',
        properties: { upto: { type: 'integer', maximum: 9 } },
        required: ['upto'],
      };
      const entry = {
        file: 'tools/stats.py',
        function: 'squares',
        id: 'count',
        description: 'Counts up in squares.',
        input,
      };
      const kernel = await bootPython([entry], { level: 'trusted' });
      try {
        const [tool, ...others] = kernel.all(Tool).map(({ value }) => value);
        assert.deepEqual(others, []);
        assert.deepEqual(
          [tool?.name, tool?.description, tool?.input],
          ['count', 'Counts up in squares.', input],
        );
        assert.equal(tool?.effect, 'write');
        assert.deepEqual(await tool?.run({ upto: 2 }, callContext()), [0, 1]);
      } finally {
        await kernel.close();
      }
    });

    it('is refused where a file, a function or a folder of Python is not there', async () => {
      await refused({ file: 'tools/none.py' }, /tools\/none\.py: it is not there/);
      await refused({ file: 'tools/stats.py', function: 'none' }, /it has no function none/);
      await refused({ folder: '.' }, /there is no file ending in \.py/);
      await refused({ file: 'tools/stats.py', folder: 'tools' }, /either "file" or "folder"/);
    });

    it('is refused where a package is missing or has another version, and says what to run', async () => {
      await refused(
        { file: 'tools/stats.py', packages: ['no-such-package-of-all==1', 'another_of_none'] },
        /no-such-package-of-all==1 \(no-such-package-of-all is not installed\), another_of_none/,
      );
      await refused(
        { file: 'tools/stats.py', packages: ['no-such-package-of-all>=1'] },
        { fix: /^Run: .*python3 -m pip install 'no-such-package-of-all>=1'; / },
      );
    });

    it('is refused at L1, which holds nothing for an interpreter', async () => {
      await refused({ file: 'tools/stats.py' }, /cannot run at isolation level L1/, {
        isolation: 'L1',
        python: 'python3',
      });
    });

    it('is refused where no Python can be started', async () => {
      await refused({ file: 'tools/stats.py' }, /There is no python-of-nowhere/, {
        python: 'python-of-nowhere',
      });
    });
  });

  it('has errors that all say what to do', () => {
    for (const [code, spec] of Object.entries(errorTable)) {
      assert.match(code, /^AF_TOOLS_PYTHON_[A-Z_]+$/);
      assert.ok(spec.fix.length > 5, code);
    }
  });
});
