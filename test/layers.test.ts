import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);

interface Report {
  readonly diagnostics: readonly {
    readonly code: string;
    readonly filename: string;
    readonly message: string;
  }[];
  readonly number_of_files: number;
}

/** Runs the layer check as `npm run layers` does. */
function checkLayers(folder: string): Report & { status: number | null } {
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint');
  const args = [oxlint, '--config=.oxlintrc.layers.json', '--format=json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  assert.match(stdout, /^\{/, stderr);
  const report: Report = JSON.parse(stdout);
  return { ...report, status };
}

/** What must be refused: the file, what stands in it, and a piece of the reason. */
const violations: readonly (readonly [file: string, text: string, reason: RegExp])[] = [
  ['packages/sdk/src/a.ts', `import '@agent-factory/kernel';`, /packages\/sdk may import no package of ours/],
  ['packages/sdk/src/b.ts', `import 'semver';`, /packages\/sdk may import no npm package/],
  ['packages/sdk/src/c.ts', `export * from '../../../kernel/src/a.ts';`, /leaves packages\/sdk/],
  [
    'kernel/src/a.ts',
    `import type { Agent } from '@agent-factory/sdk/domain';`,
    /kernel may import only @agent-factory\/sdk/,
  ],
  ['kernel/src/b.ts', `import express from 'express';`, /kernel may import only ajv, /],
  [
    'kernel/src/c.ts',
    `await import('@agent-factory/plugin-llm-local');`,
    /kernel may import only @agent-factory\/sdk/,
  ],
  ['kernel/src/d.ts', `export type A = import('yaml').Document;`, /not yaml/],
  ['kernel/src/deep/e.ts', `import '../../../plugins/llm-local/src/index.ts';`, /leaves kernel/],
  ['kernel/src/f.ts', `require('express');`, /not express/],
  ['plugins/llm-one/src/a.ts', `import '@agent-factory/kernel';`, /not @agent-factory\/kernel/],
  [
    'plugins/llm-one/src/b.ts',
    `import '@agent-factory/plugin-llm-two';`,
    /not @agent-factory\/plugin-llm-two/,
  ],
  ['plugins/tools-one/src/a.ts', `import '@agent-factory/model-kit';`, /not @agent-factory\/model-kit/],
  ['packages/model-kit/src/a.ts', `import '@agent-factory/kernel';`, /not @agent-factory\/kernel/],
  ['packages/client/src/a.ts', `import '@agent-factory/sdk';`, /may import no package of ours/],
  ['packages/model-kit/src/b.ts', `import 'openai';`, /not openai/],
  ['plugins/llm-one/src/c.ts', `import '../../llm-two/src/index.ts';`, /leaves plugins\/llm-one/],
  ['plugins/llm-one/test/a.test.ts', `import '../../llm-two/src/index.ts';`, /leaves plugins\/llm-one/],
  [
    'packages/plugin-package/src/a.ts',
    `import '@agent-factory/kernel';`,
    /packages\/plugin-package may import only/,
  ],
  ['packages/cel/src/a.ts', `import '@agent-factory/kernel';`, /packages\/cel may import only/],
  ['packages/cel/src/b.ts', `import '@agent-factory/client';`, /packages\/cel may import only/],
  ['packages/create-plugin/src/a.ts', `import '@agent-factory/kernel';`, /not @agent-factory\/kernel/],
  [
    'packages/create-plugin/src/b.ts',
    `import '@agent-factory/plugin-install';`,
    /packages\/create-plugin may import only/,
  ],
  ['packages/plugin-install/src/a.ts', `import '@agent-factory/client';`, /not @agent-factory\/client/],
  [
    'packages/plugin-install/src/b.ts',
    `import '@agent-factory/create-plugin';`,
    /packages\/plugin-install may import only/,
  ],
  ['packages/test-servers/src/a.ts', `import '@agent-factory/sdk';`, /may import no package of ours/],
  ['packages/new/src/a.ts', `import '@agent-factory/sdk';`, /packages\/\* may import no package of ours/],
  ['packages/cli/src/a.ts', `import '@agent-factory/plugin-http-api';`, /packages\/cli may import only/],
  ['packages/cli/src/b.ts', `import '../../../kernel/src/index.ts';`, /leaves packages\/cli/],
  ['registry-server/src/a.ts', `import '@agent-factory/kernel';`, /registry-server may import only/],
  ['examples/one/main.ts', `import '../../kernel/src/index.ts';`, /leaves examples\/one/],
  ['bench/one/run.ts', `import '../../kernel/src/index.ts';`, /leaves bench/],
  ['test/a.test.ts', `import '../kernel/src/index.ts';`, /leaves test/],
  ['tools/a.mjs', `import 'semver';`, /tools may import no npm package/],
];

/** What must pass, lest a check that refuses everything looked like one that works. */
const admitted: readonly (readonly [file: string, text: string])[] = [
  ['packages/sdk/src/fine.ts', `import 'node:fs'; import './other.ts';`],
  [
    'kernel/src/fine.ts',
    `import '@agent-factory/sdk'; import 'ajv/dist/2020.js'; import { AsyncHook } from 'tapable';`,
  ],
  [
    'plugins/llm-one/src/fine.ts',
    `import '@agent-factory/sdk/contracts'; import 'yaml'; import '../package.json';`,
  ],
  ['plugins/llm-one/src/kit.ts', `import '@agent-factory/cel'; import '@agent-factory/model-kit';`],
  ['plugins/tools-one/src/fine.ts', `import '@agent-factory/cel';`],
  ['packages/cel/src/fine.ts', `import '@agent-factory/sdk/contracts';`],
  ['packages/create-plugin/src/fine.ts', `import '@agent-factory/sdk';`],
  [
    'packages/plugin-install/src/fine.ts',
    `import '@agent-factory/kernel'; import '@agent-factory/plugin-package'; import '@agent-factory/sdk';`,
  ],
  ['plugins/llm-one/test/fine.test.ts', `import '@agent-factory/kernel'; import '../src/index.ts';`],
  [
    'packages/cli/src/fine.ts',
    `import '@agent-factory/kernel'; import '@agent-factory/sdk/domain'; import 'commander';`,
  ],
  [
    'packages/cli/src/market.ts',
    `import '@agent-factory/client'; import '@agent-factory/plugin-install/installed';`,
  ],
  [
    'registry-server/src/fine.ts',
    `import '@agent-factory/plugin-package'; import '@agent-factory/sdk'; import 'express';`,
  ],
  ['examples/one/fine.ts', `import '@agent-factory/plugin-llm-local';`],
  ['kernel/test/fixtures/broken/index.js', `import '../../../../plugins/x/src/index.ts'; export default {`],
  ['test/fine.test.ts', `import '@agent-factory/kernel'; import '../tools/tasks.mjs';`],
];

describe('layers', () => {
  it('hold in this repository', function () {
    this.timeout(120_000); // reads every source
    const { status, diagnostics, number_of_files: files } = checkLayers(root);
    assert.deepEqual(
      diagnostics.map(({ filename, message }) => `${filename}: ${message}`),
      [],
    );
    assert.equal(status, 0);
    assert.ok(files > 50, `the check looked at ${files} files only`);
  });

  for (const page of ['CONTRIBUTING.md', 'docs/architecture.md'])
    it(`have a row for each package in ${page}`, () => {
      const text = readFileSync(join(root, page), 'utf8');
      const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
      const rooms = [...packages, 'kernel', 'registry-server'];
      assert.deepEqual(
        rooms.filter((room) => !text.includes(`\n| \`${room}\` `)),
        [],
      );
    });

  describe('in a tree with planted imports', () => {
    let folder: string;
    let report: ReturnType<typeof checkLayers>;

    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'layers-'));
      cpSync(join(root, 'tools/lint'), join(folder, 'tools/lint'), { recursive: true });
      cpSync(join(root, '.oxlintrc.layers.json'), join(folder, '.oxlintrc.layers.json'));
      writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
      for (const [file, text] of [...violations, ...admitted]) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), `${text}\n`);
      }
      report = checkLayers(folder);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    function reasons(file: string): string[] {
      return report.diagnostics.filter(({ filename }) => filename === file).map(({ message }) => message);
    }

    it('the check fails', () => {
      assert.equal(report.status, 1);
    });

    for (const [file, text, reason] of violations) {
      it(`refuses ${text} in ${dirname(file)}`, () => {
        const [first, ...others] = reasons(file);
        assert.match(first ?? 'nothing reported', reason);
        assert.deepEqual(others, []);
      });
    }

    for (const [file, text] of admitted) {
      it(`admits ${text} in ${dirname(file)}`, () => assert.deepEqual(reasons(file), []));
    }
  });
});
