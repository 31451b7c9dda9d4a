import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { conformanceTools } from './support/conformance-tools.ts';

/** What a scenario found, as the suite writes it down. */
interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'INFO' | 'SKIPPED';
  readonly errorMessage?: string;
  readonly details?: { readonly message?: string };
}

/** The scenarios of the suite, all of which hold. */
const scenarios: readonly string[] = [
  'server-initialize',
  'ping',
  'logging-set-level',
  'completion-complete',
  'tools-list',
  'tools-call-simple-text',
  'tools-call-image',
  'tools-call-audio',
  'tools-call-embedded-resource',
  'tools-call-mixed-content',
  'tools-call-error',
  'tools-call-with-progress',
  'tools-call-with-logging',
  'tools-call-sampling',
  'tools-call-elicitation',
  'elicitation-sep1034-defaults',
  'elicitation-sep1330-enums',
  'json-schema-2020-12',
  'server-sse-polling',
  'server-sse-multiple-streams',
  'resources-list',
  'resources-read-text',
  'resources-read-binary',
  'resources-templates-read',
  'resources-subscribe',
  'resources-unsubscribe',
  'prompts-list',
  'prompts-get-simple',
  'prompts-get-with-args',
  'prompts-get-embedded-resource',
  'prompts-get-with-image',
  'dns-rebinding-protection',
];

const suite = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'));

/** What each scenario of the suite finds at an address, by the scenario's name. */
async function conformance(url: string): Promise<ReadonlyMap<string, readonly Check[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-factory-mcp-'));
  try {
    const call = ['server', '--url', url, '--suite', 'all', '-o', folder];
    // Its own exit code only says that something was found; and it is given nothing of our environment.
    await new Promise<void>((resolve) => {
      execFile(process.execPath, [suite, ...call], { env: {}, maxBuffer: 2 ** 26 }, () => resolve());
    });
    const found = new Map<string, readonly Check[]>();
    for (const name of await readdir(folder)) {
      const [, scenario = name] = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(name) ?? [];
      const checks = JSON.parse(
        await readFile(join(folder, name, 'checks.json'), 'utf8'),
      ) as readonly Check[]; // its own file
      found.set(scenario, checks);
    }
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the door, as the conformance suite of the Model Context Protocol sees it', function () {
  this.timeout(120_000);
  let kernel: TestKernel;
  let found: ReadonlyMap<string, readonly Check[]>;

  before(async () => {
    kernel = await bootTestKernel({
      plugins: [
        '@agent-factory/plugin-storage-sqlite',
        '@agent-factory/plugin-journal-sql',
        '@agent-factory/plugin-data-sql',
        conformanceTools,
        { use: '@agent-factory/plugin-agent-runtime', config: { agentsDir: 'none' } },
        {
          use: dirname(import.meta.dirname),
          config: { tools: ['*'], resources: ['*'], prompts: ['*'] },
        },
        { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
      ],
    });
    found = await conformance(`${kernel.use(HttpServer).url()}/mcp`);
  });
  after(() => kernel?.close());

  /** What a scenario found wrong, or advises. */
  const faults = (scenario: string): readonly string[] =>
    (found.get(scenario) ?? [])
      .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
      .map(({ id, errorMessage, details }) => errorMessage ?? details?.message ?? id);

  it('is asked by the scenarios that are written down, and by no other', () => {
    assert.deepEqual([...found.keys()].sort(), [...scenarios].sort());
  });

  for (const scenario of scenarios)
    it(`holds: ${scenario}`, () => {
      const passed = (found.get(scenario) ?? []).filter(({ status }) => status === 'SUCCESS');
      assert.deepEqual(faults(scenario), []);
      assert.ok(passed.length > 0, 'nothing was looked at');
    });
});
