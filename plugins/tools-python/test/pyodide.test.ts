import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { ProcessSandbox } from '@agent-factory/sdk/contracts';
import type { TestKernel } from '@agent-factory/sdk/testing';
import { findEngine } from '../src/python-engine.ts';
import { stageFiles } from '../src/staged-files.ts';
import { bootPython, callContext, skipUnoffered, toolOf, type At } from './support/boot-python.ts';
import { engineCases } from './support/engine-cases.ts';

const folders = [
  { folder: 'tools', effect: 'read' },
  { folder: 'hostile', effect: 'read' },
];
const limits = { maxResultBytes: 65_536, maxItems: 100, workers: 2 };
const engines: Readonly<Record<'python3' | 'pyodide', At>> = {
  python3: { level: 'trusted', config: { ...limits, python: 'python3' } },
  pyodide: { level: 'L1', config: { ...limits, python: 'pyodide' } },
};

for (const python of ['python3', 'pyodide'] as const)
  describe(`the same Python on ${python}`, function () {
    this.timeout(120_000);
    let kernel: TestKernel;
    before(async function () {
      await skipUnoffered(this, engines[python].level, { python });
      this.timeout(120_000);
      kernel = await bootPython(folders, engines[python]);
    });
    after(() => kernel?.close());

    for (const { tool, input, gives } of engineCases)
      it(`${tool} of ${JSON.stringify(input)} gives ${gives instanceof RegExp ? String(gives) : 'its answer'}`, async () => {
        const answer = toolOf(kernel, tool).run(input, callContext());
        if (gives instanceof RegExp) await assert.rejects(answer, { message: gives });
        else assert.deepEqual(await answer, gives);
      });

    it('prints into the log', async () => {
      const lines: Record<string, unknown>[] = [];
      await toolOf(kernel, 'stats_describe').run({ numbers: [1] }, callContext({}, lines));
      assert.deepEqual(lines, [
        { message: 'A Python tool printed.', stream: 'stdout', output: 'looking at 1\n' },
      ]);
    });
  });

describe('Pyodide', function () {
  this.timeout(120_000);

  it('has the standard library alone: packages are refused, and the fix says what to install', async () => {
    const entry = { file: 'tools/stats.py', packages: ['numpy>=1.24'] };
    await assert.rejects(bootPython([entry], engines.pyodide), {
      message: /packages that Pyodide \(3\.\d+\.\d+\) has not: numpy>=1\.24 \(numpy is not installed\)/,
      fix: /Install python3 .* run: python3 -m pip install 'numpy>=1\.24'; and write "python: python3"/,
    });
  });

  it('needs more memory than a process of python3, and says that it is too little', async () => {
    const at = { level: 'L1', config: { python: 'pyodide', memoryMiB: 64 } } as const;
    await assert.rejects(bootPython([{ file: 'tools/stats.py' }], at), {
      message: /No Python can be started for tools: Pyodide: it used more than 64 MiB of memory/,
    });
  });

  describe('is taken', () => {
    let kernel: TestKernel;
    before(async () => {
      kernel = await bootPython([], { level: 'L1' });
    });
    after(() => kernel.close());

    /** The engine found for a configuration, on a machine that has no interpreter. */
    const found = async (python: string, isolation: 'L1' | 'trusted'): Promise<string> => {
      const stage = stageFiles([], fileURLToPath(new URL('fixtures', import.meta.url)));
      const sizes = { maxResultBytes: 65_536, maxFileBytes: 1_024, scratchBytes: 65_536, memoryMiB: 512 };
      const counts = { workers: 1, maxItems: 10, maxOutputChars: 10, maxFiles: 1 };
      const config = { tools: [], python, isolation, timeoutMs: 1_000, idleMs: 1_000, ...sizes, ...counts };
      try {
        const sandbox = kernel.use(ProcessSandbox);
        const engine = await findEngine({ sandbox, config, worker: stage.worker }, () => []);
        const worker = await engine.start([]);
        worker.kill('it was found');
        await worker.ended;
        return engine.name;
      } finally {
        stage.remove();
      }
    };

    it('where the choice is free and there is no python3', async () => {
      assert.match(await found('auto', 'trusted'), /^Pyodide \(3\./);
    });

    it('where the choice is free at L1, which holds nothing for python3', async () => {
      assert.match(await found('auto', 'L1'), /^Pyodide \(3\./);
    });

    it('never in place of an interpreter that was named', async () => {
      await assert.rejects(found('/nowhere/python3', 'trusted'), {
        code: 'AF_TOOLS_PYTHON_NOT_STARTED',
        message: /There is no \/nowhere\/python3\./,
        fix: /"python: pyodide" needs none/,
      });
      await assert.rejects(found('python3', 'L1'), { code: 'AF_TOOLS_PYTHON_LEVEL' });
    });
  });
});
