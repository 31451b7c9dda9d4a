import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';
import { createMetrics } from '../src/prometheus-metrics.ts';
import { createQueueMetrics } from '../src/queue-metrics.ts';

/** A query, and where it stands. */
interface Query {
  readonly where: string;
  readonly text: string;
}

/** A dashboard as far as this looks at it. */
interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

/** Rules as far as this looks at them. */
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly labels: { readonly severity: string };
      readonly annotations: { readonly summary: string };
    }[];
  }[];
}

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const dashboard = JSON.parse(read('grafana/agent-factory.json')) as Dashboard; // our own file
const { groups } = parse(read('alerts/agent-factory.rules.yaml')) as Rules; // our own file
const alerts = groups.flatMap(({ rules }) => rules);

/** Labels that Prometheus itself adds to what it scrapes. */
const added = ['instance', 'job'];

describe('the dashboard and the alert rules', () => {
  /** Labels of each name that stands on a page of metrics. */
  const known = new Map<string, readonly string[]>();
  before(async () => {
    const metrics = createMetrics({ version: '1.0.0', role: 'all' });
    metrics.close();
    const queues = createQueueMetrics({ control: undefined, log: console as never });
    const page = (await metrics.registry.metrics()) + (await queues.text());
    for (const [, name = '', type] of page.matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
      const metric = metrics.registry.getSingleMetric(name) as { readonly labelNames?: string[] } | undefined;
      const labels = [...(metric?.labelNames ?? queueLabels), ...added];
      if (type !== 'histogram') known.set(name, labels);
      else for (const part of ['bucket', 'sum', 'count']) known.set(`${name}_${part}`, [...labels, 'le']);
    }
  });
  const queueLabels = ['queue', 'state'];

  const queries: readonly Query[] = [
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: `panel "${title}"`, text: withoutVariables(expr) })),
    ),
    ...alerts.map(({ alert, expr }) => ({ where: `alert ${alert}`, text: expr })),
  ];

  it('are queries that Prometheus understands', () => {
    assert.ok(queries.length > 30);
    for (const { where, text } of queries) assert.equal(faultIn(text), undefined, `${where}: ${text}`);
    assert.notEqual(faultIn('sum(rate(x[5m])'), undefined);
  });

  it('name only metrics and labels that there are', () => {
    for (const { where, text } of queries) {
      const { metrics, labels } = namesIn(text);
      assert.ok(metrics.length > 0, where);
      for (const name of metrics) assert.ok(known.has(name), `${where}: ${name}`);
      const all = new Set(metrics.flatMap((name) => known.get(name) ?? []));
      for (const label of labels) assert.ok(all.has(label), `${where}: ${label}`);
    }
  });

  it('show every metric there is', () => {
    const named = new Set(queries.flatMap(({ text }) => namesIn(text).metrics));
    const base = (name: string): string => name.replace(/_(?:bucket|sum|count)$/, '');
    const shown = new Set([...named].map(base));
    assert.deepEqual(
      [...known.keys()].map(base).filter((name) => !shown.has(name)),
      [],
    );
  });

  it('have panels with ids of their own, and alerts that say what is wrong', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    assert.match(dashboard.templating.list[1]?.definition ?? '', /agent_factory_info, instance/);
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
    for (const { alert, labels, annotations } of alerts) {
      assert.match(labels.severity, /^(?:warning|critical)$/, alert);
      assert.ok(annotations.summary.length > 10, alert);
    }
  });
});

/** Grafana puts these in before it asks. */
function withoutVariables(text: string): string {
  return text.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*');
}

/** Where Prometheus would not understand a query. */
function faultIn(text: string): number | undefined {
  let at: number | undefined;
  parser.parse(text).iterate({
    enter: (node) => {
      if (node.type.isError) at ??= node.from;
    },
  });
  return at;
}

/** The metrics that a query names, and the labels that it matches or groups by. */
function namesIn(text: string): { readonly metrics: string[]; readonly labels: string[] } {
  const [metrics, labels]: [string[], string[]] = [[], []];
  parser.parse(text).iterate({
    enter: ({ name, from, to, node }) => {
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.push(text.slice(from, to));
      if (name === 'LabelName') labels.push(text.slice(from, to));
    },
  });
  return { metrics, labels };
}
