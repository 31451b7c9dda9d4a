import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Jobs } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { promtool } from '@agent-factory/test-servers';
import { parse } from 'yaml';
import { MetricsPlatform } from './support/metrics-platform.ts';

const folder = join(import.meta.dirname, '..');
const rules = join(folder, 'alerts/agent-factory.rules.yaml');
const unitTests = join(import.meta.dirname, 'support/alerts.promtool.yaml');
const dashboard = join(folder, 'grafana/agent-factory.json');
let binary = '';

/** Runs it; what it said, where it was content. */
function check(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(binary, args, { input, encoding: 'utf8' });
  assert.equal(status, 0, `promtool ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout + stderr;
}

describe('what Prometheus itself says', function () {
  this.timeout(60_000);
  let own = '';
  before(async function () {
    this.timeout(300_000); // where there is none, it is downloaded, once
    try {
      binary = await promtool();
    } catch (error) {
      console.warn(`      Skipped: ${error instanceof Error ? error.message : String(error)}`);
      this.skip();
    }
    own = mkdtempSync(join(tmpdir(), 'agent-factory-promtool-'));
  });
  after(() => rmSync(own, { recursive: true, force: true }));

  it('of the alert rules: that they are well formed', () => {
    assert.match(check(['check', 'rules', rules]), /SUCCESS: \d+ rules found/);
  });

  it('of each alert: that it fires when it has to, and is silent otherwise', () => {
    const text = readFileSync(unitTests, 'utf8');
    const { tests } = parse(text) as { tests: { name: string }[] }; // our own file
    const { groups } = parse(readFileSync(rules, 'utf8')) as { groups: { rules: { alert: string }[] }[] }; // as well
    const alerts = groups.flatMap((group) => group.rules.map(({ alert }) => alert));
    assert.deepEqual(tests.map(({ name }) => name).sort(), alerts.sort());
    check(['test', 'rules', unitTests]);
  });

  it('of an alert that was made deaf: that it does not fire', () => {
    const deaf = join(own, 'deaf.rules.yaml');
    writeFileSync(deaf, readFileSync(rules, 'utf8').replace('> 2e9', '> 2e12'));
    const { tests, ...rest } = parse(readFileSync(unitTests, 'utf8')) as { tests: { name: string }[] }; // our own file
    const asked = join(own, 'deaf.yaml');
    const memory = tests.filter(({ name }) => name === 'AgentFactoryMemory');
    writeFileSync(asked, JSON.stringify({ ...rest, rule_files: [deaf], tests: memory })); // which is YAML
    const { status, stdout, stderr } = spawnSync(binary, ['test', 'rules', asked], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stdout + stderr, /alertname: ?AgentFactoryMemory/);
  });

  it('of the queries of the dashboard: that they are well formed', () => {
    const { panels } = JSON.parse(readFileSync(dashboard, 'utf8')) as {
      panels: { targets?: { expr: string }[] }[];
    }; // our own file
    const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    const recorded = queries.map((expr, number) => ({
      record: `panel:${number}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
    }));
    const file = join(own, 'dashboard.rules.yaml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] })); // which is YAML
    assert.match(check(['check', 'rules', file]), new RegExp(`SUCCESS: ${queries.length} rules found`));
  });

  it('of the page that is served: that its metrics are named and described as they should be', async () => {
    const on = await MetricsPlatform.open();
    try {
      for (const said of ['hello', 'look', 'stumble', 'fail']) await on.run(said);
      await on.kernel.use(Jobs).enqueue([{ queue: 'nobody-works', data: {} }]);
      await on.ask('/api/v1/runs/nobody');
      const ended = 'agent_factory_runs_ended_total{outcome="failed"} 1';
      const page = await waitFor('the page to tell of it', async () => {
        const text = await on.page();
        return text.includes(ended) && text.includes('operation="getRun"') ? text : undefined;
      });
      assert.equal(check(['check', 'metrics'], page), '');
    } finally {
      await on.close();
    }
  });
});
