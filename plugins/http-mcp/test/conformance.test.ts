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

/** Why the door is not as a scenario wants it, and what the scenario finds because of that. */
interface Reason {
  readonly why: string;
  readonly finds: RegExp;
}

/** Scenarios that hold. */
const held: readonly string[] = [
  'server-initialize',
  'ping',
  'tools-list',
  'tools-call-simple-text',
  'tools-call-error',
  'tools-call-with-progress',
  'json-schema-2020-12',
  'dns-rebinding-protection',
];

const notOffered: Reason = {
  why: 'The door offers tools alone, and says so in its capabilities.',
  finds: /Method not found/,
};
const dataAlone: Reason = {
  why: 'Tools of the platform give JSON, which is told as text and as structured content.',
  finds: /(No|Missing) (image|audio|resource) content/,
};
const nobodyAsked: Reason = {
  why: 'A run asks people by approvals, and models by its agent; it asks nothing of the client.',
  finds: /did not request (sampling|elicitation)/,
};
const noSessions: Reason = {
  why: 'There are no sessions, so that any process may answer any request: docs/adr/0055.',
  finds: /session ID|priming event/,
};

/** Those that do not. One that comes to hold, or finds something else, has to leave this list. */
const others: Readonly<Record<string, Reason>> = {
  'logging-set-level': notOffered,
  'completion-complete': notOffered,
  'tools-call-with-logging': notOffered,
  'resources-list': notOffered,
  'resources-read-text': notOffered,
  'resources-read-binary': notOffered,
  'resources-templates-read': notOffered,
  'resources-subscribe': notOffered,
  'resources-unsubscribe': notOffered,
  'prompts-list': notOffered,
  'prompts-get-simple': notOffered,
  'prompts-get-with-args': notOffered,
  'prompts-get-embedded-resource': notOffered,
  'prompts-get-with-image': notOffered,
  'tools-call-image': dataAlone,
  'tools-call-audio': dataAlone,
  'tools-call-embedded-resource': dataAlone,
  'tools-call-mixed-content': dataAlone,
  'tools-call-sampling': nobodyAsked,
  'tools-call-elicitation': nobodyAsked,
  'elicitation-sep1034-defaults': nobodyAsked,
  'elicitation-sep1330-enums': nobodyAsked,
  'server-sse-polling': noSessions,
  'server-sse-multiple-streams': noSessions,
};

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
        conformanceTools,
        { use: '@agent-factory/plugin-agent-runtime', config: { agentsDir: 'none' } },
        { use: dirname(import.meta.dirname), config: { tools: ['*'] } },
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
    assert.deepEqual([...found.keys()].sort(), [...held, ...Object.keys(others)].sort());
  });

  for (const scenario of held)
    it(`holds: ${scenario}`, () => {
      const passed = (found.get(scenario) ?? []).filter(({ status }) => status === 'SUCCESS');
      assert.deepEqual(faults(scenario), []);
      assert.ok(passed.length > 0, 'nothing was looked at');
    });

  for (const [scenario, { why, finds }] of Object.entries(others))
    it(`does not apply: ${scenario}`, () => {
      const told = faults(scenario);
      assert.ok(told.length > 0, `it holds now, and is no exception any more: ${why}`);
      for (const one of told) assert.match(one, finds, why);
    });
});
